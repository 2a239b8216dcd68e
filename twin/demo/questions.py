"""A question to people as the demo saw it: who was asked, what looking at the page did, how they answered. Plain data, a part of `facts`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ballot:
    """The approver who is asked, and the answer. `choice` is `approve` or `reject`."""

    person: str
    address: str
    choice: str
    reason: str = ""


@dataclass(frozen=True)
class Mail:
    """`link` is the recipient's own."""

    to: tuple[str, ...]
    subject: str
    link: str


@dataclass(frozen=True)
class Look:
    """A request that only looks, as a mail scanner's, and its status."""

    method: str
    status: int


@dataclass(frozen=True)
class Waiting:
    """A deployment that waits: status and current state of its execution, and everything that is recorded of it and its approval, by key.

    The task token isn't among it: only that it is the same is of interest, so a hash stands for it.
    """

    status: str
    state: str
    items: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """`before` and `after` enclose the looks; `page_status` and `message` answer the form; `state` and `votes` are what the table has in the end."""

    approval: str
    mails: tuple[Mail, ...]
    looks: tuple[Look, ...]
    before: Waiting
    after: Waiting
    page_status: int
    message: str
    state: str = ""
    votes: tuple[Ballot, ...] = ()
