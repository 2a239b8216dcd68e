"""How many pods a Deployment may have more, or fewer, than it wants while it is updated.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
"""

import math
from dataclasses import dataclass

from twin.cluster.client.kinds import Object


@dataclass(frozen=True)
class Bounds:
    """`surge` pods more than `replicas` may exist; `unavailable` of `replicas` may be missing."""

    replicas: int
    surge: int
    unavailable: int

    @property
    def most(self) -> int:
        return self.replicas + self.surge

    @property
    def fewest_available(self) -> int:
        return self.replicas - self.unavailable


def is_rolling(deployment: Object) -> bool:
    return bool(deployment["spec"]["strategy"]["type"] == "RollingUpdate")


def bounds_of(deployment: Object) -> Bounds:
    """A percentage is of `spec.replicas`; maxSurge rounds up, maxUnavailable down. If both come out as 0, one pod may be missing, or nothing could move."""
    replicas = int(deployment["spec"]["replicas"])
    if not is_rolling(deployment):
        return Bounds(replicas, 0, 0)
    rolling = deployment["spec"]["strategy"]["rollingUpdate"]
    surge = math.ceil(_pods(rolling["maxSurge"], replicas))
    unavailable = math.floor(_pods(rolling["maxUnavailable"], replicas))
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Bounds(replicas, surge, min(unavailable, replicas))


def _pods(value: int | str, replicas: int) -> float:
    if isinstance(value, str) and value.endswith("%"):
        return int(value.removesuffix("%")) * replicas / 100
    return int(value)
