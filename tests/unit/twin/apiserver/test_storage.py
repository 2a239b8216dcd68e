"""How objects come, change and go in the embedded API server, and what watches see of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from twin.cluster.apiserver.access.first_objects import first_objects
from twin.cluster.apiserver.access.rbac import Authorizer
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.http.watch import Watch
from twin.cluster.apiserver.objects import Key, Object
from twin.cluster.apiserver.resources import NAMESPACE, POD, Resource, find
from twin.cluster.apiserver.storage.deletion import DeleteOptions, delete, read_options
from twin.cluster.apiserver.storage.quota_status import keep_quotas_counted
from twin.cluster.apiserver.storage.store import Store
from twin.cluster.apiserver.storage.writing import Author, Writer

ADMIN = Author(User("ada", frozenset({"system:masters"})), "test")


def resource(group: str, version: str, plural: str) -> Resource:
    found = find(group, version, plural)
    assert found is not None
    return found


CONFIG_MAP = resource("", "v1", "configmaps")
DEPLOYMENT = resource("apps", "v1", "deployments")
SERVICE = resource("", "v1", "services")


class Cluster:
    def __init__(self) -> None:
        self.store = Store()
        self.writer = Writer(self.store, Authorizer(self.store.list))
        for kind, item in first_objects():
            self.writer.create(kind, item["metadata"].get("namespace", ""), item, ADMIN)

    def create(self, kind: Resource, name: str, **parts: Any) -> Object:
        return self.writer.create(kind, "default", {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name}, **parts}, ADMIN)

    def update(self, kind: Resource, item: Object, subresource: str = "") -> Object:
        return self.writer.update(kind, Key("default", item["metadata"]["name"]), item, ADMIN, subresource)

    def delete(self, kind: Resource, name: str, namespace: str = "default", **options: Any) -> tuple[Object, bool]:
        return delete(self.store, kind, Key(namespace, name), DeleteOptions(**options))


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def deployment(**spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
    return {"spec": {"selector": {"matchLabels": labels}, "template": pod, **spec}}


def pod(**spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "web", "image": "web:1"}], **spec}}


def refused(act: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as error:
        act()
    return error.value


def test_a_new_object_gets_what_the_server_knows_and_loses_what_only_the_server_may_say(cluster: Cluster) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment(), status={"replicas": 9})
    assert made["metadata"]["generation"] == 1
    assert made["metadata"]["uid"] and made["metadata"]["creationTimestamp"]
    assert made["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": "25%"}
    assert "status" not in made


def test_a_name_is_taken_once(cluster: Cluster) -> None:
    cluster.create(CONFIG_MAP, "settings")
    assert refused(lambda: cluster.create(CONFIG_MAP, "settings")).reason == "AlreadyExists"


def test_a_write_on_an_old_state_is_refused(cluster: Cluster) -> None:
    first = cluster.create(CONFIG_MAP, "settings", data={"a": "1"})
    cluster.update(CONFIG_MAP, {**first, "data": {"a": "2"}})
    assert refused(lambda: cluster.update(CONFIG_MAP, {**first, "data": {"a": "3"}})).code == 409


def test_a_write_that_changes_nothing_is_none(cluster: Cluster) -> None:
    made = cluster.create(CONFIG_MAP, "settings", data={"a": "1"})
    before = cluster.store.revision
    assert cluster.update(CONFIG_MAP, made)["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert cluster.store.revision == before


def test_only_a_changed_spec_is_a_new_generation_and_a_status_write_changes_the_status_only(cluster: Cluster) -> None:
    made = cluster.create(DEPLOYMENT, "web", **deployment())
    labelled = cluster.update(DEPLOYMENT, {**made, "metadata": {**made["metadata"], "labels": {"team": "a"}}})
    assert labelled["metadata"]["generation"] == 1
    reported = cluster.update(DEPLOYMENT, {**labelled, "spec": {}, "status": {"replicas": 1}}, "status")
    assert (reported["spec"], reported["status"]) == (labelled["spec"], {"replicas": 1})
    scaled = cluster.update(DEPLOYMENT, {**reported, "spec": {**reported["spec"], "replicas": 3}})
    assert (scaled["metadata"]["generation"], scaled["status"]) == (2, {"replicas": 1})


def test_a_dry_run_goes_through_everything_but_the_write(cluster: Cluster) -> None:
    dry = Author(ADMIN.user, "test", dry_run=True)
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    assert cluster.writer.create(CONFIG_MAP, "default", item, dry)["metadata"]["uid"]
    assert cluster.store.get(CONFIG_MAP, Key("default", "settings")) is None


def test_a_service_gets_an_address_of_its_own_and_keeps_it(cluster: Cluster) -> None:
    ports = {"spec": {"ports": [{"port": 80}]}}
    one, two = cluster.create(SERVICE, "one", **ports), cluster.create(SERVICE, "two", **ports)
    assert one["spec"]["clusterIP"] != two["spec"]["clusterIP"]
    again = cluster.update(SERVICE, {**one, "spec": {"ports": [{"port": 81}]}})
    assert again["spec"]["clusterIP"] == one["spec"]["clusterIP"]


def test_a_pod_that_runs_on_a_node_goes_when_its_node_says_so(cluster: Cluster) -> None:
    cluster.create(POD, "web", **pod(nodeName="node-1", terminationGracePeriodSeconds=20))
    item, gone = cluster.delete(POD, "web")
    assert not gone
    assert item["metadata"]["deletionGracePeriodSeconds"] == 20
    sooner, _ = cluster.delete(POD, "web", grace_seconds=5)
    later, _ = cluster.delete(POD, "web", grace_seconds=60)
    assert (sooner["metadata"]["deletionGracePeriodSeconds"], later["metadata"]["deletionGracePeriodSeconds"]) == (5, 5)
    assert cluster.delete(POD, "web", grace_seconds=0)[1]


def test_a_pod_without_a_node_goes_at_once(cluster: Cluster) -> None:
    cluster.create(POD, "web", **pod())
    assert cluster.delete(POD, "web")[1]


def test_a_foreground_deletion_waits_for_its_finalizer(cluster: Cluster) -> None:
    cluster.create(DEPLOYMENT, "web", **deployment())
    item, gone = cluster.delete(DEPLOYMENT, "web", propagation="Foreground")
    assert not gone
    assert item["metadata"]["finalizers"] == ["foregroundDeletion"]
    cluster.update(DEPLOYMENT, {**item, "metadata": {**item["metadata"], "finalizers": []}})
    assert cluster.store.get(DEPLOYMENT, Key("default", "web")) is None


def test_a_namespace_goes_when_it_is_finalized_and_takes_nothing_new_meanwhile(cluster: Cluster) -> None:
    made = cluster.writer.create(NAMESPACE, "", {"metadata": {"name": "shop"}, "apiVersion": "v1", "kind": "Namespace"}, ADMIN)
    item, gone = cluster.delete(NAMESPACE, "shop", namespace="")
    assert not gone
    assert item["status"]["phase"] == "Terminating"
    thing = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}}
    assert refused(lambda: cluster.writer.create(CONFIG_MAP, "shop", thing, ADMIN)).code == 403
    cluster.writer.update(NAMESPACE, Key("", "shop"), {**made, "metadata": {"name": "shop"}, "spec": {"finalizers": []}}, ADMIN, "finalize")
    assert cluster.store.get(NAMESPACE, Key("", "shop")) is None


def test_a_deletion_of_another_object_of_the_same_name_is_refused(cluster: Cluster) -> None:
    cluster.create(CONFIG_MAP, "settings")
    assert refused(lambda: cluster.delete(CONFIG_MAP, "settings", uid="another")).reason == "Conflict"


@pytest.mark.parametrize("body", [{"propagationPolicy": "Sideways"}, {"gracePeriodSeconds": "soon"}])
def test_nonsense_in_delete_options_is_a_bad_request(body: dict[str, object]) -> None:
    assert refused(lambda: read_options(body, {})).code == 400


async def seen(watch: Watch, events: int) -> list[tuple[str, str]]:
    found = []
    async for kind, item in watch.events():
        found.append((kind, item["metadata"].get("name", "")))
        if len(found) == events:
            break
    return found


def run(watch: Watch, events: int) -> list[tuple[str, str]]:
    return asyncio.run(seen(watch, events))


def test_a_watch_goes_on_where_a_list_ended(cluster: Cluster) -> None:
    cluster.create(CONFIG_MAP, "old")
    since = cluster.store.revision
    new = cluster.create(CONFIG_MAP, "new")
    cluster.update(CONFIG_MAP, {**new, "data": {"a": "1"}})
    cluster.delete(CONFIG_MAP, "new")
    watch = Watch(cluster.store, CONFIG_MAP, "default", {"resourceVersion": str(since)})
    assert run(watch, 3) == [("ADDED", "new"), ("MODIFIED", "new"), ("DELETED", "new")]


def test_a_selector_turns_changes_into_comings_and_goings(cluster: Cluster) -> None:
    item = cluster.create(CONFIG_MAP, "settings")
    since = cluster.store.revision
    matching = cluster.update(CONFIG_MAP, {**item, "metadata": {**item["metadata"], "labels": {"app": "web"}}})
    cluster.update(CONFIG_MAP, {**matching, "metadata": {**matching["metadata"], "labels": {}}})
    watch = Watch(cluster.store, CONFIG_MAP, "default", {"resourceVersion": str(since), "labelSelector": "app=web"})
    assert run(watch, 2) == [("ADDED", "settings"), ("DELETED", "settings")]


def test_a_streaming_list_ends_with_an_annotated_bookmark(cluster: Cluster) -> None:
    cluster.create(CONFIG_MAP, "settings")
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    assert run(Watch(cluster.store, CONFIG_MAP, "default", query), 2) == [("ADDED", "settings"), ("BOOKMARK", "")]


@pytest.mark.parametrize("since", ["1", "999999999"])
def test_a_watch_from_an_unknown_time_is_told_to_list_again(cluster: Cluster, since: str) -> None:
    async def first() -> tuple[str, int]:
        async for kind, item in Watch(cluster.store, CONFIG_MAP, "default", {"resourceVersion": since}).events():
            return kind, item["code"]
        raise AssertionError("no event")

    assert asyncio.run(first()) == ("ERROR", 410)


def test_an_endpoint_on_loopback_is_refused_unless_the_server_is_told_otherwise(cluster: Cluster) -> None:
    slices = resource("discovery.k8s.io", "v1", "endpointslices")
    endpoints: dict[str, Any] = {"addressType": "IPv4", "endpoints": [{"addresses": ["127.40.0.7"]}], "ports": []}
    with pytest.raises(ApiError) as refused:
        cluster.create(slices, "web", **endpoints)
    words = 'endpoints[0].addresses[0]: Invalid value: "127.40.0.7": may not be in the loopback range (127.0.0.0/8, ::1/128)'
    assert (refused.value.code, refused.value.message) == (422, f'EndpointSlice.discovery.k8s.io "web" is invalid: {words}')
    cluster.writer = Writer(cluster.store, Authorizer(cluster.store.list), allow_loopback_endpoints=True)
    assert cluster.create(slices, "web", **endpoints)["endpoints"] == endpoints["endpoints"]


def test_a_list_can_be_had_as_it_was(cluster: Cluster) -> None:
    cluster.create(CONFIG_MAP, "kept", data={"colour": "red"})
    cluster.create(CONFIG_MAP, "gone")
    revision = cluster.store.revision
    cluster.delete(CONFIG_MAP, "gone")
    cluster.create(CONFIG_MAP, "late")
    cluster.update(CONFIG_MAP, {"metadata": {"name": "kept"}, "data": {"colour": "blue"}})
    found = cluster.store.list_at(CONFIG_MAP, "default", revision)
    assert [(item["metadata"]["name"], item.get("data")) for item in found] == [("gone", None), ("kept", {"colour": "red"})]


def test_a_list_from_before_the_log_is_gone(cluster: Cluster) -> None:
    with pytest.raises(ApiError) as refused:
        cluster.store.list_at(CONFIG_MAP, "default", 1)
    assert refused.value.code == 410


def test_a_quota_is_counted_with_every_change(cluster: Cluster) -> None:
    keep_quotas_counted(cluster.store)
    quotas = resource("", "v1", "resourcequotas")
    made = cluster.create(quotas, "small", spec={"hard": {"configmaps": "5"}})
    assert made["status"] == {"hard": {"configmaps": "5"}, "used": {"configmaps": "0"}}
    cluster.create(CONFIG_MAP, "one")
    current = cluster.store.get(quotas, Key("default", "small"))
    assert current is not None and current["status"]["used"] == {"configmaps": "1"}
