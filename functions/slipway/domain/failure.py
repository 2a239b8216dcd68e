"""What Step Functions says of a failed task, as a sentence for people."""

import json

SEPARATOR = " - "
"""Between an error's name and its cause."""
LONGEST = 2000


def readable(reason: str) -> str:
    """The error output that a Catch took (`{"Error": ..., "Cause": ...}` as JSON text) becomes `Name: the message`; what has another form stays as it is.

    At most 2,000 characters. The cause of a failed function is Lambda's error object, that of a nested execution is its description; a time-out may have none.
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    if caught := _caught(reason):
        return caught
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


def _caught(reason: str) -> str:
    """The error output of a Catch as a sentence; empty when it isn't one."""
    try:
        told = json.loads(reason)
    except ValueError:
        return ""
    match told:
        case {"Error": str(name), "Cause": str(cause)}:
            return readable(f"{name}{SEPARATOR}{cause}")
        case {"Error": str(name)}:
            return name
    return ""
