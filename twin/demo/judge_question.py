"""Whether the right people were asked, whether looking was harmless, and whether the decision is theirs. A part of `judge`."""

from collections.abc import Iterator, Mapping

from twin.demo.facts import Expectation
from twin.demo.questions import Ballot, Question, Waiting

_OK = 200
_RUNNING, _STATE = "RUNNING", "AwaitApproval"
_METHODS = ("GET", "GET", "HEAD", "HEAD")
_DECISIONS: Mapping[str, str] = {"approve": "approved", "reject": "rejected"}


def of_question(question: Question | None, expected: Expectation) -> Iterator[str]:
    """One sentence per difference."""
    ballot = expected.ballot
    if question is None or ballot is None:
        if ballot is not None:
            yield f"{ballot.person} wasn't asked."
        if question is not None:
            yield "somebody was asked."
        return
    recipients = sorted(address for mail in question.mails for address in mail.to)
    if recipients != [ballot.address]:
        yield f"mails went to {recipients or 'nobody'}, not to {ballot.address} alone."
    yield from _of_looks(question)
    yield from _of_decision(question, ballot)


def _of_looks(question: Question) -> Iterator[str]:
    if (question.before.status, question.before.state) != (_RUNNING, _STATE):
        yield f"the deployment didn't wait for an approval: it was {question.before.status} in {question.before.state or 'no state'}."
    if tuple(sorted(look.method for look in question.looks)) != _METHODS:
        yield f"the page was opened by {[look.method for look in question.looks]}, not twice each by GET and HEAD."
    for look in question.looks:
        if look.status != _OK:
            yield f"{look.method} of the page was answered with {look.status}."
    for what in _changes(question.before, question.after):
        yield f"opening the page changed {what}."


def _changes(before: Waiting, after: Waiting) -> Iterator[str]:
    if (before.status, before.state) != (after.status, after.state):
        yield f"the deployment, from {before.status} in {before.state} to {after.status} in {after.state}"
    for key in sorted({*before.items, *after.items}):
        if before.items.get(key) != after.items.get(key):
            yield f"the item {key}"


def _of_decision(question: Question, ballot: Ballot) -> Iterator[str]:
    if question.page_status != _OK:
        yield f"the vote was answered with {question.page_status or 'nothing'}: {question.message}"
    if question.state != _DECISIONS[ballot.choice]:
        yield f"the approval is {question.state or 'not recorded'}, not {_DECISIONS[ballot.choice]}."
    if question.votes != (ballot,):
        votes = [f"{vote.person}: {vote.choice} ({vote.reason})" for vote in question.votes]
        yield f"the votes are {votes}, not only {ballot.person}'s {ballot.choice} ({ballot.reason})."
