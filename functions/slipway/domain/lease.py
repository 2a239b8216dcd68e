"""The fenced right to change a service in an environment."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from slipway.domain.deployment import Deployment


@dataclass(frozen=True)
class Lease:
    """`epoch` rises with every new owner; whoever shows an older one may change nothing. `owner` is a deployment, empty when free.

    `hold` says why only rollbacks may have it, until somebody resumes the environment; empty: everybody may.
    `stop` says why the owner is asked to end at its next safe point. `in_flight_until` is when a call that may be changing the environment has
    ended for sure; None when the last one has acknowledged its end. `changing` is the deployment that last began to change the environment and
    whose end isn't on record: what runs isn't known until then. `newest` is the `age` of the newest push that ever wanted the lease; empty before the first.
    """

    owner: str = ""
    epoch: int = 0
    hold: str = ""
    stop: str = ""
    in_flight_until: datetime | None = None
    changing: str = ""
    newest: str = ""

    @property
    def newest_push(self) -> str:
        """The deployment of the newest push; empty before the first."""
        return self.newest.partition("#")[2]

    def held_by(self, deployment: str, epoch: int) -> bool:
        return self.owner == deployment and self.epoch == epoch

    def is_in_flight(self, now: datetime) -> bool:
        return self.in_flight_until is not None and now < self.in_flight_until

    def overtakes(self, deployment: Deployment) -> bool:
        """Whether a push has to make room for a newer one. Once it has begun to change the environment, the newer one waits."""
        is_newest = age(deployment.asked_at, deployment.identity) >= self.newest
        return not (deployment.kind.goes_first or is_newest or self.changing == deployment.identity)

    def granted_to(self, deployment: str) -> Self:
        return replace(self, owner=deployment, epoch=self.epoch + 1, stop="", in_flight_until=None)

    def given_back(self) -> Self:
        return replace(self, owner="", stop="", in_flight_until=None)


@dataclass(frozen=True)
class Superseded:
    """A waiter that a newer deployment took the place of, and that has to be told. `token` answers it; `place` is its key in the queue."""

    deployment: str
    by: str
    token: str
    place: str


def age(asked_at: datetime, deployment: str) -> str:
    """Sorts deployments by when they were asked for; two of the same moment are told apart by their names."""
    return f"{asked_at.isoformat(timespec='microseconds')}#{deployment}"
