"""Nothing is made in a namespace that isn't there or is going away (the NamespaceLifecycle plugin)."""

from twin.cluster.apiserver.access.rbac import Read
from twin.cluster.apiserver.errors import ApiError, forbidden, not_found
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import NAMESPACE, Resource


def check_namespace(resource: Resource, item: Object, read: Read) -> None:
    """ApiError 404 or 403."""
    name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
    found = next((each for each in read(NAMESPACE, "") if each["metadata"]["name"] == namespace), None)
    if found is None:
        raise not_found(NAMESPACE, namespace)
    if found["metadata"].get("deletionTimestamp"):
        raise _terminating(resource, name, namespace)


def _terminating(resource: Resource, name: str, namespace: str) -> ApiError:
    message = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = forbidden(f'{resource.qualified} "{name}" is forbidden: {message}', resource, name)
    error.details["causes"] = [{"reason": "NamespaceTerminating", "message": f"namespace {namespace} is being terminated", "field": "metadata.namespace"}]
    return error
