"""What ends a command, and with which exit status.

Failure
├── No            1   the answer is no: refused, not allowed, not counted, ended otherwise than asked
├── WrongUsage    2   the command, a setting or the credentials are wrong; the message says what would be right
│   └── Unknown   2   there is nothing of that name
└── Unreachable   2   Slipway or AWS didn't answer, or not understandably: asking again may help
"""

from typing import ClassVar


class Failure(Exception):
    """The message is a sentence for the person at the terminal."""

    status: ClassVar[int]


class No(Failure):
    status = 1


class WrongUsage(Failure):
    status = 2


class Unknown(WrongUsage):
    """There is nothing of that name."""


class Unreachable(Failure):
    status = 2
