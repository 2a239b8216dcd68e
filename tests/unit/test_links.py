"""Links of approvals and tickets of forms: what the platform's key has signed is read back; nothing else is."""

import base64
import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from slipway.adapters.links import LONGEST_LINK, FormTickets, SignedLinks


@dataclass
class FixedSecret:
    kept: Sequence[bytes] = (b"current",)

    def values(self) -> Sequence[bytes]:
        return self.kept


LINKS, TICKETS = SignedLinks(FixedSecret()), FormTickets(FixedSecret())


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.text(st.characters(codec="ascii"), max_size=16))
def test_a_link_names_its_approval_and_its_person_in_letters_that_need_no_escaping(approval: str, person: str) -> None:
    link = LINKS.make(approval, person)
    assert set(link) <= set(string.ascii_letters + string.digits + "-_.")
    assert LINKS.read(link) == ((approval, person) if len(link) <= LONGEST_LINK else None)


def test_the_longest_names_fit_into_a_link() -> None:
    longest = "".join(chr(33 + index % 90) for index in range(80)), "x" * 64
    assert LINKS.read(LINKS.make(*longest)) == longest


def test_every_link_that_is_cut_short_is_refused() -> None:
    link = LINKS.make("run-1-prod", "grace")
    assert [LINKS.read(link[:length]) for length in range(len(link))] == [None] * len(link)


def test_every_link_with_another_letter_anywhere_is_refused() -> None:
    """The last letter of base64 has spare bits, and Python's decoder skips strange letters: both would pass unnoticed."""
    link = LINKS.make("run-1-prod", "grace")
    for place in range(len(link)):
        for letter in {"A", "B", "C", "D", "z", "_", "-", ".", "!", "ü"} - {link[place]}:
            assert LINKS.read(link[:place] + letter + link[place + 1 :]) is None, (place, letter)
    for longer in (f"{link}=", f"{link}!", f" {link}", f"{link}\n", f"{link}.{link}"):
        assert LINKS.read(longer) is None


@pytest.mark.parametrize("content", [["only one"], ["a", 1], {"a": "b"}, "ab", [], None, ["a", "b", "c"]])
def test_what_the_key_has_signed_but_is_no_link_is_refused(content: object) -> None:
    signed = URLSafeSerializer(b"current", salt="slipway.approval-link", signer_kwargs=LINKS._serializer().signer_kwargs).dumps(content)
    assert LINKS.read(str(signed)) is None


def test_a_link_that_is_too_long_is_refused_unread() -> None:
    link = LINKS.make("".join(hashlib.sha256(bytes([index])).hexdigest() for index in range(20)), "grace")
    assert len(link) > LONGEST_LINK and LINKS.read(link) is None


def test_after_a_rotation_older_links_hold_until_their_key_is_gone() -> None:
    old, young, over = (SignedLinks(FixedSecret(kept)) for kept in ([b"old"], [b"new", b"old"], [b"newest", b"new"]))
    link = old.make("run-1-prod", "grace")
    assert young.read(link) == ("run-1-prod", "grace")
    assert over.read(link) is None
    assert over.read(young.make("run-1-prod", "grace")) is not None, "the current key signs"


def test_a_ticket_is_good_for_its_own_link_only() -> None:
    link, other = LINKS.make("run-1-prod", "grace"), LINKS.make("run-1-prod", "ada")
    ticket = TICKETS.make_ticket(link)
    assert TICKETS.is_ticket(link, ticket)
    assert not TICKETS.is_ticket(other, ticket)
    padded = base64.urlsafe_b64encode(base64.urlsafe_b64decode(ticket + "=")).decode()
    for forged in ("", ticket[:-1], f"{ticket}!", padded, link.rpartition(".")[2], "ü" * 43, "\udcff"):
        assert not TICKETS.is_ticket(link, forged)


def test_tickets_hold_through_a_rotation() -> None:
    ticket = FormTickets(FixedSecret([b"old"])).make_ticket("link")
    assert FormTickets(FixedSecret([b"new", b"old"])).is_ticket("link", ticket)
    assert not FormTickets(FixedSecret([b"newest", b"new"])).is_ticket("link", ticket)


def test_link_and_ticket_dont_pass_for_each_other() -> None:
    link = LINKS.make("run-1-prod", "grace")
    payload, _, signature = link.rpartition(".")
    assert LINKS.read(f"{payload}.{TICKETS.make_ticket(payload)}") is None
    assert not TICKETS.is_ticket(payload, signature)
