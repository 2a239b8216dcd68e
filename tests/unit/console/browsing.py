"""A browser and a signing program in front of the console. Both look at every answer: its headers, and that no task token is in it."""

import copy
import re
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from slipway.adapters.links import FormTickets, SignedLinks
from slipway.adapters.sessions import SignedSessions
from slipway.console.app import create
from slipway.console.rendering import HEADERS
from slipway.domain.approval import Approval
from slipway.domain.deployment import Deployment
from slipway.domain.plan import PlanDocument
from tests.fakes.accounts import FakeAccounts
from tests.fakes.control_plane import BETTER, GOOD, NOW, ControlPlane

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:slipway-deploy:run-1-prod"
TOKEN = "task-token-that-nobody-may-see"
APPROVAL = Approval("run-1-prod", "sample-app", "prod", BETTER, "v1.1.0", "ada", NOW, NOW + timedelta(hours=24))
DIFFERENCE = "--- ConfigMap/app\n+++ ConfigMap/app\n@@ -1,3 +1,3 @@\n data:\n-  color: red\n+  color: blue\n"
PLAN = PlanDocument("v1.0.0", GOOD, "v1.1.0", BETTER, "sha256:" + "5" * 64, "1 object changes (ConfigMap/app)", DIFFERENCE)
GRACE_ARN = "arn:aws:iam::123456789012:user/grace"


class FixedSecret:
    def values(self) -> list[bytes]:
        return [b"the platform's key"]


@dataclass
class Platform(ControlPlane):
    links: SignedLinks = field(default_factory=lambda: SignedLinks(FixedSecret()))
    form_tickets: FormTickets = field(default_factory=lambda: FormTickets(FixedSecret()))
    sessions: SignedSessions = field(default_factory=lambda: SignedSessions(FixedSecret()))
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    later: timedelta = timedelta()

    def __post_init__(self) -> None:
        super().__post_init__()
        asking = Deployment(APPROVAL.identity, "run-1", APPROVAL.service, APPROVAL.environment, APPROVAL.commit, EXECUTION)
        self.deployments.open(asking, NOW)
        self.approvals.open(APPROVAL, TOKEN)
        self.plans.save(APPROVAL.identity, PLAN)

    def clock(self) -> datetime:
        return super().clock() + self.later

    def link(self, person: str = "grace", approval: str = APPROVAL.identity) -> str:
        return self.links.make(approval, person)

    def written(self) -> Any:
        """All that a vote may write."""
        approvals = self.approvals
        return copy.deepcopy((approvals.approvals, approvals.cast, approvals.asked, self.workflows, self.timeline.events, self.audit.entries))


def checked(answer: Response) -> Response:
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert TOKEN not in answer.text and TOKEN not in str(answer.headers)
    return answer


class Browser:
    """Without JavaScript: sends the form that it sees."""

    def __init__(self, platform: Platform) -> None:
        self.client = TestClient(create(platform), "https://console.example", raise_server_exceptions=False)

    def open(self, link: str) -> Response:
        return checked(self.client.get(f"/approvals/{link}"))

    def head(self, link: str) -> Response:
        return checked(self.client.head(f"/approvals/{link}"))

    def send(self, link: str, **fields: str) -> Response:
        return checked(self.client.post(f"/approvals/{link}", data=fields))

    def press(self, link: str, choice: str, reason: str = "") -> Response:
        return self.send(link, choice=choice, reason=reason, ticket=ticket_of(self.open(link)))


def ticket_of(page: Response) -> str:
    """Of the page's form, empty when it has none."""
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    return found[1] if found else ""


class Program:
    """Behind API Gateway, which has verified who signed; nobody has when `arn` is empty."""

    def __init__(self, platform: Platform, arn: str = GRACE_ARN) -> None:
        self._app = create(platform)
        self._event = {"requestContext": {"authorizer": {"iam": {"userArn": arn}}} if arn else {}}
        self.client = TestClient(self._signed, "https://console.example", raise_server_exceptions=False)

    async def _signed(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        scope["aws.event"] = self._event
        await self._app(scope, receive, send)

    def get(self, path: str, **parameters: str) -> Response:
        return checked(self.client.get(path, params=parameters))

    def post(self, path: str, body: object = None, *, raw: bytes | None = None) -> Response:
        return checked(self.client.post(path, content=raw) if raw is not None else self.client.post(path, json=body))
