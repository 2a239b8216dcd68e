"""The three patches that change an object by saying what is different: JSON patch, JSON merge patch and Kubernetes' strategic merge patch.

Called by the PATCH verb in `http`; server-side apply, the fourth content type of PATCH, lives in `ownership`. Pure: the patched object is never changed in
place, and what a patch didn't touch is shared with it.
"""

from typing import Any

from twin.cluster.apiserver.errors import bad_request, unsupported_media_type
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.patches.json_patch import changed_by_operations
from twin.cluster.apiserver.patches.merge_patch import overlaid
from twin.cluster.apiserver.patches.strategic import strategically_merged
from twin.cluster.apiserver.schema.types import Struct

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"

__all__ = ["JSON_PATCH", "MERGE_PATCH", "STRATEGIC_MERGE_PATCH", "patched"]


def patched(current: Object, content_type: str, patch: Any, model: str) -> Object:
    """`current` as `patch`, the parsed body, changes it; the result isn't checked against the schema yet.

    `model` is the class of the `kubernetes` client that describes the object. Raises ApiError: 415 for another content type, 400 for a body that isn't such
    a patch, 422 for a patch that doesn't fit this object.
    """
    kind = content_type.partition(";")[0].strip()
    if kind == JSON_PATCH:
        return changed_by_operations(current, patch)
    if kind not in (MERGE_PATCH, STRATEGIC_MERGE_PATCH):
        raise unsupported_media_type(content_type)
    if not isinstance(patch, dict):
        raise bad_request("invalid JSON document")
    if kind == MERGE_PATCH:
        return overlaid(current, patch)
    return strategically_merged(current, patch, Struct(model))
