"""Which pods go first when a ReplicaSet has too many: those whose end hurts least. Pure.

Source: ActivePodsWithRanks in pkg/controller/controller_utils.go. Left out: the number of siblings on the same node, and ages in orders of magnitude
(LogarithmicScaleDown): plain ages are compared.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from twin.cluster.client.kinds import Object
from twin.cluster.controllers import timestamps
from twin.cluster.controllers.pods import is_ready, ready_since

_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = ("Pending", "Unknown", "Running")
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def first_to_go(pods: Iterable[Object]) -> list[Object]:
    """Without a node; not running yet; not ready; cheap to delete; ready for a short time; often restarted; young."""
    return sorted(pods, key=_rank)


def _rank(pod: Object) -> tuple[object, ...]:
    about, status = pod["metadata"], pod.get("status", {})
    phase = status.get("phase", "Pending")
    restarts = max((each.get("restartCount", 0) for each in status.get("containerStatuses", ())), default=0)
    return (
        bool(pod["spec"].get("nodeName")),
        _PHASES.index(phase) if phase in _PHASES else len(_PHASES),
        is_ready(pod),
        _deletion_cost(about),
        -(ready_since(pod) or _BEGINNING).timestamp() if is_ready(pod) else 0.0,
        -restarts,
        -timestamps.read(about["creationTimestamp"]).timestamp(),
        about["name"],
    )


def _deletion_cost(about: Object) -> int:
    text = (about.get("annotations") or {}).get(_COST, "0")
    return int(text) if text.lstrip("-").isdecimal() else 0
