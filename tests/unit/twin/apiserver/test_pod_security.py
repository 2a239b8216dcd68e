"""What the embedded API server says of pods that ask too much of their node, in a real server's words."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from twin.cluster.apiserver.access.rbac import Authorizer
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.admission import admit
from twin.cluster.apiserver.admission.pod_security import ENFORCE
from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import DEPLOYMENT, NAMESPACE, POD, Resource

CONTROLLERS = User("system:kube-controller-manager", frozenset())
SAFE: Object = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def create(spec: Object, level: str = "restricted", resource: Resource = POD) -> Object:
    namespace = {"metadata": {"name": "dev", "labels": {ENFORCE: level} if level else {}}}

    def read(kind: Resource, where: str) -> Iterable[Object]:
        return [namespace] if kind is NAMESPACE else []

    return admit(CONTROLLERS, resource, "create", {"metadata": {"name": "x", "namespace": "dev"}, "spec": spec}, None, read, Authorizer(read))


def refusal(spec: Object, level: str = "restricted") -> str:
    with pytest.raises(ApiError) as refused:
        create(spec, level)
    assert refused.value.code == 403
    prefix = f'pods "x" is forbidden: violates PodSecurity "{level}:latest": '
    assert refused.value.message.startswith(prefix)
    return refused.value.message.removeprefix(prefix)


def pod(*changes: Any, init: tuple[Object, ...] = (), **members: Any) -> Object:
    """Containers `app`, `side` ... that are safe but for their changes."""
    names = ("app", "side", "third")
    containers = [{"name": names[number], "securityContext": {**SAFE, **change}} for number, change in enumerate(changes or ({},))]
    return {"containers": containers, "initContainers": list(init), **members}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (pod({"privileged": True}), 'privileged (container "app" must not set securityContext.privileged=true)'),
        (pod(hostNetwork=True, hostPID=True), "host namespaces (hostNetwork=true, hostPID=true)"),
        (
            pod(volumes=[{"name": "node", "hostPath": {"path": "/"}}, {"name": "scratch", "emptyDir": {}}]),
            'restricted volume types (volume "node" uses restricted volume type "hostPath")',
        ),
        (pod({"runAsUser": 0}), 'runAsUser=0 (container "app" must not set runAsUser=0)'),
        (pod({"runAsNonRoot": False}), 'runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false)'),
        (
            pod({"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN", "NET_BIND_SERVICE"]}}),
            'unrestricted capabilities (container "app" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
        ),
        (
            pod({"seccompProfile": {"type": "Unconfined"}}),
            'seccompProfile (container "app" must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            pod({"allowPrivilegeEscalation": True}, {"allowPrivilegeEscalation": None}),
            'allowPrivilegeEscalation != false (containers "app", "side" must set securityContext.allowPrivilegeEscalation=false)',
        ),
        (
            {"containers": [{"name": "app", "securityContext": SAFE, "ports": [{"containerPort": 80, "hostPort": 80}]}]},
            'hostPort (container "app" uses hostPort 80)',
        ),
        (pod({}, init=({"name": "first", "securityContext": {**SAFE, "privileged": True}},)), 'privileged (container "first" must not'),
    ],
)
def test_what_the_restricted_level_forbids_is_refused_by_its_name(spec: Object, said: str) -> None:
    assert refusal(spec).startswith(said)


def test_a_pod_that_says_nothing_is_told_all_that_it_must_say() -> None:
    assert refusal({"containers": [{"name": "app", "image": "x"}]}) == (
        'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), '
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), '
        'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), '
        'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
    )


def test_what_holds_for_the_whole_pod_may_be_said_once() -> None:
    container = {"name": "app", "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
    create({"containers": [container], "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}})


def test_the_baseline_forbids_the_node_but_not_the_defaults() -> None:
    create({"containers": [{"name": "app"}]}, "baseline")
    assert refusal({"containers": [{"name": "app", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]}, "baseline") == (
        'non-default capabilities (container "app" must not include "NET_ADMIN" in securityContext.capabilities.add)'
    )
    spec = {"containers": [{"name": "app"}], "volumes": [{"name": "node", "hostPath": {"path": "/"}}]}
    assert refusal(spec, "baseline") == 'hostPath volumes (volume "node")'


@pytest.mark.parametrize("level", ["", "privileged"])
def test_a_namespace_without_a_level_allows_every_pod(level: str) -> None:
    create(pod({"privileged": True}, hostNetwork=True), level)


def test_a_workload_is_stored_only_its_pods_are_refused() -> None:
    create({"template": {"spec": pod({"privileged": True})}}, resource=DEPLOYMENT)


def test_the_chart_of_an_environment_sets_the_label_that_is_looked_at() -> None:
    template = Path("helm/environment/templates/_naming.tpl").read_text()
    level = next(line for line in template.splitlines() if line.startswith(f"{ENFORCE}:"))
    assert yaml.safe_load(level) == {ENFORCE: "restricted"}
