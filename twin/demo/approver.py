"""The approver: reads the mail, opens the link, and decides on the page. First the link is opened as a mail scanner opens it, which must do nothing."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import httpx

from twin.demo.form import Page
from twin.demo.observe import Observer, until
from twin.demo.questions import Ballot, Look, Mail, Question, Waiting
from twin.demo.report import Report
from twin.demo.workflows import DEPLOY
from twin.stack.description import Description

_LOOKS = ("GET", "HEAD", "GET", "HEAD")
_TIMEOUT_SECONDS = 30


class Approver:
    """Whoever gets the stack's mails about approvals."""

    def __init__(self, stack: Description, observer: Observer, report: Report) -> None:
        self._stack, self._observer, self._report = stack, observer, report
        self._web = httpx.Client(timeout=_TIMEOUT_SECONDS)

    def answer(self, deployment: str, run: str, ballot: Ballot, since: float) -> Question:
        """Look at the page of the ballot's person, with nothing changed by it, then vote. NotInTime when there was no mail to that person.

        `since` is when what is asked about began; mails from before aren't about it.
        """
        mails = self._mails(ballot, since)
        self._report.mails(mails)
        link = next(mail.link for mail in mails if ballot.address in mail.to)
        before = self.waiting(deployment, run)
        if not link:
            return Question(deployment, tuple(mails), (), before, before, 0, "the mail has no link")
        pages = [self._web.request(method, link) for method in _LOOKS]
        after = self.waiting(deployment, run)
        looks = tuple(Look(method, page.status_code) for method, page in zip(_LOOKS, pages, strict=True))
        self._report.looked(looks, before == after)
        question = Question(deployment, tuple(mails), looks, before, after, 0, "")
        try:
            form = Page(pages[0].text).filled_in(ballot.choice, ballot.reason)
        except LookupError as reason:
            return replace(question, message=str(reason))
        self._report.votes(ballot)
        answer = self._web.post(link, data=form)
        message = Page(answer.text).message
        self._report.answered(message)
        return replace(question, page_status=answer.status_code, message=message)

    def waiting(self, deployment: str, run: str) -> Waiting:
        """How the deployment stands, with all that is recorded of it."""
        records, workflows = self._observer.records, self._observer.workflows
        return Waiting(
            workflows.execution(DEPLOY, deployment).status,
            workflows.state(DEPLOY, deployment),
            records.everything(f"APPROVAL#{deployment}", f"DEPLOYMENT#{deployment}", f"RUN#{run}"),
        )

    def _mails(self, ballot: Ballot, since: float) -> list[Mail]:
        """Every mail since then, once the person has one."""

        def look() -> list[Mail] | None:
            mails = self._read(since)
            return mails if any(ballot.address in mail.to for mail in mails) else None

        return until(look, _TIMEOUT_SECONDS, f"no mail came to {ballot.address}")

    def _read(self, since: float) -> list[Mail]:
        found = self._web.get(f"{self._stack.mailbox}/messages.json").raise_for_status().json()
        recent = [mail for mail in found if datetime.fromisoformat(mail["sent_at"]).timestamp() >= since]
        return [Mail(tuple(mail["to"]), mail["subject"], self._link(mail["text"] or "")) for mail in reversed(recent)]

    def _link(self, text: str) -> str:
        """The first address of an approval page in a mail's text; empty when there is none."""
        found: Sequence[str] = re.findall(rf"{re.escape(self._stack.console)}/approvals/\S+", text)
        return found[0] if found else ""
