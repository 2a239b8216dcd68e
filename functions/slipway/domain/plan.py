"""What a deployment would change, as it is kept for the people who decide on it. Made by `plan`, shown by mail, page and command line."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from slipway.domain.history import HealthyRelease

MOST_COMMITS = 20
"""Commits that a plan lists; the others are counted."""
MOST_MANUAL_CHANGES = 50


@dataclass(frozen=True)
class PlannedCommit:
    """`author` is a name, with the login in parentheses where GitHub knows one; `message` is the first line. Both are one line of text by strangers, cut."""

    commit: str
    author: str
    message: str


@dataclass(frozen=True)
class NewCommits:
    """What would newly go live, newest first: the first `MOST_COMMITS`, and how many `more`. `unknown` says why it can't be told, else it is empty.

    `notes` are sentences about what the list doesn't show, such as commits that run there and aren't in the release.
    """

    listed: tuple[PlannedCommit, ...] = ()
    more: int = 0
    unknown: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ManualChange:
    """A field of the release that somebody else than Helm and the cluster's controllers has set, and that the deployment would set back.

    `object` is "Kind/name", `field` a path such as `spec.replicas`, `manager` the program as it names itself (`kubectl-edit`). No value is kept.
    """

    object: str
    field: str
    manager: str
    at: datetime | None = None


@dataclass(frozen=True)
class ManualChanges:
    """The first `MOST_MANUAL_CHANGES`, and how many `more`. `unknown` says why it can't be told, else it is empty."""

    listed: tuple[ManualChange, ...] = ()
    more: int = 0
    unknown: str = ""


@dataclass(frozen=True)
class PassedCheck:
    """One check of the quality gate that the release's build went through."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Ran:
    """Where the release was live and healthy before, the last time. `since` is None when it never was, `until` None while it is live."""

    environment: str
    since: datetime | None = None
    until: datetime | None = None

    def told(self, now: datetime) -> str:
        """`live there since 2026-11-24 12:00 UTC, for 3 h 5 min`, or what else is known."""
        if self.since is None:
            return "never ran there"
        if self.until is None:
            return f"live there since {_clock(self.since)}, for {_length(now - self.since)}"
        return f"ran there from {_clock(self.since)} to {_clock(self.until)}, for {_length(self.until - self.since)}"


@dataclass(frozen=True)
class PlanDocument:
    """From the live release to the planned one. `from_*` are empty for a first deployment.

    `digest` is the planned image's, `sha256:<hex>`. `summary` is one sentence and `difference` the differing lines of the
    rendered manifests, both as `manifests.difference` makes them: no value of a Secret is in them. `contributors` are the logins of authors and
    committers of all new commits, and of who pushed the same commit before. `checks` is empty when the gate's report isn't there any more. `round` above
    1: an earlier approval was for another change, since the environment has moved on. `required` of `approvers`, which are all who may decide, have to agree.
    `cause` says in words why there is this deployment, such as an operator's reason to deploy in spite of a freeze.
    """

    from_version: str
    from_commit: str
    to_version: str
    to_commit: str
    digest: str
    summary: str
    difference: str
    commits: NewCommits = NewCommits()
    contributors: tuple[str, ...] = ()
    manual_changes: ManualChanges = ManualChanges()
    checks: tuple[PassedCheck, ...] = ()
    ran: tuple[Ran, ...] = ()
    round: int = 1
    required: int = 1
    approvers: tuple[str, ...] = ()
    cause: str = ""


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _length(time: timedelta) -> str:
    """In the two largest units, for people who weigh how well something was tried."""
    minutes = max(int(time.total_seconds()) // 60, 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min" if rest else "less than a minute"


def ran_in(environment: str, digest: str, release: HealthyRelease | None) -> Ran:
    """What is known of the same bytes in an earlier environment; `release` is that of the same commit there, if it was ever healthy."""
    if release is None or release.digest != digest:
        return Ran(environment)
    return Ran(environment, release.live_since, release.until)
