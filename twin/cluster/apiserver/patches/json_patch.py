"""JSON patch (RFC 6902), by the `jsonpatch` library. Called by `patched`.

A real server says that operations couldn't be applied, and not which or why; here the reason is added as a cause, which kubectl prints.
"""

from typing import Any

import jsonpatch
import jsonpointer

from twin.cluster.apiserver.errors import ApiError, bad_request
from twin.cluster.apiserver.objects import Object


def changed_by_operations(current: Object, operations: Any) -> Object:
    """Bad request when `operations` isn't a JSON patch; 422 when one of them fails, `test` included. Then nothing is changed."""
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise bad_request("error decoding patch: a JSON patch is a list of operations")
    try:
        result = jsonpatch.JsonPatch(operations).apply(current)
    except jsonpatch.InvalidJsonPatch as invalid:
        raise bad_request(f"error decoding patch: {invalid}") from invalid
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as failed:
        raise _rejected(str(failed)) from failed
    if not isinstance(result, dict):
        raise _rejected("the patched document is not an object")
    return result


def _rejected(why: str) -> ApiError:
    causes = [{"reason": "UnexpectedServerResponse", "message": why, "field": "patch"}]
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {"causes": causes})
