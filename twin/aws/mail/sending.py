"""SendEmail of SES's API version 2 ends in the mailbox.

moto checks the sender's identity and the addresses, and keeps only one part of a mail; so the mail is put into the mailbox as it was sent, once moto
has accepted it. As on AWS an unverified sender is `MessageRejected`; but an identity counts as verified as soon as it is created. Left out: raw and
templated content (refused), version 1 of the API (not shown), the sandbox's rule that recipients are verified too, bounces.
"""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.sesv2.responses import SESV2Response

from twin.aws.mail.mailbox import Mailbox
from twin.corrections.patching import Patches


def attach(mailbox: Mailbox, patches: Patches) -> None:
    """Let moto's SES deliver to `mailbox`."""
    accept = SESV2Response.send_email

    def send_email(request: Any) -> Any:
        asked = json.loads(request.body)
        simple = asked["Content"].get("Simple")
        if simple is None:
            raise JsonRESTError("BadRequestException", "the twin sends Content.Simple only")
        parts = {name: part["Data"] for name, part in simple["Body"].items()}
        if not parts:
            raise JsonRESTError("BadRequestException", "Content.Simple.Body needs Text or Html")
        answer = accept(request)
        mailbox.put(
            sender=asked["FromEmailAddress"],
            to=[address for addresses in asked.get("Destination", {}).values() for address in addresses],
            subject=simple["Subject"]["Data"],
            text=parts.get("Text"),
            html=parts.get("Html"),
        )
        return answer

    patches.replace(SESV2Response, "send_email", send_email)
