"""What a namespace that is being deleted says it waits for, in its conditions. Pure; used by `namespaces`.

Source: pkg/controller/namespace/deletion/status_condition_utils.go of k8s.io/kubernetes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from twin.cluster.client.kinds import Kind, Object
from twin.cluster.controllers.conditions import Condition, with_condition

_NEVER_HERE = (
    Condition("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
    Condition("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    Condition("NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
)
_NOTHING_LEFT = Condition("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed")
_NO_FINALIZERS = Condition("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished")


def with_what_is_left(conditions: Sequence[Object], left: Mapping[Kind, Sequence[Object]], now: datetime) -> list[Object]:
    """`left`: the objects of each kind that aren't gone yet."""
    found = list(conditions)
    for condition in (*_NEVER_HERE, _content(left), _finalizers(left)):
        found = with_condition(found, condition, now)
    return found


def _content(left: Mapping[Kind, Sequence[Object]]) -> Condition:
    counts = [f"{kind.plural}.{kind.api_version.rpartition('/')[0]} has {len(items)} resource instances" for kind, items in left.items() if items]
    if not counts:
        return _NOTHING_LEFT
    return Condition("NamespaceContentRemaining", "True", "SomeResourcesRemain", f"Some resources are remaining: {', '.join(sorted(counts))}")


def _finalizers(left: Mapping[Kind, Sequence[Object]]) -> Condition:
    counts = Counter(name for items in left.values() for item in items for name in item["metadata"].get("finalizers") or ())
    if not counts:
        return _NO_FINALIZERS
    each = ", ".join(f"{name} in {number} resource instances" for name, number in sorted(counts.items()))
    message = f"Some content in the namespace has finalizers remaining: {each}"
    return Condition("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", message)
