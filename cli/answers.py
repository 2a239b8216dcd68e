"""What the JSON API and the `rollback` workflow answer, parsed: texts that belong on a line are on one, times are aware. Unknown fields are passed over."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError

from cli.failures import Unreachable
from cli.terminal import one_line

A = TypeVar("A", bound="Answer")
SHORT_COMMIT = 12
"""Digits of a commit that are shown."""


def _evidence(given: object) -> object:
    """Values as texts: only those keep their line breaks."""
    if not isinstance(given, Mapping):
        return given
    return {one_line(str(name)): value if isinstance(value, str) else json.dumps(value) for name, value in given.items() if value not in ("", None)}


Line = Annotated[str, AfterValidator(one_line)]
Evidence = Annotated[dict[str, str], BeforeValidator(_evidence)]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Release(Answer):
    commit: Line
    version: Line = ""

    @property
    def name(self) -> str:
        commit = self.commit[:SHORT_COMMIT]
        return f"{self.version} ({commit})" if self.version and self.version != commit else commit


class Lease(Answer):
    owner: Line
    epoch: int


class Vote(Answer):
    person: Line
    choice: Line


class PendingApproval(Release):
    id: Line
    state: Line
    expires_at: AwareDatetime
    votes: tuple[Vote, ...] = ()


class Healthy(Release):
    """A release that was once healthy in the environment, so that a rollback may go back to it."""

    versions: tuple[Line, ...] = ()
    revisions: tuple[int, ...] = ()
    at: AwareDatetime
    before: Line = ""


class Deployment(Release):
    id: Line
    kind: Line
    outcome: Line = ""
    reason: Line = ""
    cause: Line = ""


class Environment(Answer):
    service: Line
    environment: Line
    namespace: Line
    live: Release | None = None
    last_good: Release | None = None
    needs_attention: Line = ""
    hold: Line = ""
    lease: Lease | None = None
    waiting: tuple[Line, ...] = ()
    approval: PendingApproval | None = None
    healthy: tuple[Healthy, ...] = ()
    latest: tuple[Deployment, ...] = ()


class Status(Answer):
    environments: tuple[Environment, ...]


class Event(Answer):
    """`evidence` values may have several lines, such as a pod's log."""

    at: AwareDatetime
    subject: Line
    kind: Line
    message: str
    evidence: Evidence = {}


class Timeline(Answer):
    id: Line
    events: tuple[Event, ...]


class PlannedCommit(Answer):
    commit: Line
    author: Line
    message: Line = ""


class NewCommits(Answer):
    """`unknown` says why they can't be told; `notes` are sentences about what the list doesn't show."""

    listed: tuple[PlannedCommit, ...] = ()
    more: int = 0
    unknown: Line = ""
    notes: tuple[Line, ...] = ()


class ManualChange(Answer):
    object: Line
    field: Line
    manager: Line
    at: AwareDatetime | None = None


class ManualChanges(Answer):
    """`unknown` says why they can't be told."""

    listed: tuple[ManualChange, ...] = ()
    more: int = 0
    unknown: Line = ""


class PassedCheck(Answer):
    name: Line
    seconds: float


class Ran(Answer):
    """Where the release was live before. `since` is None when it never was, `until` None while it is live."""

    environment: Line
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Plan(Answer):
    from_version: Line = ""
    to_version: Line = ""
    digest: Line = ""
    summary: Line = ""
    difference: str = ""
    commits: NewCommits = NewCommits()
    manual_changes: ManualChanges = ManualChanges()
    checks: tuple[PassedCheck, ...] = ()
    ran: tuple[Ran, ...] = ()
    cause: Line = ""


class Agreement(Answer):
    """`required` of `approvers`; `excluded` maps those who may not decide to why."""

    required: int = 1
    approvers: tuple[Line, ...] = ()
    excluded: dict[Line, Line] = {}


class Approval(Release):
    id: Line
    round: int = 1
    pusher: Line = ""
    agreement: Agreement = Agreement()
    service: Line
    environment: Line
    state: Line
    message: Line = ""
    expires_at: AwareDatetime
    votes: tuple[Vote, ...] = ()
    plan: Plan | None = None


class Voted(Answer):
    counted: bool
    state: Line
    message: Line


class Started(Release):
    """A deployment by hand. `asks` says whether people have to approve it, `hold` why it waits."""

    deployment: Line
    asks: bool = False
    hold: Line = ""


class Resumed(Answer):
    hold: Line
    next: Line


class RolledBack(Answer):
    """The output of the `rollback` workflow."""

    outcome: Line
    reason: Line = ""
    version: Line = ""
    deployment: Line = ""


def parse(kind: type[A], given: Any) -> A:
    """Unreachable when it isn't what was agreed on."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Unreachable(f"Slipway answers otherwise than this command understands ({where}: {first['msg']}): is this command's checkout older?") from error


def clock(at: datetime) -> str:
    """UTC, to the second, as Slipway's own sentences have it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
