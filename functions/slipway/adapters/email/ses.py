"""Mails through SES (API version 2). AwaitApproval sends them; the answer comes through the console.

A mail holds the approver's personal link and nothing else that is secret. What pushed code can choose (versions, names of objects) is flattened to one
line, so that it forges neither a header nor a line of the text, and is escaped in the HTML part.
"""

from pathlib import Path

from botocore.exceptions import ClientError
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from slipway.adapters.aws import client, error_code, translated
from slipway.domain.approval import Approval
from slipway.domain.environment import Person
from slipway.domain.plain_text import cut, one_line, unlinked
from slipway.domain.plan import PlanDocument
from slipway.errors import InvalidInput
from slipway.ports import Links

LONGEST_SUBJECT = 150
LONGEST_SUMMARY = 1000
"""Characters. The page shows all of it."""
MOST_COMMITS = 10
"""The page lists more of them."""
_REFUSED = frozenset({"MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"})
"""What is wrong with this mail or this address, not with SES.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
"""


class _OurAddress(str):
    """The one address in a mail that is to be a link."""

    __slots__ = ()


class SesMails:
    """`sender` is an address that SES may send from; `console_url` has no slash at its end."""

    def __init__(self, sender: str, console_url: str, links: Links) -> None:
        self._sender = sender
        self._console_url = console_url
        self._links = links
        self._client = client("sesv2")
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(["html"], default=False),
            finalize=lambda value: value if isinstance(value, _OurAddress) else unlinked(one_line(str(value))),
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    def ask(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send a person the question with a link of their own. InvalidInput, with SES's words, when it refuses this mail or this address."""
        again = "Approve or reject again" if approval.round > 1 else "Approve or reject"
        self._send(person, approval, plan, again, reminder=False)

    def remind(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send the question once more, with the same link. InvalidInput as `ask` raises it."""
        self._send(person, approval, plan, "Reminder, approve or reject", reminder=True)

    @translated()
    def _send(self, person: Person, approval: Approval, plan: PlanDocument, title: str, *, reminder: bool) -> None:
        commits = plan.commits.listed[:MOST_COMMITS]
        question = {
            "person": person.name,
            "approval": approval,
            "plan": plan,
            "reminder": reminder,
            "commits": commits,
            "more_commits": len(plan.commits.listed) - len(commits) + plan.commits.more,
            "manual_changes": len(plan.manual_changes.listed) + plan.manual_changes.more,
            "summary": cut(one_line(plan.summary), LONGEST_SUMMARY),
            "expires": f"{approval.expires_at:%Y-%m-%d %H:%M} UTC",
            "url": _OurAddress(f"{self._console_url}/approvals/{self._links.make(approval.identity, person.name)}"),
        }
        subject = cut(unlinked(one_line(f"{title}: {approval.service} {approval.version} to {approval.environment}")), LONGEST_SUBJECT)
        body = {kind: _utf8(self._templates.get_template(name).render(question)) for kind, name in (("Text", "question.txt"), ("Html", "question.html"))}
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [person.email]},
                Content={"Simple": {"Subject": _utf8(subject), "Body": body}},
            )
        except ClientError as error:
            if error_code(error) in _REFUSED:
                raise InvalidInput(f"SES refuses the mail: {error_code(error)}: {error.response['Error'].get('Message', '')}") from error
            raise


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
