"""What Step Functions says of a failed task, as a sentence for people."""

import json

SEPARATOR = " - "
"""Between an error's name and its cause, as the state machines write it."""
LONGEST = 2000


def readable(reason: str) -> str:
    """`Name - {"errorMessage": ...}` becomes `Name: the message`; what has another form stays as it is. At most 2,000 characters.

    The cause of a failed function is Lambda's error object, that of a nested execution is its description.
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    name, separator, cause = reason.partition(SEPARATOR)
    if not separator:
        return reason[:LONGEST]
    try:
        told = json.loads(cause)
    except ValueError:
        return f"{name}: {cause}"[:LONGEST]
    match told:
        case {"errorMessage": str(message)}:
            return f"{name}: {message}"[:LONGEST]
        case {"Error": str(inner), "Cause": str(why)}:
            return readable(f"{inner}{SEPARATOR}{why}")
    return f"{name}: {cause}"[:LONGEST]
