"""What `kubectl get` prints of each kind."""

from datetime import timedelta
from typing import Any

import pytest

from twin.cluster.apiserver.http.columns.ages import human_duration
from twin.cluster.apiserver.http.tables import table
from twin.cluster.apiserver.resources import DEPLOYMENT, EVENT, NODE, POD, RESOURCES, ROLE, SERVICE, Resource

LONG_AGO = "2020-01-01T00:00:00Z"


def pod(**members: Any) -> dict[str, Any]:
    about = {"name": "web", "namespace": "shop", "resourceVersion": "7", "creationTimestamp": LONG_AGO}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": about, "spec": {"containers": [{"name": "app", "image": "web:1"}]}, "status": {}} | members


def cells(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    found = table(resource, [item], "1")
    return dict(zip((column["name"] for column in found["columnDefinitions"]), found["rows"][0]["cells"], strict=True))


def status(state: dict[str, Any], *, ready: bool = False, **members: Any) -> dict[str, Any]:
    return {"name": "app", "ready": ready, "restartCount": 0, "state": state} | members


RUNNING = {"running": {"startedAt": LONG_AGO}}
CRASHING = status({"waiting": {"reason": "CrashLoopBackOff"}}, restartCount=3, lastState={"terminated": {"exitCode": 1, "finishedAt": LONG_AGO}})


@pytest.mark.parametrize(
    ("containers", "ready", "shown"),
    [
        ([], "0/1", "Running"),
        ([status(RUNNING, ready=True)], "1/1", "Running"),
        ([status(RUNNING)], "0/1", "Running"),
        ([CRASHING], "0/1", "CrashLoopBackOff"),
        ([status({"waiting": {"reason": "ErrImagePull"}})], "0/1", "ErrImagePull"),
        ([status({"terminated": {"exitCode": 1, "reason": "Error"}})], "0/1", "Error"),
        ([status({"terminated": {"exitCode": 3}})], "0/1", "ExitCode:3"),
        ([status({"terminated": {"exitCode": 0, "signal": 9}})], "0/1", "Signal:9"),
    ],
)
def test_the_status_of_a_pod_is_what_ails_it(containers: list[Any], ready: str, shown: str) -> None:
    found = cells(POD, pod(status={"phase": "Running", "containerStatuses": containers}))
    assert (found["Ready"], found["Status"]) == (ready, shown)


def test_a_pod_that_is_being_deleted_is_terminating_until_it_has_ended() -> None:
    about = pod()["metadata"] | {"deletionTimestamp": LONG_AGO}
    assert cells(POD, pod(metadata=about, status={"phase": "Running"}))["Status"] == "Terminating"
    assert cells(POD, pod(metadata=about, status={"phase": "Succeeded"}))["Status"] == "Succeeded"


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({"waiting": {"reason": "PodInitializing"}}, "Init:0/1"),
        (RUNNING, "Init:0/1"),
        ({"waiting": {"reason": "CrashLoopBackOff"}}, "Init:CrashLoopBackOff"),
        ({"terminated": {"exitCode": 1}}, "Init:ExitCode:1"),
        ({"terminated": {"exitCode": 0}}, "PodInitializing"),
    ],
)
def test_init_containers_come_before_the_others(state: dict[str, Any], shown: str) -> None:
    spec = {"initContainers": [{"name": "app", "image": "init:1"}], "containers": [{"name": "app", "image": "web:1"}]}
    waiting = status({"waiting": {"reason": "PodInitializing"}})
    found = cells(POD, pod(spec=spec, status={"phase": "Pending", "initContainerStatuses": [status(state)], "containerStatuses": [waiting]}))
    assert (found["Ready"], found["Status"]) == ("0/1", shown)


def test_a_sidecar_counts_among_the_containers() -> None:
    spec = {"initContainers": [{"name": "side", "restartPolicy": "Always"}], "containers": [{"name": "app"}]}
    inits = [status(RUNNING, ready=True, name="side", started=True, restartCount=2)]
    found = cells(POD, pod(spec=spec, status={"phase": "Running", "initContainerStatuses": inits, "containerStatuses": [status(RUNNING, ready=True)]}))
    assert (found["Ready"], found["Status"], found["Restarts"]) == ("2/2", "Running", "2")


def test_restarts_say_how_long_ago_the_last_one_was() -> None:
    age = cells(POD, pod())["Age"]
    assert cells(POD, pod(status={"phase": "Running", "containerStatuses": [CRASHING]}))["Restarts"] == f"3 ({age} ago)"
    assert cells(POD, pod())["Restarts"] == "0"


def test_an_ended_pod_carries_its_condition() -> None:
    row = table(POD, [pod(status={"phase": "Succeeded"})], "1")["rows"][0]
    assert (row["conditions"][0]["type"], row["conditions"][0]["reason"]) == ("Completed", "Succeeded")


def named(kind: Resource, **members: Any) -> dict[str, Any]:
    return {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": {"name": "web", "creationTimestamp": LONG_AGO}} | members


def test_a_deployment_shows_its_replicas_and_what_it_runs() -> None:
    selector = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["b", "a"]}, {"key": "x", "operator": "Exists"}],
    }
    template = {"spec": {"containers": [{"name": "app", "image": "web:1"}, {"name": "log", "image": "log:2"}]}}
    found = cells(
        DEPLOYMENT, named(DEPLOYMENT, spec={"replicas": 3, "selector": selector, "template": template}, status={"readyReplicas": 2, "updatedReplicas": 1})
    )
    assert (found["Ready"], found["Up-to-date"], found["Available"]) == ("2/3", 1, 0)
    assert (found["Containers"], found["Images"], found["Selector"]) == ("app,log", "web:1,log:2", "app=web,tier notin (a,b),x")


@pytest.mark.parametrize(
    ("spec", "balanced", "shown"),
    [
        ({"type": "ClusterIP"}, [], "<none>"),
        ({"type": "LoadBalancer"}, [], "<pending>"),
        ({"type": "LoadBalancer", "externalIPs": ["1.2.3.4"]}, [{"hostname": "b"}, {"ip": "a"}], "a,b,1.2.3.4"),
        ({"type": "ExternalName", "externalName": "example.com"}, [], "example.com"),
    ],
)
def test_a_service_shows_where_it_is_reached(spec: dict[str, Any], balanced: list[Any], shown: str) -> None:
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30080}, {"port": 53, "protocol": "UDP"}]
    found = cells(SERVICE, named(SERVICE, spec=spec | {"ports": ports}, status={"loadBalancer": {"ingress": balanced}}))
    assert (found["External-IP"], found["Port(s)"]) == (shown, "80:30080/TCP,53/UDP")


def test_a_node_shows_whether_it_takes_pods() -> None:
    ready = {"conditions": [{"type": "Ready", "status": "False"}], "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]}
    about = {"name": "one", "labels": {"node-role.kubernetes.io/worker": ""}}
    found = cells(NODE, named(NODE, metadata=about, spec={"unschedulable": True}, status=ready))
    assert (found["Status"], found["Roles"], found["Internal-IP"], found["Age"]) == ("NotReady,SchedulingDisabled", "worker", "127.0.0.1", "<unknown>")


def test_an_event_shows_its_object_first() -> None:
    found = cells(
        EVENT, named(EVENT, involvedObject={"kind": "Pod", "name": "web"}, reason="BackOff", message="again\n", source={"component": "kubelet", "host": "one"})
    )
    assert (found["Object"], found["Message"], found["Source"], found["Count"], found["Last Seen"]) == ("pod/web", "again", "kubelet, one", 1, "<unknown>")


def test_a_metric_shows_what_is_and_what_should_be() -> None:
    autoscaler = next(resource for resource in RESOURCES if resource.kind == "HorizontalPodAutoscaler")
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}
    memory = {"type": "Resource", "resource": {"name": "memory", "target": {"averageValue": "1Gi"}}}
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 5, "metrics": [cpu, memory, memory]}
    measured = {"currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 10}}}]}
    found = cells(autoscaler, named(autoscaler, spec=spec, status=measured))
    assert (found["Targets"], found["MinPods"]) == ("cpu: 10%/80%, memory: <unknown>/1Gi + 1 more...", "<unset>")


def test_roles_say_when_they_were_created() -> None:
    assert cells(ROLE, named(ROLE)) == {"Name": "web", "Created At": LONG_AGO}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.qualified)
def test_an_object_without_a_status_has_a_row(resource: Resource) -> None:
    spec = {"containers": [], "scaleTargetRef": {"kind": "Deployment", "name": "web"}}
    assert cells(resource, named(resource, spec=spec, roleRef={"kind": "Role", "name": "web"}))["Name"] == "web"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"),
        (10_860, "3h1m"), (8 * 3600, "8h"), (47 * 3600, "47h"), (48 * 3600, "2d"), (49 * 3600, "2d1h"), (8 * 86_400, "8d"), (729 * 86_400, "729d"),
        (731 * 86_400, "2y1d"), (8 * 365 * 86_400, "8y"),
    ],
)  # fmt: skip
def test_ages_are_written_as_kubectl_writes_them(seconds: int, written: str) -> None:
    assert human_duration(timedelta(seconds=seconds)) == written
