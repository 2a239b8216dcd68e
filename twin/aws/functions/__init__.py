"""Lambda: functions run by AWS's own runtime interface client in processes of their own.

`invocation` is where moto's Lambda API hands an invocation over; the other rooms run it.
"""
