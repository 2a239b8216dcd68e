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
from slipway.domain.plain_text import cut, one_line
from slipway.domain.plan import PlanDocument
from slipway.errors import InvalidInput
from slipway.ports import Links

LONGEST_SUBJECT = 150
LONGEST_SUMMARY = 1000
"""Characters. The page shows all of it."""
_REFUSED = frozenset({"MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"})
"""What is wrong with this mail or this address, not with SES.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
"""


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
            finalize=lambda value: one_line(str(value)),
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    @translated()
    def ask(self, person: Person, approval: Approval, plan: PlanDocument) -> None:
        """Send a person the question with a link of their own. InvalidInput, with SES's words, when it refuses this mail or this address."""
        question = {
            "person": person.name,
            "approval": approval,
            "plan": plan,
            "summary": cut(one_line(plan.summary), LONGEST_SUMMARY),
            "expires": f"{approval.expires_at:%Y-%m-%d %H:%M} UTC",
            "url": f"{self._console_url}/approvals/{self._links.make(approval.identity, person.name)}",
        }
        subject = cut(one_line(f"Approve or reject: {approval.service} {approval.version} to {approval.environment}"), LONGEST_SUBJECT)
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
