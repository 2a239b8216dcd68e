"""The errors that may leave a handler. Step Functions matches them by class name, so renaming one changes the ASL.

    SlipwayError
    ├── TemporarilyUnavailable   retry      AWS, GitHub or the cluster didn't answer, or asked to wait
    ├── Unexpected               retry      a defect or an answer nobody foresaw; the log has the traceback
    ├── LeaseLost                don't      the lease went to somebody else: stop changing things
    └── InvalidInput             don't      the request itself is wrong; the message says what would be right

A "no" (failed check, refused release) is not an error: steps return it as a verdict or an outcome.
`tests/infra/test_definitions.py` compares this tree with every `ErrorEquals` of `statemachines/`.
"""


class SlipwayError(Exception):
    """Base of everything that a handler lets out."""


class TemporarilyUnavailable(SlipwayError):
    """Something outside didn't answer in time or asked to come back later. Retrying may help."""


class Unexpected(SlipwayError):
    """Wraps what no adapter translated, with the original's name in the message. Retried a few times, then caught."""


class LeaseLost(SlipwayError):
    """The environment's lease is no longer ours: its epoch moved on, it was asked to stop, or a newer push waits. Never retried."""


class InvalidInput(SlipwayError):
    """The input can't be carried out as it stands. The message is for the person who wrote it. Never retried."""
