"""What the embedded API server refuses or fills in, though whoever asks may write: namespaces, limit ranges, quotas, escalation."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.cluster.apiserver.access.rbac import Authorizer, Rule
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.admission import admit
from twin.cluster.apiserver.admission.quantities import parse
from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import (
    CLUSTER_ROLE,
    LIMIT_RANGE,
    NAMESPACE,
    POD,
    RESOURCE_QUOTA,
    ROLE,
    ROLE_BINDING,
    SERVICE,
    Resource,
)

ADMIN = User("kubernetes-admin", frozenset({"system:masters"}))
ADA = User("ada", frozenset({"people", "system:authenticated"}))
ACTIVE: Object = {"metadata": {"name": "dev"}, "status": {"phase": "Active"}}


class Stored:
    """What the server holds; `admit` as `storage.writing` calls it."""

    def __init__(self, *objects: tuple[Resource, Object]) -> None:
        self._objects = [(NAMESPACE, ACTIVE), *objects]

    def read(self, resource: Resource, namespace: str) -> Iterable[Object]:
        return [item for kind, item in self._objects if kind is resource and item["metadata"].get("namespace", "") in ("", namespace)]

    def create(self, resource: Resource, item: Object, user: User = ADMIN) -> Object:
        return admit(user, resource, "create", item, None, self.read, Authorizer(self.read))

    def update(self, resource: Resource, item: Object, old: Object, user: User) -> Object:
        return admit(user, resource, "update", item, old, self.read, Authorizer(self.read))

    def refusal(self, resource: Resource, item: Object, user: User = ADMIN) -> str:
        with pytest.raises(ApiError) as refused:
            self.create(resource, item, user)
        assert refused.value.code == 403
        return refused.value.message


def thing(name: str = "x", **members: Any) -> Object:
    return {"metadata": {"name": name, "namespace": "dev"}, **members}


def container(name: str = "app", **resources: dict[str, str]) -> Object:
    return {"name": name, "image": "one", "resources": resources}


def pod(*containers: Object, name: str = "x", phase: str = "Pending", init: Iterable[Object] = ()) -> Object:
    return thing(name, spec={"containers": list(containers or (container(),)), "initContainers": list(init)}, status={"phase": phase})


def limit_range(**rule: Any) -> tuple[Resource, Object]:
    return LIMIT_RANGE, thing("environment", spec={"limits": [{"type": "Container", **rule}, {"type": "Pod", "max": {"cpu": "1m"}}]})


def quota(**members: Any) -> tuple[Resource, Object]:
    return RESOURCE_QUOTA, thing("environment", spec=members)


# Quantities


@pytest.mark.parametrize(
    ("text", "amount", "canonical"),
    [
        ("250m", "0.25", "250m"),
        ("0.25", "0.25", "250m"),
        ("1Gi", "1073741824", "1Gi"),
        ("1.5Gi", "1610612736", "1536Mi"),
        ("1024Mi", "1073741824", "1Gi"),
        ("512", "512", "512"),
        ("0.5Ki", "512", "512"),
        ("2", "2", "2"),
        ("3000", "3000", "3k"),
        ("1200", "1200", "1200"),
        ("1e3", "1000", "1e3"),
        ("1E", "1e18", "1E"),
        ("100u", "0.0001", "100u"),
        ("-2Gi", "-2147483648", "-2Gi"),
        ("0", "0", "0"),
    ],
)
def test_a_quantity_is_read_exactly_and_written_as_go_writes_it(text: str, amount: str, canonical: str) -> None:
    assert parse(text).amount == Decimal(amount)
    assert str(parse(text)) == canonical


@given(st.integers(-(10**15), 10**15), st.sampled_from(["", "m", "u", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "e-3"]))
def test_what_is_written_is_read_as_the_same(number: int, suffix: str) -> None:
    quantity = parse(f"{number}{suffix}")
    assert parse(str(quantity)).amount == quantity.amount
    assert str(parse(str(quantity))) == str(quantity)


@pytest.mark.parametrize("text", ["", "one", "1 Gi", "1gi", "1KI", "1e", "1e3Ki", "m", "0x10", "1e999999999", "--1"])
def test_anything_else_is_a_bad_request(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse(text)
    assert refused.value.code == 400


# Namespaces


def test_nothing_is_made_in_a_namespace_that_is_not_there() -> None:
    with pytest.raises(ApiError) as refused:
        Stored().create(SERVICE, {"metadata": {"name": "x", "namespace": "nowhere"}})
    assert (refused.value.code, refused.value.message) == (404, 'namespaces "nowhere" not found')


def test_nothing_is_made_in_a_namespace_that_is_going_away_but_what_is_there_may_change() -> None:
    stored = Stored()
    stored._objects[0] = (NAMESPACE, {"metadata": {"name": "dev", "deletionTimestamp": "2026-11-24T12:00:00Z"}})
    with pytest.raises(ApiError) as refused:
        stored.create(SERVICE, thing())
    assert refused.value.message == 'services "x" is forbidden: unable to create new content in namespace dev because it is being terminated'
    assert refused.value.details["causes"] == [
        {"reason": "NamespaceTerminating", "message": "namespace dev is being terminated", "field": "metadata.namespace"}
    ]
    assert stored.update(SERVICE, thing(), thing(), ADA) == thing()


# Limit ranges


def test_a_container_takes_the_defaults_that_it_does_not_state_and_a_note_says_so() -> None:
    stored = Stored(limit_range(default={"cpu": "500m", "memory": "256Mi"}, defaultRequest={"cpu": "100m", "memory": "128Mi"}))
    given_pod = pod(container(limits={"cpu": "1"}, requests={"cpu": "1"}), container("side"))
    before = str(given_pod)
    admitted = stored.create(POD, given_pod)
    assert [each["resources"] for each in admitted["spec"]["containers"]] == [
        {"limits": {"cpu": "1", "memory": "256Mi"}, "requests": {"cpu": "1", "memory": "128Mi"}},
        {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
    ]
    assert admitted["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: memory request for container app; memory limit for container app; "
        "cpu, memory request for container side; cpu, memory limit for container side"
    )
    assert str(given_pod) == before


def test_a_limit_is_the_request_that_is_not_stated_also_without_a_range() -> None:
    for stored in (Stored(), Stored(limit_range(default={"cpu": "2"}, defaultRequest={"cpu": "100m"}))):
        admitted = stored.create(POD, pod(container(limits={"cpu": "1"})))
        assert admitted["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}


def test_a_range_without_defaults_gives_its_bounds() -> None:
    admitted = Stored(limit_range(max={"cpu": "2"}, min={"memory": "64Mi"})).create(POD, pod(init=[container("first")]))
    expected = {"limits": {"cpu": "2"}, "requests": {"cpu": "2", "memory": "64Mi"}}
    assert admitted["spec"]["containers"][0]["resources"] == expected
    assert admitted["spec"]["initContainers"][0]["resources"] == expected


@pytest.mark.parametrize(
    ("rule", "resources", "fault"),
    [
        ({"max": {"cpu": "2000m"}}, {"limits": {"cpu": "4"}}, "maximum cpu usage per Container is 2, but limit is 4"),
        ({"max": {"cpu": "2"}}, {"limits": {"cpu": "2"}, "requests": {"cpu": "3"}}, "maximum cpu usage per Container is 2, but request is 3"),
        ({"min": {"memory": "1Gi"}}, {"requests": {"memory": "512Mi"}}, "minimum memory usage per Container is 1Gi, but request is 512Mi"),
        ({"min": {"cpu": "1"}}, {"requests": {"cpu": "1"}, "limits": {"cpu": "10m"}}, "minimum cpu usage per Container is 1, but limit is 10m"),
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {}, "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0"),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "1"}, "limits": {"cpu": "2500m"}},
            "cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000",
        ),
        (
            {"max": {"cpu": "1", "memory": "1Gi"}},
            {"limits": {"cpu": "2", "memory": "2Gi"}},
            "[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]",
        ),
    ],
)
def test_a_container_outside_of_the_range_is_refused(rule: Any, resources: Any, fault: str) -> None:
    assert Stored(limit_range(**rule)).refusal(POD, pod(container(**resources))) == f'pods "x" is forbidden: {fault}'


# Quotas


def test_one_pod_too_many_is_refused_in_a_real_servers_words() -> None:
    running = [(POD, pod(name=f"p{number}", phase="Running")) for number in range(10)]
    stored = Stored(quota(hard={"pods": "10"}), *running)
    assert stored.refusal(POD, pod()) == 'pods "x" is forbidden: exceeded quota: environment, requested: pods=1, used: pods=10, limited: pods=10'


def test_a_finished_pod_and_one_of_another_namespace_take_no_room_but_are_objects() -> None:
    elsewhere = pod(phase="Running")
    elsewhere["metadata"]["namespace"] = "prod"
    others = ((POD, pod(name="done", phase="Succeeded")), (POD, pod(name="failed", phase="Failed")), (POD, elsewhere))
    Stored(quota(hard={"pods": "1"}), *others).create(POD, pod())
    assert "used: count/pods=2, limited: count/pods=2" in Stored(quota(hard={"count/pods": "2"}), *others).refusal(POD, pod())


def test_what_containers_take_is_added_up_and_only_what_is_exceeded_is_told() -> None:
    sizes: dict[str, Any] = {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    hard = {"pods": "10", "requests.cpu": "2", "requests.memory": "2Gi", "limits.cpu": "8", "limits.memory": "4Gi"}
    running = [(POD, pod(container(**sizes), container("side", **sizes), name=name)) for name in ("a", "b")]
    stored = Stored(quota(hard=hard), *running)
    assert stored.refusal(POD, pod(container(**sizes))) == (
        'pods "x" is forbidden: exceeded quota: environment, requested: limits.memory=1Gi,requests.cpu=500m,requests.memory=512Mi, '
        "used: limits.memory=4Gi,requests.cpu=2,requests.memory=2Gi, limited: limits.memory=4Gi,requests.cpu=2,requests.memory=2Gi"
    )


def test_init_containers_run_one_after_the_other_and_sidecars_stay() -> None:
    def cpu(name: str, amount: str, **more: str) -> Object:
        return {**container(name, requests={"cpu": amount}), **more}

    stored = Stored(quota(hard={"requests.cpu": "1"}))
    together = [cpu("app", "300m")]
    initial = [cpu("sidecar", "100m", restartPolicy="Always"), cpu("first", "200m"), cpu("second", "900m")]
    stored.create(POD, pod(*together, init=initial))
    assert "requested: requests.cpu=1100m" in stored.refusal(POD, pod(*together, init=[*initial[:2], cpu("second", "1")]))


def test_a_quota_on_compute_wants_every_container_to_say_what_it_takes() -> None:
    stored = Stored(quota(hard={"limits.cpu": "8", "requests.memory": "1Gi"}))
    refused = stored.refusal(POD, pod(container("app"), container("side", requests={"memory": "1Mi"}), init=[container("first")]))
    assert refused == 'pods "x" is forbidden: failed quota: environment: must specify limits.cpu for: app,first,side; requests.memory for: app,first'


def test_the_range_fills_in_what_the_quota_wants() -> None:
    stored = Stored(quota(hard={"limits.cpu": "8", "requests.cpu": "2"}), limit_range(default={"cpu": "500m"}, defaultRequest={"cpu": "100m"}))
    stored.create(POD, pod())


@pytest.mark.parametrize("name", ["services", "count/services"])
def test_objects_are_counted(name: str) -> None:
    stored = Stored(quota(hard={name: "1"}), (SERVICE, thing("there")))
    assert stored.refusal(SERVICE, thing()) == f'services "x" is forbidden: exceeded quota: environment, requested: {name}=1, used: {name}=1, limited: {name}=1'
    stored.update(SERVICE, thing("there"), thing("there"), ADA)


NO_WAYS_IN = {"services.loadbalancers": "0", "services.nodeports": "0"}


@pytest.mark.parametrize(
    ("spec", "exceeded"),
    [
        ({"type": "ClusterIP", "ports": [{"port": 80}]}, ""),
        ({"type": "NodePort", "ports": [{"port": 80}, {"port": 81}]}, "services.nodeports=2"),
        ({"type": "LoadBalancer", "ports": [{"port": 80}]}, "services.loadbalancers=1,services.nodeports=1"),
        ({"type": "LoadBalancer", "ports": [{"port": 80}], "allocateLoadBalancerNodePorts": False}, "services.loadbalancers=1"),
    ],
)
def test_a_service_counts_its_ways_in_when_it_is_made_and_when_its_type_changes(spec: Any, exceeded: str) -> None:
    there = thing(spec={"type": "ClusterIP", "ports": [{"port": 80}]})
    stored = Stored(quota(hard={**NO_WAYS_IN, "services": "1"}), (SERVICE, there))
    empty = Stored(quota(hard=NO_WAYS_IN))
    if not exceeded:
        stored.update(SERVICE, thing(spec=spec), there, ADA)
        empty.create(SERVICE, thing(spec=spec))
        return
    assert f"exceeded quota: environment, requested: {exceeded}, used: " in empty.refusal(SERVICE, thing(spec=spec))
    with pytest.raises(ApiError, match=f"requested: {exceeded}, used: "):
        stored.update(SERVICE, thing(spec=spec), there, ADA)
    loose = Stored(quota(hard={"services.nodeports": "0"}), (SERVICE, thing(spec=spec)))
    loose.update(SERVICE, thing(spec=spec), thing(spec=spec), ADA)


def test_a_quota_for_a_scope_is_not_enforced_and_one_without_a_spec_limits_nothing() -> None:
    scoped = quota(hard={"pods": "0"}, scopes=["BestEffort"])
    Stored(scoped, (RESOURCE_QUOTA, thing("empty"))).create(POD, pod())


# Escalation


def role(name: str, *rules: Rule, kind: Resource = ROLE) -> Object:
    about = {"name": name} if kind is CLUSTER_ROLE else {"name": name, "namespace": "dev"}
    return {"metadata": about, "rules": list(rules)}


def binding(name: str, role_name: str, kind: str = "Role", user: str = "eve") -> Object:
    return thing(name, roleRef={"kind": kind, "name": role_name}, subjects=[{"kind": "User", "name": user}])


def held(*rules: Rule) -> tuple[tuple[Resource, Object], ...]:
    """Ada's own rights."""
    return (ROLE, role("own", *rules)), (ROLE_BINDING, binding("own", "own", user="ada"))


READ_PODS: Rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
DELETE: Rule = {"apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["delete", "get"]}
ONE_SECRET: Rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"], "verbs": ["get"]}


def test_nobody_makes_a_role_with_rights_that_they_lack() -> None:
    assert Stored(*held(READ_PODS)).refusal(ROLE, role("new", READ_PODS, DELETE, ONE_SECRET), ADA) == (
        'roles.rbac.authorization.k8s.io "new" is forbidden: user "ada" (groups=["people" "system:authenticated"]) is attempting to grant '
        "RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n'
        '{APIGroups:[""], Resources:["secrets"], ResourceNames:["one"], Verbs:["get"]}\n'
        '{APIGroups:["apps"], Resources:["pods"], Verbs:["delete" "get"]}'
    )


@pytest.mark.parametrize(
    ("own", "wanted", "covered"),
    [
        (READ_PODS, READ_PODS, True),
        ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, ONE_SECRET, True),
        ({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}, ONE_SECRET, True),
        (ONE_SECRET, {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}, False),
        ({"apiGroups": [""], "resources": ["*/log"], "verbs": ["get"]}, {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}, True),
        ({"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}, {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}, False),
        ({"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}, {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]}, False),
        (READ_PODS, {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, False),
        ({"nonResourceURLs": ["/met*"], "verbs": ["get"]}, {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, True),
    ],
)
def test_a_right_is_held_when_one_rule_gives_all_of_it(own: Rule, wanted: Rule, covered: bool) -> None:
    stored = Stored(*held(own))
    if covered:
        stored.create(ROLE, role("new", wanted), ADA)
    else:
        assert "not currently held" in stored.refusal(ROLE, role("new", wanted), ADA)


def test_nobody_binds_a_role_with_rights_that_they_lack_nor_one_that_is_not_there() -> None:
    stored = Stored(*held(READ_PODS), (ROLE, role("strong", DELETE)), (CLUSTER_ROLE, role("view", READ_PODS, kind=CLUSTER_ROLE)))
    stored.create(ROLE_BINDING, binding("new", "view", kind="ClusterRole"), ADA)
    assert 'rolebindings.rbac.authorization.k8s.io "new" is forbidden' in stored.refusal(ROLE_BINDING, binding("new", "strong"), ADA)
    with pytest.raises(ApiError) as missing:
        stored.create(ROLE_BINDING, binding("new", "gone"), ADA)
    assert (missing.value.code, missing.value.message) == (404, 'roles.rbac.authorization.k8s.io "gone" not found')


def test_escalate_bind_and_masters_are_exempt() -> None:
    may: list[Rule] = [
        {"apiGroups": [ROLE.group], "resources": ["roles"], "verbs": ["escalate"]},
        {"apiGroups": [ROLE.group], "resources": ["roles"], "resourceNames": ["strong"], "verbs": ["bind"]},
    ]
    stored = Stored(*held(*may), (ROLE, role("strong", DELETE)), (ROLE, role("other", DELETE)))
    stored.create(ROLE, role("new", DELETE), ADA)
    stored.create(ROLE_BINDING, binding("new", "strong"), ADA)
    assert "not currently held" in stored.refusal(ROLE_BINDING, binding("new", "other"), ADA)
    stored.create(ROLE_BINDING, binding("new", "other"), ADMIN)


def test_whoever_cleans_up_may_take_off_a_finalizer_but_not_change_a_role() -> None:
    old = role("strong", DELETE)
    going = {**old, "metadata": {**old["metadata"], "finalizers": ["one"]}}
    Stored().update(ROLE, old, going, ADA)
    with pytest.raises(ApiError, match="not currently held"):
        Stored().update(ROLE, role("strong", DELETE, ONE_SECRET), old, ADA)
