"""What is pushed for one environment reaches no other one: seen from outside, on the stack that everybody starts."""

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.running import NAMESPACE, SECRET, Running
from twin.processes import descendants
from twin.stack.platform import ACCOUNT

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]

ENVIRONMENTS = ("dev", "stage", "prod")


def test_a_push_to_dev_that_reaches_into_prod_is_refused_and_prod_never_notices(running: Running, live: str) -> None:
    prod = running.stack.namespaces["prod"]
    before, dev = running.objects(prod), _without_helms_own(running.objects(NAMESPACE))
    running.clone.add("helm/sample-app/templates/hostile.yaml", f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: stolen, namespace: {prod}}}\n")
    commit = running.push("reaches into prod")
    state, reason = running.ended(commit)
    assert state == "failed"
    user = f"arn:aws:iam::{ACCOUNT}:role/slipway-environment-dev"
    assert f'configmaps "stolen" is forbidden: User "{user}" cannot get resource "configmaps" in API group "" in the namespace "{prod}"' in reason
    assert [deployment.outcome for deployment in running.deployments(commit)] == ["rolled-back"]
    assert running.objects(prod) == before
    assert _without_helms_own(running.objects(NAMESPACE)) == dev
    running.assert_at_rest(live)


def test_an_environment_is_opened_by_its_own_binding_and_by_nothing_else(running: Running) -> None:
    """Also what everybody may do: read what kinds there are, ask what they may do themselves, and no object."""
    bound = json.loads(running.tool("kubectl", "get", "rolebindings,clusterrolebindings", "--all-namespaces", "--output", "json"))["items"]
    found = {
        (item["metadata"].get("namespace", ""), item["roleRef"]["kind"], item["roleRef"]["name"], subject["name"])
        for item in bound
        for subject in item.get("subjects", ())
        if subject["kind"] == "Group" and subject["name"] not in ("system:masters", "system:nodes")
    }
    own = {(running.stack.namespaces[name], "Role", "slipway", f"slipway:{name}") for name in ENVIRONMENTS}
    assert found == own | {("", "ClusterRole", name, "system:authenticated") for name in ("system:discovery", "system:basic-user")}
    discovery = json.loads(running.tool("kubectl", "get", "clusterrole", "system:discovery", "--output", "json"))["rules"]
    assert not any("resources" in rule for rule in discovery)


def test_what_helm_keeps_of_the_environments_is_where_nobody_who_deploys_may_write(running: Running) -> None:
    releases = json.loads(running.tool("helm", "list", "--all-namespaces", "--output", "json"))
    prepared = {release["name"]: release["namespace"] for release in releases if release["chart"].startswith("environment-")}
    assert prepared.keys() == {f"environment-{name}" for name in ENVIRONMENTS}
    assert not set(prepared.values()) & set(running.stack.namespaces.values())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_lets_only_restricted_pods_in(running: Running, environment: str) -> None:
    namespace = json.loads(running.tool("kubectl", "get", "namespace", running.stack.namespaces[environment], "--output", "json"))
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_environment_of_a_part_holds_nothing_from_the_developers_shell(running: Running) -> None:
    described = str(running.stack.folder)
    (supervisor,) = [pid for pid in descendants() if "twin.stack.supervisor" in (text := Path(f"/proc/{pid}/cmdline").read_text()) and described in text]
    parts = descendants(supervisor)
    assert len(parts) >= 6
    assert [pid for pid in parts if SECRET in Path(f"/proc/{pid}/environ").read_text()] == []


def test_the_api_server_is_reached_with_the_certificate_authority_of_its_stack_only(running: Running) -> None:
    trusted = ssl.create_default_context(cafile=str(running.stack.folder / "cluster" / "ca.crt"))
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{running.stack.kubernetes}/api/v1/namespaces", context=trusted, timeout=60)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"{running.stack.kubernetes}/api/v1/namespaces", context=ssl.create_default_context(), timeout=60)


def _without_helms_own(objects: frozenset[str]) -> frozenset[str]:
    return frozenset(item for item in objects if not item.startswith("Secret sh.helm.release."))
