"""How objects come in and change: create, update, and both for server-side apply. Called by `http.operations` and `subresources`.

The order of a real server's registry: system fields, defaults, admission, validation, field ownership, the write. A write that changes nothing isn't one.
Source: k8s.io/apiserver/pkg/registry/rest and registry/generic/registry/store.go.
"""

import secrets
import uuid
from dataclasses import dataclass

from twin.cluster.apiserver.access.rbac import Authorizer
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.admission import admit
from twin.cluster.apiserver.errors import already_exists, bad_request, invalid, not_found, precondition_failed, stale
from twin.cluster.apiserver.objects import Key, Object, key_of, timestamp, without_nulls
from twin.cluster.apiserver.ownership import applied, noted
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.schema.defaults import set_object_defaults
from twin.cluster.apiserver.schema.immutability import changed_immutable_fields
from twin.cluster.apiserver.schema.rules import faults_of
from twin.cluster.apiserver.storage.cluster_addresses import give_address, keep_address
from twin.cluster.apiserver.storage.store import Store
from twin.cluster.qos import qos_class

_OF_THE_SERVER = ("name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink")
"""Metadata that no client can change."""
_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST_GENERATED_BASE = 58
"""So that a generated name is at most 63 characters long, as those of pods have to be when they are hostnames."""


@dataclass(frozen=True)
class Author:
    """Who writes, and under which name the fields become theirs. A dry run goes through everything but the write."""

    user: User
    manager: str
    dry_run: bool = False


class Writer:
    """`allow_loopback_endpoints`: a real server refuses endpoints on loopback; the twin's node has its pods there."""

    def __init__(self, store: Store, authorizer: Authorizer, *, allow_loopback_endpoints: bool = False) -> None:
        self._store = store
        self._authorizer = authorizer
        self._allow_loopback = allow_loopback_endpoints

    def create(self, resource: Resource, namespace: str, given: Object, author: Author) -> Object:
        """ApiError: 409 for a name that is taken, 422 for an invalid object, 403 from admission."""
        item = self._new(resource, namespace, given)
        return self._insert(resource, item, author, noted_by=author.manager)

    def update(self, resource: Resource, key: Key, given: Object, author: Author, subresource: str = "") -> Object:
        """Replace an object, or its status. ApiError: 404, 409 for a resourceVersion that isn't current, 422, 403."""
        old = self._current(resource, key)
        return self._replace(resource, old, given, author, subresource)

    def apply(self, resource: Resource, key: Key, configuration: Object, author: Author, *, force: bool, subresource: str = "") -> tuple[Object, bool]:
        """Server-side apply; the object and whether it is new. ApiError 409 names the owners of fields that would be overwritten."""
        old = self._store.get(resource, key)
        merged = applied(old, configuration, resource=resource, manager=author.manager, force=force, subresource=subresource, now=timestamp())
        if old is None:
            return self._insert(resource, self._new(resource, key.namespace, merged), author, noted_by=None), True
        return self._replace(resource, old, merged, author, subresource, tracked=False), False

    def _current(self, resource: Resource, key: Key) -> Object:
        found = self._store.get(resource, key)
        if found is None:
            raise not_found(resource, key.name)
        return found

    def _new(self, resource: Resource, namespace: str, given: Object) -> Object:
        """A copy with the fields that the server sets."""
        item: Object = without_nulls(given)
        about = item.setdefault("metadata", {})
        _drop_empty(about)
        if about.get("resourceVersion"):
            raise bad_request("resourceVersion should not be set on objects to be created")
        if not about.get("name"):
            if not about.get("generateName"):
                raise invalid(resource, "", [("metadata.name", "Required value: name or generateName is required")])
            about["name"] = about["generateName"][:_LONGEST_GENERATED_BASE] + "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(5))
        if resource.namespaced:
            if about.setdefault("namespace", namespace) != namespace:
                raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        else:
            about.pop("namespace", None)
        for name in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation", "resourceVersion"):
            about.pop(name, None)
        about |= {"uid": str(uuid.uuid4()), "creationTimestamp": timestamp()}
        if resource.has_status:
            item.pop("status", None)
        if resource.counts_generations:
            about["generation"] = 1
        return item

    def _insert(self, resource: Resource, item: Object, author: Author, noted_by: str | None) -> Object:
        set_object_defaults(resource, item)
        if resource.kind == "Service":
            give_address(item, self._store.list(resource))
        item = admit(author.user, resource, "create", item, None, self._store.list, self._authorizer)
        if faults := faults_of(resource, item, allow_loopback_endpoints=self._allow_loopback):
            raise invalid(resource, item["metadata"]["name"], faults)
        if self._store.get(resource, key_of(item)) is not None:
            raise already_exists(resource, item["metadata"]["name"])
        if resource.kind == "Pod":
            item["status"]["qosClass"] = qos_class(item["spec"])
        if noted_by is not None:
            item["metadata"].pop("managedFields", None)
            item = noted(None, item, resource=resource, manager=noted_by, subresource="", now=timestamp())
        return item if author.dry_run else self._store.put(resource, item)

    def _replace(self, resource: Resource, old: Object, given: Object, author: Author, subresource: str, *, tracked: bool = True) -> Object:
        item = without_nulls(given)
        _check_preconditions(resource, old, item)
        _restore_system_fields(item, old)
        item = _part_that_changes(resource, old, item, subresource)
        set_object_defaults(resource, item)
        if resource.kind == "Service":
            keep_address(item, old)
        item = admit(author.user, resource, "update", item, old, self._store.list, self._authorizer)
        known = faults_of(resource, item, allow_loopback_endpoints=self._allow_loopback)
        if faults := [*known, *changed_immutable_fields(resource, old, item)]:
            raise invalid(resource, item["metadata"]["name"], faults)
        if tracked:
            item = noted(old, item, resource=resource, manager=author.manager, subresource=subresource, now=timestamp())
        if _without_times(item) == _without_times(old):
            return old
        if resource.counts_generations and item.get("spec") != old.get("spec"):
            item["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
        if author.dry_run:
            return item
        if _may_go(resource, item):
            return self._store.remove(resource, item)
        return self._store.put(resource, item)


def _check_preconditions(resource: Resource, old: Object, item: Object) -> None:
    about, known = item.get("metadata", {}), old["metadata"]
    if about.get("resourceVersion") and about["resourceVersion"] != known["resourceVersion"]:
        raise stale(resource, known["name"])
    if about.get("uid") and about["uid"] != known["uid"]:
        raise precondition_failed(resource, known["name"], f"UID in precondition: {about['uid']}, UID in object meta: {known['uid']}")
    if about.get("name", known["name"]) != known["name"]:
        raise bad_request(f"the name of the object ({about['name']}) does not match the name on the URL ({known['name']})")


def _drop_empty(about: Object) -> None:
    """Go writes no empty labels."""
    for name in ("labels", "annotations", "finalizers", "ownerReferences"):
        if name in about and not about[name]:
            del about[name]


def _restore_system_fields(item: Object, old: Object) -> None:
    about, known = item.setdefault("metadata", {}), old["metadata"]
    _drop_empty(about)
    for name in (*_OF_THE_SERVER, "resourceVersion"):
        about.pop(name, None)
        if name in known:
            about[name] = known[name]
    about.setdefault("managedFields", known.get("managedFields", []))
    item.setdefault("apiVersion", old["apiVersion"])
    item.setdefault("kind", old["kind"])


def _part_that_changes(resource: Resource, old: Object, item: Object, subresource: str) -> Object:
    """A status write changes the status only, any other write everything but the status; a namespace's `finalize` only its finalizers."""
    managed = {"metadata": {**old["metadata"], "managedFields": item["metadata"]["managedFields"]}}
    if subresource == "status":
        reported: Object = without_nulls({**old, **managed, "status": item.get("status", {})})
        return reported
    if subresource == "finalize":
        finalized: Object = without_nulls({**old, **managed, "spec": {**old["spec"], "finalizers": item.get("spec", {}).get("finalizers", [])}})
        return finalized
    if resource.has_status:
        item.pop("status", None)
        if "status" in old:
            item["status"] = without_nulls(old["status"])
    if resource.kind == "Namespace":
        item.setdefault("spec", {})["finalizers"] = old["spec"].get("finalizers", [])
    return item


def _may_go(resource: Resource, item: Object) -> bool:
    """An object that is being deleted goes with its last finalizer. A pod goes when its node says so, a namespace when it is finalized."""
    about = item["metadata"]
    if not about.get("deletionTimestamp") or about.get("finalizers"):
        return False
    if resource.kind == "Namespace":
        return not item["spec"].get("finalizers")
    return int(about.get("deletionGracePeriodSeconds", 0)) == 0


def _without_times(item: Object) -> Object:
    """Without the times of its managedFields: they alone are no change."""
    entries = [{name: value for name, value in entry.items() if name != "time"} for entry in item["metadata"].get("managedFields", [])]
    return {**item, "metadata": {**item["metadata"], "managedFields": entries}}
