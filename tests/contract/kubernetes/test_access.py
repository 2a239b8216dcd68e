"""Who may do what: roles and bindings as a service account meets them, and the reviews that `kubectl auth can-i` asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object, connected, until

RBAC = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"
REVIEWS = "https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access"
TOKENS = "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens"
GROUP = "rbac.authorization.k8s.io"


class Account:
    """A service account `robot` of the namespace; `http` is its own."""

    http: httpx.Client

    def __init__(self, cluster: Cluster, namespace: Namespace) -> None:
        self._cluster, self._namespace = cluster, namespace
        cluster.create(namespace.path("serviceaccounts"), {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}})
        self.user = f"system:serviceaccount:{namespace.name}:robot"

    def issued(self, **spec: Any) -> Object:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return self._cluster.create(self._namespace.path("serviceaccounts", "robot") + "/token", body)

    def asks(self, method: str, path: str, **request: Any) -> int:
        return self.answered(method, path, **request)[0]

    def answered(self, method: str, path: str, **request: Any) -> tuple[int, Object]:
        answer = self.http.request(method, path, **request)
        return answer.status_code, answer.json()

    def may(self, kind: str, verbs: str, name: str = "robot", role: str = "Role", **more: Any) -> None:
        """By a role of its own, bound in the namespace; once every server has heard of it."""
        rule = {"apiGroups": [""], "resources": [kind], "verbs": verbs.split(), **more}
        role_path = self._namespace.path("roles", version=f"{GROUP}/v1") if role == "Role" else f"/apis/{GROUP}/v1/clusterroles"
        self._cluster.create(role_path, {"apiVersion": f"{GROUP}/v1", "kind": role, "metadata": {"name": name}, "rules": [rule]})
        self._bound(role, name)
        resource, _, subresource = kind.partition("/")
        asked = {"resource": resource, "subresource": subresource, "group": rule["apiGroups"][0], "name": next(iter(rule.get("resourceNames", [""])))}
        until(lambda: review(self._cluster, self.user, verb=verbs.split()[0], namespace=self._namespace.name, **asked)["allowed"], "the right")

    def _bound(self, role: str, name: str) -> None:
        subject = {"kind": "ServiceAccount", "name": "robot", "namespace": self._namespace.name}
        reference = {"apiGroup": GROUP, "kind": role, "name": name}
        binding = {"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding", "metadata": {"name": name}, "subjects": [subject], "roleRef": reference}
        self._cluster.create(self._namespace.path("rolebindings", version=f"{GROUP}/v1"), binding)


@contextmanager
def robot_in(namespace: Namespace) -> Iterator[Account]:
    """The account, with a token of its own."""
    cluster = namespace.cluster
    account = Account(cluster, namespace)
    with connected(cluster.kubeconfig, cluster.home, account.issued()["status"]["token"]) as account.http:
        yield account


@pytest.fixture
def robot(namespace: Namespace) -> Iterator[Account]:
    with robot_in(namespace) as account:
        yield account


def review(cluster: Cluster, user: str, **attributes: str) -> Object:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": user, "resourceAttributes": attributes}}
    found: Object = cluster.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", body)["status"]
    return found


@pytest.mark.behaviour(TOKENS)
def test_a_token_of_a_service_account_is_issued_for_a_time(cluster: Cluster, robot: Account) -> None:
    found = robot.issued(expirationSeconds=600)
    assert found["kind"] == "TokenRequest" and found["status"]["token"].count(".") == 2
    assert found["status"]["expirationTimestamp"] > found["metadata"]["creationTimestamp"]


@pytest.mark.behaviour(TOKENS)
def test_a_token_of_a_service_account_is_that_user(robot: Account, namespace: Namespace) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    code, found = robot.answered("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", json=body)
    assert code == 201
    assert found["status"]["userInfo"]["username"] == robot.user
    assert {"system:serviceaccounts", f"system:serviceaccounts:{namespace.name}", "system:authenticated"} <= set(found["status"]["userInfo"]["groups"])


@pytest.mark.behaviour(TOKENS)
def test_a_token_ends_with_its_service_account(cluster: Cluster, namespace: Namespace, robot: Account) -> None:
    robot.may("configmaps", "list")
    assert robot.asks("GET", namespace.path("configmaps")) == 200
    cluster.delete(namespace.path("serviceaccounts", "robot"))
    until(lambda: robot.asks("GET", namespace.path("configmaps")) == 401, "the end of the token")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/access-authn-authz/authentication/")
def test_a_token_that_nobody_issued_is_unauthorized(cluster: Cluster) -> None:
    with connected(cluster.kubeconfig, cluster.home, "nobody") as http:
        answer = http.get("/api/v1/namespaces")
    assert (answer.status_code, answer.json()["reason"]) == (401, "Unauthorized")


@pytest.mark.behaviour(RBAC)
def test_what_no_role_allows_is_forbidden(namespace: Namespace, robot: Account) -> None:
    code, status = robot.answered("GET", namespace.path("configmaps"))
    assert (code, status.get("reason")) == (403, "Forbidden")
    words = f'configmaps is forbidden: User "{robot.user}" cannot list resource "configmaps" in API group "" in the namespace "{namespace.name}"'
    assert status["message"].startswith(words)


@pytest.mark.behaviour("https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go")
def test_an_apply_that_makes_an_object_needs_the_right_to_create_it(namespace: Namespace, robot: Account) -> None:
    robot.may("configmaps", "patch")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"colour": "red"}}
    applied = {"json": body, "headers": {"Content-Type": "application/apply-patch+yaml"}, "params": {"fieldManager": "robot"}}
    code, status = robot.answered("PATCH", namespace.path("configmaps", "settings"), **applied)
    assert (code, status.get("reason")) == (403, "Forbidden")
    assert status["message"].startswith('configmaps "settings" is forbidden: ')
    namespace.config_map()
    assert robot.asks("PATCH", namespace.path("configmaps", "settings"), **applied) == 200


@pytest.mark.behaviour(RBAC + "#role-and-clusterrole")
def test_a_role_allows_its_verbs_in_its_namespace(cluster: Cluster, namespace: Namespace, robot: Account) -> None:
    namespace.config_map()
    robot.may("configmaps", "get list")
    assert robot.asks("GET", namespace.path("configmaps", "settings")) == 200
    assert robot.asks("GET", namespace.path("configmaps")) == 200
    assert robot.asks("DELETE", namespace.path("configmaps", "settings")) == 403
    assert robot.asks("GET", "/api/v1/namespaces/default/configmaps") == 403
    assert robot.asks("GET", "/api/v1/configmaps") == 403


@pytest.mark.behaviour(RBAC + "#referring-to-resources")
def test_a_role_can_name_single_objects(cluster: Cluster, namespace: Namespace, robot: Account) -> None:
    namespace.config_map("mine")
    namespace.config_map("other")
    robot.may("configmaps", "get", resourceNames=["mine"])
    assert robot.asks("GET", namespace.path("configmaps", "mine")) == 200
    assert robot.asks("GET", namespace.path("configmaps", "other")) == 403


@pytest.mark.behaviour(RBAC + "#referring-to-resources")
def test_a_subresource_is_allowed_by_its_own_name(cluster: Cluster, namespace: Namespace, robot: Account) -> None:
    assert not review(cluster, robot.user, verb="get", resource="pods", subresource="log", namespace=namespace.name)["allowed"]
    robot.may("pods/log", "get")
    assert review(cluster, robot.user, verb="get", resource="pods", subresource="log", namespace=namespace.name)["allowed"]
    assert not review(cluster, robot.user, verb="get", resource="pods", namespace=namespace.name)["allowed"]


@pytest.mark.behaviour(RBAC + "#rolebinding-and-clusterrolebinding")
def test_a_cluster_role_can_be_bound_in_one_namespace(cluster: Cluster, namespace: Namespace, robot: Account) -> None:
    robot.may("secrets", "list", name=namespace.name, role="ClusterRole")
    try:
        assert robot.asks("GET", namespace.path("secrets")) == 200
        assert robot.asks("GET", "/api/v1/namespaces/default/secrets") == 403
    finally:
        cluster.delete(f"/apis/{GROUP}/v1/clusterroles/{namespace.name}")


@pytest.mark.behaviour(RBAC)
def test_a_right_goes_with_its_binding(cluster: Cluster, namespace: Namespace, robot: Account) -> None:
    robot.may("configmaps", "list")
    assert review(cluster, robot.user, verb="list", resource="configmaps", namespace=namespace.name)["allowed"]
    cluster.delete(namespace.path("rolebindings", "robot", f"{GROUP}/v1"))
    until(lambda: not review(cluster, robot.user, verb="list", resource="configmaps", namespace=namespace.name)["allowed"], "the end of the right")


@pytest.mark.behaviour(RBAC + "#privilege-escalation-prevention-and-bootstrapping")
def test_nobody_hands_out_rights_that_they_do_not_have(namespace: Namespace, robot: Account) -> None:
    robot.may("roles", "create", apiGroups=[GROUP])
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    role = {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": "more"}, "rules": rules}
    code, status = robot.answered("POST", namespace.path("roles", version=f"{GROUP}/v1"), json=role)
    assert code == 403
    assert "is attempting to grant RBAC permissions not currently held" in status["message"]
    assert '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}' in status["message"]


@pytest.mark.behaviour(REVIEWS)
def test_a_review_says_why_somebody_may(cluster: Cluster, namespace: Namespace, robot: Account) -> None:
    robot.may("configmaps", "list")
    found = review(cluster, robot.user, verb="list", resource="configmaps", namespace=namespace.name)
    assert found["allowed"] and found["reason"].startswith("RBAC: allowed by RoleBinding")


@pytest.mark.behaviour(REVIEWS)
def test_a_review_of_oneself_is_open_to_everybody(namespace: Namespace, robot: Account) -> None:
    attributes = {"verb": "list", "resource": "configmaps", "namespace": namespace.name}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}
    code, found = robot.answered("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=body)
    assert (code, found["status"]["allowed"]) == (201, False)
    robot.may("configmaps", "list")
    assert robot.answered("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=body)[1]["status"]["allowed"] is True


@pytest.mark.behaviour(REVIEWS)
def test_a_review_of_groups_and_of_paths(cluster: Cluster) -> None:
    path, paths = "/apis/authorization.k8s.io/v1/subjectaccessreviews", {"path": "/healthz", "verb": "get"}
    spec = {"user": "nobody", "groups": ["system:masters"], "resourceAttributes": {"verb": "*", "group": "*", "resource": "*"}}
    assert cluster.create(path, {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec})["status"]["allowed"] is True
    spec = {"user": "nobody", "groups": ["system:authenticated"], "nonResourceAttributes": paths}
    assert cluster.create(path, {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec})["status"]["allowed"] is True


@pytest.mark.behaviour(REVIEWS)
def test_the_rules_of_a_namespace_can_be_listed(namespace: Namespace, robot: Account) -> None:
    robot.may("configmaps", "list")
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace.name}}
    code, found = robot.answered("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", json=body)
    assert code == 201
    assert {"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]} in found["status"]["resourceRules"]
