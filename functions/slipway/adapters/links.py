"""Links of approvals and tickets of their forms, signed with the platform's key by itsdangerous (HMAC-SHA-256).

Each kind has a salt of its own, so that neither passes for the other. For 24 hours after the key was rotated, what the previous one has signed still holds
(`secrets.YOUNG`); a second rotation ends that at once.
"""

import hashlib
from collections.abc import Sequence

from itsdangerous import BadData, Signer, URLSafeSerializer, base64_decode, base64_encode

from slipway.ports import Secret

LONGEST_LINK = 400
"""Characters. An execution's name has 80 at most, and so have names of people; in base64 with a signature that stays below."""


class SignedLinks:
    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def make(self, approval: str, person: str) -> str:
        """The last part of the link's path: letters, digits, `-`, `_` and `.`. It can be read without the key, so it names nothing secret."""
        return str(self._serializer().dumps([approval, person]))

    def read(self, link: str) -> tuple[str, str] | None:
        """Approval and person; None for everything that `make` hasn't made, letter by letter, and for keys that hold no more."""
        if len(link) > LONGEST_LINK or not link.isascii():
            return None
        try:
            content = self._serializer().loads(link)
        except BadData:
            return None
        if not _is_exact(link.rpartition(".")[2]):
            return None
        match content:
            case [str(approval), str(person)]:
                return approval, person
        return None

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(
            _oldest_first(self._secret), salt="slipway.approval-link", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        )


class FormTickets:
    """What the form of a page carries, so that only a form of that very page is taken for it."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def make_ticket(self, link: str) -> str:
        return self._signer().get_signature(link).decode()

    def is_ticket(self, link: str, ticket: str) -> bool:
        """Whether the ticket was made for that link."""
        return ticket.isascii() and self._signer().verify_signature(link, ticket) and _is_exact(ticket)

    def _signer(self) -> Signer:
        return Signer(_oldest_first(self._secret), salt="slipway.form-ticket", digest_method=hashlib.sha256, key_derivation="hmac")


def _oldest_first(secret: Secret) -> Sequence[bytes]:
    """As itsdangerous wants them: the last one signs, all verify."""
    return list(reversed(secret.values()))


def _is_exact(signature: str) -> bool:
    """base64 has several spellings for the same bytes, and Python's decoder skips strange letters: only the one that was made counts."""
    return base64_encode(base64_decode(signature)).decode() == signature
