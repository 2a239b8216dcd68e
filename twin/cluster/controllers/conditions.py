"""Conditions of a status: a list with one entry per type. Pure: lists are never changed in place.

Times follow the Deployment controller (pkg/controller/deployment/util SetDeploymentCondition): the transition time is that of the last change of `status`;
an entry whose status and reason stay is left alone, whatever its message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import timestamps


@dataclass(frozen=True)
class Condition:
    """`status` is True, False or Unknown, as text."""

    type: str
    status: str
    reason: str
    message: str


def found(conditions: Sequence[Object], kind: str) -> Object | None:
    return next((entry for entry in conditions if entry["type"] == kind), None)


def without(conditions: Sequence[Object], kind: str) -> list[Object]:
    return [entry for entry in conditions if entry["type"] != kind]


def with_condition(conditions: Sequence[Object], condition: Condition, now: datetime, *, with_update_time: bool = False, renew: bool = False) -> list[Object]:
    """`with_update_time` for kinds whose conditions have `lastUpdateTime`; `renew` sets that even if nothing else changed."""
    old = found(conditions, condition.type)
    if old is not None and old["status"] == condition.status and old.get("reason") == condition.reason and not renew:
        return list(conditions)
    at = timestamps.written(now)
    entry: Object = {"type": condition.type, "status": condition.status, "reason": condition.reason, "message": condition.message}
    if with_update_time:
        entry["lastUpdateTime"] = at
    entry["lastTransitionTime"] = old["lastTransitionTime"] if old is not None and old["status"] == condition.status else at
    if old is None:
        return [*conditions, entry]
    return [entry if each is old else each for each in conditions]
