"""How admission says no: a 403 that begins with the object. Used by the other modules of this room."""

from collections.abc import Sequence

from twin.cluster.apiserver.errors import ApiError, forbidden
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource


def refused(resource: Resource, item: Object, *reasons: str) -> ApiError:
    """`pods "x" is forbidden: why`. Several reasons, or none twice, as Go's aggregate of errors prints them: `[one, other]`."""
    name = item["metadata"]["name"]
    return forbidden(f'{resource.qualified} "{name}" is forbidden: {_together(list(dict.fromkeys(reasons)))}', resource, name)


def _together(reasons: Sequence[str]) -> str:
    return reasons[0] if len(reasons) == 1 else f"[{', '.join(reasons)}]"
