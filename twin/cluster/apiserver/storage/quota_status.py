"""What the quotas of a namespace say is used: counted anew whenever something in the namespace comes, changes or goes. Listens to `store`.

On a real server admission adds what it lets in, and the resource quota controller counts what has gone. Here both are one step, so a quota is never behind.
https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from twin.cluster.apiserver.admission.quota import taken, used_of
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import EVENT, RESOURCE_QUOTA, Resource
from twin.cluster.apiserver.storage.store import Change, Store


def keep_quotas_counted(store: Store) -> None:
    """From now on."""

    def recount(resource: Resource, change: Change) -> None:
        if not resource.namespaced or resource is EVENT:
            return
        if resource is RESOURCE_QUOTA and change.kind != "DELETED":
            _recount(store, change.item)
        if change.before is not None and change.kind == "MODIFIED" and taken(resource, change.before) == taken(resource, change.item):
            return
        for quota in list(store.list(RESOURCE_QUOTA, change.item["metadata"]["namespace"])):
            _recount(store, quota)

    store.listen(recount)


def _recount(store: Store, quota: Object) -> None:
    hard = quota.get("spec", {}).get("hard", {})
    status = {"hard": hard, "used": used_of(quota, store.list)} if hard else {}
    if quota.get("status", {}) != status:
        store.put(RESOURCE_QUOTA, {**quota, "status": status})
