"""What happens to real pushes on a real stack, also when something goes wrong in the middle. One stack, one environment: the tests take turns."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.running import ENVIRONMENT, PATIENCE_SECONDS, SERVICE, Running, flip_a_byte, image_files, lose_image, until
from twin.stack.settings import ROOT

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: '1'}\n"

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]


def test_a_push_becomes_live_with_its_commit_and_digest(running: Running, live: str) -> None:
    running.assert_at_rest(live)


def test_two_branches_at_one_commit_are_two_runs_and_one_build(running: Running, live: str) -> None:
    running.write_a_note()
    builds = len(running.builds())
    commit = running.push("pushed twice", "main", "develop")
    until(lambda: len(running.runs(commit)) == 2, "two runs")
    states = [running.observer.follow(run, commit, PATIENCE_SECONDS, lambda event: None)["state"] for run in running.runs(commit)]
    assert sorted(states) in (["live", "live"], ["live", "superseded"]), "the newer one takes the place of the older one that has changed nothing yet"
    assert len(running.builds()) == builds + 1
    running.assert_at_rest(commit)


def test_one_corrupted_byte_of_an_image_is_never_run(running: Running, live: str) -> None:
    """The deployment is kept waiting for the lease until the byte is flipped, so that the order is certain."""
    with running.lease_held():
        running.write_a_note()
        commit = running.push("will be corrupted")
        until(lambda: len(running.observer.held_leases()) == 2, "a deployment that waits for the lease")
        flip_a_byte(running.stack, running.image_digest(commit))
    state, reason = running.ended(commit)
    assert state == "failed"
    assert "ErrImagePull" in reason
    assert "digest mismatch" in reason
    assert [deployment.outcome for deployment in running.deployments(commit)] == ["rolled-back"]
    running.assert_at_rest(live)


def test_the_files_that_run_are_those_of_the_image(running: Running, live: str) -> None:
    root = Path(f"/proc/{running.pod_process()}/cwd").resolve().parent
    found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert found == image_files(running.stack, running.image_digest(live))


def test_a_crash_loop_is_judged_within_a_second_of_the_second_termination_though_the_rollout_may_take_600(running: Running, live: str) -> None:
    assert "rollout_timeout_seconds" not in (ROOT / "slipway.yaml").read_text(), "the default of 600 s holds"
    crash = "          command: [python, -c, raise SystemExit(7)]\n          envFrom:\n"
    running.clone.replace("helm/sample-app/templates/deployment.yaml", "          envFrom:\n", crash)
    with running.second_termination() as seen:
        commit = running.push("exits at once")
        state, reason = running.ended(commit)
    assert state == "failed"
    assert "exit code 7" in reason
    assert running.events(commit)["rollout-failed"].at.timestamp() - seen["at"] < 1.0
    running.assert_at_rest(live)


def test_a_restore_target_that_is_broken_too_needs_attention_and_leaves_the_lease_free(running: Running, live: str) -> None:
    """The bad commit ends the old pods before it starts its own, and meanwhile the old image is lost."""
    template = "helm/sample-app/templates/deployment.yaml"
    running.clone.replace(template, "    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}\n", "")
    running.clone.replace(template, "    type: RollingUpdate\n", "    type: Recreate\n")
    running.clone.replace(template, "          envFrom:\n", "          command: [python, -c, raise SystemExit(7)]\n          envFrom:\n")
    with running.lease_held():  # the build would write anew what both images share
        commit = running.push("takes the old release down with it")
        until(lambda: len(running.observer.held_leases()) == 2, "a deployment that waits for the lease")
        lose_image(running.stack, running.image_digest(live))
    state, reason = running.ended(commit)
    assert state == "failed"
    assert "ErrImagePull" in reason
    assert [deployment.outcome for deployment in running.deployments(commit)] == ["needs-attention"]
    assert running.observer.live(ENVIRONMENT) == ""
    assert running.observer.held_leases() == ()
    assert running.observer.running_executions() == ()


def test_a_worker_killed_while_helm_runs_is_made_good_by_the_retry(running: Running, live: str) -> None:
    """Two hundred more objects keep Helm busy for some seconds."""
    many = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: many-{{ . }}}\ndata: {number: {{ . | quote }}}"
    running.clone.add("helm/sample-app/templates/many.yaml", f"{{{{- range until 200 }}}}\n---\n{many}\n{{{{- end }}}}\n")
    commit = running.push("many objects")
    until(running.has_pending_upgrade, "a Helm in the middle")
    os.kill(running.busy_worker("slipway.handlers.apply.handler"), signal.SIGKILL)
    assert running.ended(commit) == ("live", "live in dev")
    (deployment,) = running.deployments(commit)
    assert "Runtime.ExitError" in running.history(deployment.identity)
    assert "pending-upgrade" in running.events(commit)["recovered"].message
    running.assert_at_rest(commit)


def test_a_commit_that_the_gate_refuses_ends_with_the_tools_words_and_changes_nothing(running: Running, live: str) -> None:
    running.clone.add("service/tests/test_sum.py", "def test_the_sum() -> None:\n    assert 1 + 1 == 3\n")
    commit = running.push("wrong sum")
    state, reason = running.ended(commit)
    assert state == "refused"
    assert "assert (1 + 1) == 3" in reason
    assert running.deployments(commit) == ()
    running.assert_at_rest(live)


def test_helm_and_kubectl_work_against_the_cluster(running: Running, live: str) -> None:
    assert "deployed" in running.tool("helm", "history", SERVICE)
    (pod,) = running.staying_pods()
    assert "Running" in running.tool("kubectl", "get", "pods")
    assert '"route":"/"' in running.tool("kubectl", "logs", pod)
    assert "successfully rolled out" in running.tool("kubectl", "rollout", "status", f"deployment/{SERVICE}")
    assert "ScalingReplicaSet" in running.tool("kubectl", "describe", f"deployment/{SERVICE}")
    assert running.tool("kubectl", "apply", "--filename", "-", text=CONFIG_MAP) == "configmap/applied created\n"
    assert running.tool("kubectl", "apply", "--filename", "-", text=CONFIG_MAP) == "configmap/applied unchanged\n"
    assert "deleted" in running.tool("kubectl", "delete", "configmap", "applied")


def test_helm_installs_waits_and_uninstalls_as_on_any_cluster(running: Running, live: str) -> None:
    """A release of an operator's own beside Slipway's; `--wait` follows the pods and the uninstallation their end."""
    values = running.tool("helm", "get", "values", SERVICE, "--output", "json")
    chart = str(ROOT / "helm/sample-app")
    arguments = ("--values", "-", "--set", "ingress.host=second.localhost", "--wait", "--timeout", "60s")
    assert "STATUS: deployed" in running.tool("helm", "install", "second", chart, *arguments, text=values)
    assert "has been upgraded" in running.tool("helm", "upgrade", "second", chart, *arguments, "--set", "logLevel=INFO", text=values)
    assert "Rollback was a success" in running.tool("helm", "rollback", "second", "1", "--wait", "--timeout", "60s")
    assert "uninstalled" in running.tool("helm", "uninstall", "second", "--wait", "--cascade", "foreground", "--timeout", "60s")
    until(lambda: "second" not in running.tool("kubectl", "get", "all,configmaps,ingresses,endpointslices", "--output", "name"), "nothing of it")


def test_the_front_door_knows_only_the_names_of_ingresses(running: Running, live: str) -> None:
    assert httpx.get(running.stack.front_door, headers={"Host": "nobody.localhost"}).status_code == 404
