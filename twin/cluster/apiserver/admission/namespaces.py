"""Nothing is made in a namespace that isn't there or is going away (the NamespaceLifecycle plugin).

Some namespaces can't be deleted.
"""

from twin.cluster.apiserver.access.rbac import Read
from twin.cluster.apiserver.admission.refusal import refused
from twin.cluster.apiserver.errors import forbidden, not_found
from twin.cluster.apiserver.objects import Object, is_being_deleted
from twin.cluster.apiserver.resources import NAMESPACE, Resource

_IMMORTAL = frozenset({"default", "kube-public", "kube-system"})


def check_deletable(resource: Resource, name: str) -> None:
    """Forbidden for a namespace that the cluster itself needs."""
    if resource is NAMESPACE and name in _IMMORTAL:
        raise forbidden(f'namespaces "{name}" is forbidden: this namespace may not be deleted', NAMESPACE, name)


def check_namespace(resource: Resource, item: Object, read: Read) -> None:
    """ApiError 404 or 403; the latter has a cause by which clients know it."""
    namespace = item["metadata"]["namespace"]
    found = next((each for each in read(NAMESPACE, "") if each["metadata"]["name"] == namespace), None)
    if found is None:
        raise not_found(NAMESPACE, namespace)
    if is_being_deleted(found):
        refusal = refused(resource, item, f"unable to create new content in namespace {namespace} because it is being terminated")
        cause = {"reason": "NamespaceTerminating", "message": f"namespace {namespace} is being terminated", "field": "metadata.namespace"}
        refusal.details["causes"] = [cause]
        raise refusal
