"""What is shown beside the commits of one repository: statuses, deployments and theirs. Filled by `board_api`, read by `page`. Kept in memory.

https://docs.github.com/en/rest/commits/statuses https://docs.github.com/en/rest/deployments/deployments
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

STATES = ("error", "failure", "pending", "success")
DEPLOYMENT_STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
LONGEST_DESCRIPTION = 140
MOST_STATUSES = 1000
"""Of one context for one commit."""

_ENDED = ("error", "failure", "inactive")


@dataclass(frozen=True)
class Status:
    """Of a commit, or of a deployment (`context` is then its environment)."""

    id: int
    state: str
    context: str
    description: str
    url: str
    at: datetime


@dataclass
class Deployment:
    """`payload` is what its maker wanted to keep with it."""

    id: int
    commit: str
    ref: str
    environment: str
    task: str
    description: str
    payload: Any
    at: datetime
    transient: bool = False
    production: bool = False
    statuses: list[Status] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.statuses[-1].state if self.statuses else "pending"


class Board:
    """Of one repository."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._statuses: dict[str, list[Status]] = {}
        self._deployments: list[Deployment] = []

    def statuses(self, commit: str) -> Sequence[Status]:
        """Newest first."""
        return self._statuses.get(commit, [])[::-1]

    def latest(self, commit: str) -> Mapping[str, Status]:
        """The newest status of each context."""
        return {status.context: status for status in self._statuses.get(commit, [])}

    def commits(self) -> Sequence[str]:
        """Those with statuses, the ones that got their first one last come first."""
        return list(self._statuses)[::-1]

    def set_status(self, commit: str, state: str, context: str, description: str, url: str) -> Status | None:
        """None when there are too many of that context already."""
        kept = self._statuses.setdefault(commit, [])
        if sum(status.context == context for status in kept) >= MOST_STATUSES:
            return None
        status = Status(next(self._ids), state, context, description, url, datetime.now(UTC))
        kept.append(status)
        return status

    def deployments(self) -> Sequence[Deployment]:
        """Newest first."""
        return self._deployments[::-1]

    def deployment(self, identity: int) -> Deployment | None:
        return next((each for each in self._deployments if each.id == identity), None)

    def deploy(self, commit: str, ref: str, environment: str, asked: Mapping[str, Any]) -> Deployment:
        deployment = Deployment(
            next(self._ids),
            commit,
            ref,
            environment,
            task=str(asked.get("task") or "deploy"),
            description=str(asked.get("description") or ""),
            payload=asked.get("payload") or {},
            at=datetime.now(UTC),
            transient=bool(asked.get("transient_environment")),
            production=bool(asked.get("production_environment", environment == "production")),
        )
        self._deployments.append(deployment)
        return deployment

    def set_deployment_status(self, deployment: Deployment, state: str, description: str, url: str, *, auto_inactive: bool) -> Status:
        """A success makes "all prior non-transient, non-production environment deployments" of that environment inactive, unless that is unwanted."""
        status = Status(next(self._ids), state, deployment.environment, description, url, datetime.now(UTC))
        deployment.statuses.append(status)
        if state == "success" and auto_inactive:
            for other in self._deployments:
                earlier = other.id < deployment.id and other.environment == deployment.environment
                if earlier and not other.transient and not other.production and other.state not in _ENDED:
                    other.statuses.append(Status(next(self._ids), "inactive", other.environment, "", "", datetime.now(UTC)))
        return status
