"""After a bad push the environment is as the last good release made it, whatever people did to it by hand meanwhile."""

import json

import pytest

from tests.e2e.running import SERVICE, Running

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]


def test_what_was_changed_added_and_deleted_by_hand_is_right_again_once_a_bad_push_is_undone(running: Running, live: str) -> None:
    def environment() -> set[str]:
        deployment = json.loads(running.tool("kubectl", "get", "deployment", SERVICE, "--output", "json"))
        return {variable["name"] for container in deployment["spec"]["template"]["spec"]["containers"] for variable in container["env"]}

    before = environment()
    running.tool("kubectl", "set", "env", f"deployment/{SERVICE}", "BY_HAND=yes")
    running.tool("kubectl", "scale", f"deployment/{SERVICE}", "--replicas", "2")
    running.tool("kubectl", "delete", "networkpolicy", SERVICE)
    assert environment() == before | {"BY_HAND"}
    running.clone.replace(
        "helm/sample-app/templates/deployment.yaml", "          envFrom:\n", "          command: [python, -c, raise SystemExit(7)]\n          envFrom:\n"
    )
    commit = running.push("exits at once, after some work by hand")
    state, reason = running.ended(commit)
    assert state == "failed"
    assert "exit code 7" in reason
    assert [deployment.outcome for deployment in running.deployments(commit)] == ["rolled-back"]
    assert environment() == before
    assert f"networkpolicy.networking.k8s.io/{SERVICE}" in running.tool("kubectl", "get", "networkpolicies", "--output", "name")
    assert len(running.staying_pods()) == 1
    running.assert_at_rest(live)
