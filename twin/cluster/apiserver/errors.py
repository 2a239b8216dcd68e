"""Answers that are a "no": `ApiError` carries the Status object that Kubernetes clients know how to read.

Reasons and wording follow k8s.io/apimachinery/pkg/api/errors; Helm and kubectl match on both.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource

_CAUSES = {
    "Required value": "FieldValueRequired",
    "Unsupported value": "FieldValueNotSupported",
    "Duplicate value": "FieldValueDuplicate",
    "Forbidden": "FieldValueForbidden",
    "Not found": "FieldValueNotFound",
}


class ApiError(Exception):
    """`code` is the HTTP status."""

    def __init__(self, code: int, reason: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = dict(details or {})

    def status(self) -> Object:
        status: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message}
        return status | {"reason": self.reason, "details": self.details, "code": self.code}


def _details(resource: Resource, name: str) -> Object:
    """As Go writes them: without what is empty."""
    return {title: value for title, value in (("name", name), ("group", resource.group), ("kind", resource.plural)) if value}


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def unauthorized(why: str) -> ApiError:
    """A real server says no more than "Unauthorized"."""
    return ApiError(401, "Unauthorized", f"Unauthorized: {why}")


def forbidden(message: str, resource: Resource | None = None, name: str = "") -> ApiError:
    return ApiError(403, "Forbidden", message, _details(resource, name) if resource else None)


def no_such_path() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def not_found(resource: Resource, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{resource.qualified} "{name}" not found', _details(resource, name))


def method_not_allowed() -> ApiError:
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def already_exists(resource: Resource, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', _details(resource, name))


def stale(resource: Resource, name: str) -> ApiError:
    fault = "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {fault}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def precondition_failed(resource: Resource, name: str, what: str) -> ApiError:
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {resource.qualified} "{name}": Precondition failed: {what}', _details(resource, name))


def apply_conflict(conflicts: Sequence[tuple[str, str]]) -> ApiError:
    """`conflicts` are pairs of an owner, as it is to be printed, and the path of its field. Wording: managedfields/internal/conflict.go."""
    causes = [{"reason": "FieldManagerConflict", "message": f"conflict with {owner}", "field": field} for owner, field in conflicts]
    if len(conflicts) == 1:
        owner, field = conflicts[0]
        message = f"Apply failed with 1 conflict: conflict with {owner}: {field}"
    else:
        lines: list[str] = []
        for owner in sorted({owner for owner, _ in conflicts}):
            lines += [f"conflicts with {owner}:", *(f"- {field}" for who, field in conflicts if who == owner)]
        message = f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)
    return ApiError(409, "Conflict", message, {"causes": causes})


def gone(asked: int, newest: int) -> ApiError:
    return ApiError(410, "Expired", f"too old resource version: {asked} ({newest})")


def unsupported_media_type(what: str) -> ApiError:
    return ApiError(
        415,
        "UnsupportedMediaType",
        f"the body of the request was in an unknown format - accepted media types include: application/json, application/yaml: {what}",
    )


def invalid(resource: Resource, name: str, faults: Sequence[tuple[str, str]]) -> ApiError:
    """`faults` are pairs of a field's path and what is wrong with it."""
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    each = [f"{path}: {fault}" for path, fault in faults]
    causes = [{"reason": _cause(fault), "message": fault, "field": path} for path, fault in faults]
    message = f'{kind} "{name}" is invalid: {each[0] if len(each) == 1 else "[" + ", ".join(each) + "]"}'
    return ApiError(422, "Invalid", message, {"name": name, "group": resource.group, "kind": resource.kind, "causes": causes})


def _cause(fault: str) -> str:
    """The reason of a cause, told by how its message begins (ErrorType of apimachinery/pkg/util/validation/field)."""
    return next((reason for words, reason in _CAUSES.items() if fault.startswith(words)), "FieldValueInvalid")


def untyped_apply(namespace: str, name: str, kind: str, api_version: str, fault: str) -> ApiError:
    """What a real server answers when an applied configuration doesn't fit the schema: a bare 500."""
    return ApiError(500, "", f"failed to create typed patch object ({namespace}/{name}; {api_version}, Kind={kind}): {fault}")


def unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message)
