"""A chart that was pushed for dev can do nothing outside of dev, and nothing in it that its role doesn't allow. Real Helm, tokens and Roles."""

import json

import pytest

from slipway.ports import HelmFailed
from tests.contract.cluster.changes import DEPLOYMENT, Change, added, colour, config_map, replaced
from tests.contract.cluster.deploying import SERVICE, Place, Site
from tests.e2e.cluster_rights import entries, used

pytestmark = [pytest.mark.timeout(200), pytest.mark.xdist_group("one cluster")]

RBAC = "rbac.authorization.k8s.io"
DEV = "arn:aws:iam::123456789012:role/slipway-environment-dev"
RULES = "rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]"
CLUSTER_ADMIN = f"roleRef: {{apiGroup: {RBAC}, kind: ClusterRole, name: cluster-admin}}\nsubjects: [{{kind: Group, apiGroup: {RBAC}, name: '%s'}}]"
PROD, OWN, CLUSTER = 'in the namespace "PROD"', 'in the namespace "OWN"', "at the cluster scope"


def an(kind: str, about: str, more: str = "", api: str = "v1") -> str:
    """A template. PROD, OWN and DEV stand for prod's and dev's namespaces and the user who deploys to dev."""
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{{about}}}\n{more}\n"


def may_not(verb: str, resource: str, where: str, group: str = "") -> str:
    return f'User "DEV" cannot {verb} resource "{resource}" in API group "{group}" {where}'


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    """dev and prod, each running a release of its own; prod has a Secret."""
    found = site.place("dev", "prod")
    found.make_live()
    commit = found.release()
    found.charts("prod").upgrade(SERVICE, found.chart(commit), found.values(commit, "prod"), "values-prod.yaml", commit)
    found.kubectl("rollout", "status", "deployment/sample-app", environment="prod")
    found.kubectl("create", "secret", "generic", "database", "--from-literal", "password=of-prod", environment="prod")
    return found


@pytest.mark.parametrize(
    ("template", "refusal"),
    [
        pytest.param(an("ConfigMap", "name: stolen, namespace: PROD"), may_not("get", "configmaps", PROD), id="an object for prod"),
        pytest.param(an("Deployment", "name: sample-app, namespace: PROD", "", "apps/v1"), may_not("get", "deployments", PROD, "apps"), id="prod's Deployment"),
        pytest.param(
            config_map("stolen", about="namespace: PROD, annotations: {helm.sh/hook: pre-upgrade}"), may_not("delete", "configmaps", PROD), id="a hook in prod"
        ),
        pytest.param(an("ClusterRole", "name: mine", RULES, f"{RBAC}/v1"), may_not("get", "clusterroles", CLUSTER, RBAC), id="a ClusterRole"),
        pytest.param(
            an("ClusterRoleBinding", "name: mine", CLUSTER_ADMIN % "slipway:dev", f"{RBAC}/v1"),
            may_not("get", "clusterrolebindings", CLUSTER, RBAC),
            id="cluster-admin for itself",
        ),
        pytest.param(an("Role", "name: more", RULES, f"{RBAC}/v1"), may_not("get", "roles", OWN, RBAC), id="a Role with more rights"),
        pytest.param(an("Role", "name: slipway", RULES, f"{RBAC}/v1"), may_not("get", "roles", OWN, RBAC), id="its own Role"),
        pytest.param(
            an("RoleBinding", "name: prod-too", CLUSTER_ADMIN % "slipway:prod", f"{RBAC}/v1"),
            may_not("get", "rolebindings", OWN, RBAC),
            id="a binding for prod's group",
        ),
        pytest.param(an("Namespace", "name: another"), 'namespaces "another" is forbidden', id="a namespace"),
        pytest.param(an("Pod", "name: loose", "spec: {containers: [{name: x, image: x}]}"), may_not("get", "pods", OWN), id="a pod of its own"),
        pytest.param(an("Job", "name: loose", "", "batch/v1"), may_not("get", "jobs", OWN, "batch"), id="a Job"),
        pytest.param(an("ResourceQuota", "name: environment"), may_not("get", "resourcequotas", OWN), id="its own quota"),
        pytest.param('{{ (lookup "v1" "Secret" "PROD" "database").data.password | fail }}', may_not("get", "secrets", PROD), id="lookup of prod's Secret"),
        pytest.param('{{ lookup "v1" "Secret" "" "" | toJson | fail }}', may_not("list", "secrets", CLUSTER), id="lookup of every Secret"),
        pytest.param(
            '{{ lookup "v1" "Secret" "platform" "" | toJson | fail }}',
            may_not("list", "secrets", 'in the namespace "platform"'),
            id="lookup of what Helm keeps of helm/environment",
        ),
    ],
)
def test_a_chart_for_dev_is_refused_in_the_api_servers_words_before_anything_is_changed(place: Place, template: str, refusal: str) -> None:
    dev, prod = place.identities(), place.identities("prod")
    commit = place.release(added("hostile", here(place, template)), colour("red"))
    refused = place.charts().upgrade(SERVICE, place.chart(commit), place.values(commit), "values-dev.yaml", commit)
    assert isinstance(refused, HelmFailed)
    assert here(place, refusal) in refused.message
    assert not [value for value in ("of-prod", "b2YtcHJvZA") if value in refused.message]
    assert place.identities() == dev
    assert place.identities("prod") == prod


def here(place: Place, text: str) -> str:
    return text.replace("PROD", place.environment("prod").namespace).replace("OWN", place.environment("dev").namespace).replace("DEV", DEV)


def undone(place: Place, *changes: Change) -> str:
    before, prod = place.objects(), place.identities("prod")
    ended = place.deploy(place.release(*changes))
    assert ended["outcome"] == "rolled-back", ended
    assert place.objects() == before
    assert place.identities("prod") == prod
    return str(ended["reason"])


def test_a_hook_in_its_own_namespace_needs_no_more_than_the_role_gives(place: Place, site: Site) -> None:
    """Helm watches the kind of a hook until it is there. Every kind that a chart may render may be watched, so that it may also be a hook."""
    place.make_live(added("hook", config_map("hooked", about="annotations: {helm.sh/hook: pre-upgrade}")))
    place.kubectl("get", "configmap", "hooked")
    assert "watch configmaps" in used(entries(site.folder))["slipway"]


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_a_service_gets_no_way_in_of_its_own(place: Place, kind: str) -> None:
    """Neither a new one nor the one that is there. Helm finds out half way: the deployment ends with these words and with what ran before."""
    new = added("open", an("Service", "name: open", f"spec: {{type: {kind}, ports: [{{port: 80}}]}}"))
    changed = replaced("templates/service.yaml", "type: ClusterIP", f"type: {kind}")
    for change in (new, changed):
        reason = undone(place, change)
        assert "is forbidden: exceeded quota: environment, requested: services." in reason
        assert "services.nodeports=0" in reason


def test_pods_that_ask_for_their_node_are_never_made(place: Place) -> None:
    """The Deployment is stored; its pods are refused, which its condition says."""
    privileged = replaced(DEPLOYMENT, "            allowPrivilegeEscalation: false\n", "            privileged: true\n")
    node = "      hostNetwork: true\n      volumes: [{name: node, hostPath: {path: /}}]\n      containers:\n"
    reason = undone(place, privileged, replaced(DEPLOYMENT, "      containers:\n", node))
    assert 'is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)' in reason
    assert 'privileged (container "sample-app" must not set securityContext.privileged=true)' in reason
    assert 'restricted volume types (volume "node" uses restricted volume type "hostPath")' in reason


def test_whoever_may_write_roles_still_gives_nobody_more_than_they_have(place: Place) -> None:
    """Should an operator ever let an environment's group write Roles: the API server itself keeps the wall."""
    rules = json.loads(place.kubectl("get", "role", "slipway", "--output", "json"))["rules"]
    writing = {"apiGroups": [RBAC], "resources": ["roles"], "verbs": ["get", "create", "update", "patch", "delete"]}
    place.kubectl("patch", "role", "slipway", "--type", "merge", "--patch", json.dumps({"rules": [*rules, writing]}))
    reason = undone(place, added("role", an("Role", "name: more", "rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]", f"{RBAC}/v1")))
    place.kubectl("patch", "role", "slipway", "--type", "merge", "--patch", json.dumps({"rules": rules}))
    assert "is attempting to grant RBAC permissions not currently held" in reason


def test_the_role_of_prod_opens_prod_and_not_dev(place: Place) -> None:
    commit = place.release(added("hostile", an("ConfigMap", f"name: stolen, namespace: {place.environment('dev').namespace}")))
    refused = place.charts("prod").upgrade(SERVICE, place.chart(commit), place.values(commit, "prod"), "values-prod.yaml", commit)
    assert isinstance(refused, HelmFailed)
    assert here(place, 'cannot get resource "configmaps" in API group "" in the namespace "OWN"') in refused.message
