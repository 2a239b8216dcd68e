"""The one mailbox of a stack: every mail that anybody sent, in the order of sending. Filled by `sending`, read by `page`."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_SUBJECT_CHARACTERS = 200


@dataclass(frozen=True)
class Mail:
    """A sent mail. `id` counts from 1; `text` and `html` are None when the mail has no such part."""

    id: int
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    sent_at: datetime


class Mailbox:
    """Safe for use by several threads. `arrived` is called with each mail after it was put in."""

    def __init__(self, arrived: Callable[[Mail], None] = lambda mail: None) -> None:
        self._arrived = arrived
        self._lock = threading.Lock()
        self._mails: list[Mail] = []

    def put(self, *, sender: str, to: Sequence[str], subject: str, text: str | None, html: str | None) -> Mail:
        """Keep a mail; it gets the next number and the time of now."""
        with self._lock:
            mail = Mail(len(self._mails) + 1, sender, tuple(to), subject, text, html, datetime.now(UTC))
            self._mails.append(mail)
        self._arrived(mail)
        return mail

    def newest_first(self) -> list[Mail]:
        with self._lock:
            return self._mails[::-1]

    def mail(self, number: int) -> Mail | None:
        """A mail by its id, None if there is none."""
        with self._lock:
            return self._mails[number - 1] if 1 <= number <= len(self._mails) else None


def announcement(mail: Mail, mailbox_url: str) -> str:
    """One line for the terminal: to whom, about what, where to read it. A long subject is cut, and no character of it or of an address leaves the line."""
    subject = mail.subject if len(mail.subject) <= _SUBJECT_CHARACTERS else f"{mail.subject[:_SUBJECT_CHARACTERS]}…"
    line = f"mail to {', '.join(mail.to)}: {subject} ({mailbox_url}/messages/{mail.id})"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
