"""What `kubectl rollout` and `kubectl scale` do with Deployments. No node runs these pods: the test says which are ready."""

import pytest

from tests.contract.kubernetes.cluster import until
from tests.contract.kubernetes.rollouts import REVISION, Rollouts, image, rolling
from tests.contract.kubernetes.workloads import deployment, name_of

DEPLOYMENTS = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"


@pytest.mark.behaviour(f"{DEPLOYMENTS}#failed-deployment")
def test_a_rollout_without_progress_has_failed_after_its_deadline_and_is_not_undone(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(progressDeadlineSeconds=1, strategy=rolling(1, 0)))
    rollouts.patch(made, image("2"))
    failed = rollouts.conditioned(made, "Progressing", "False", "ProgressDeadlineExceeded")
    assert "has timed out progressing" in failed["message"]
    assert rollouts.sizes() == {"1": 1, "2": 1}
    said = rollouts.namespace.kubectl("rollout", "status", "deployment/web", fails=True)
    assert 'deployment "web" exceeded its progress deadline' in said


@pytest.mark.behaviour(f"{DEPLOYMENTS}#pausing-and-resuming-a-deployment")
def test_a_paused_deployment_rolls_nothing_out_until_it_is_resumed(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(strategy=rolling(1, 0)))
    rollouts.namespace.kubectl("rollout", "pause", "deployment/web")
    rollouts.conditioned(made, "Progressing", "Unknown", "DeploymentPaused")
    changed = rollouts.patch(made, image("2"))
    until(lambda: rollouts.get(made)["status"]["observedGeneration"] >= changed["metadata"]["generation"], "the change was seen")
    assert rollouts.sizes() == {"1": 1}
    rollouts.namespace.kubectl("rollout", "resume", "deployment/web")
    rollouts.conditioned(made, "Progressing")
    rollouts.sized(r1=1, r2=1)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#proportional-scaling")
def test_a_paused_deployment_is_scaled_nevertheless(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(paused=True))
    until(lambda: "observedGeneration" in rollouts.get(made).get("status", {}), "it was seen")
    assert not rollouts.replica_sets()
    rollouts.patch(made, {"spec": {"paused": False}})
    rollouts.sized(r1=1)
    rollouts.patch(made, {"spec": {"paused": True}})
    rollouts.namespace.kubectl("scale", "deployment/web", "--replicas=3")
    rollouts.sized(r1=3)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#rolling-back-to-a-previous-revision")
def test_undo_takes_the_old_replica_set_again_under_a_new_revision(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(strategy=rolling(1, 0)))
    first = name_of(rollouts.replica_sets()[0])
    rollouts.patch(made, image("2"))
    rollouts.sized(r1=1, r2=1)
    assert "rolled back" in rollouts.namespace.kubectl("rollout", "undo", "deployment/web")
    rollouts.sized(r2=0, r3=1)
    assert name_of(rollouts.replica_sets()[-1]) == first
    until(lambda: rollouts.get(made)["metadata"]["annotations"][REVISION] == "3", "revision 3")
    assert rollouts.get(made)["spec"]["template"]["spec"]["containers"][0]["image"] == "example.invalid/none:1"


@pytest.mark.behaviour(f"{DEPLOYMENTS}#rolling-back-to-a-previous-revision")
def test_undo_goes_back_to_a_named_revision_and_history_lists_them(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(replicas=0))
    rollouts.sized(r1=0)
    for version in (2, 3):
        rollouts.patch(made, image(str(version)))
        rollouts.sized(**{f"r{each}": 0 for each in range(1, version + 1)})
    history = rollouts.namespace.kubectl("rollout", "history", "deployment/web").splitlines()
    assert [line.split()[0] for line in history if line[:1].isdigit()] == ["1", "2", "3"]
    assert "example.invalid/none:2" in rollouts.namespace.kubectl("rollout", "history", "deployment/web", "--revision=2")
    rollouts.namespace.kubectl("rollout", "undo", "deployment/web", "--to-revision=1")
    rollouts.sized(r2=0, r3=0, r4=0)
    assert "unable to find specified revision 9" in rollouts.namespace.kubectl("rollout", "undo", "deployment/web", "--to-revision=9", fails=True)


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_restart/")
def test_restart_is_a_new_revision_of_the_same_image(rollouts: Rollouts) -> None:
    rollouts.started(deployment(strategy=rolling(1, 0)))
    rollouts.namespace.kubectl("rollout", "restart", "deployment/web")
    rollouts.sized(r1=1, r2=1)
    old, new = (each["spec"]["template"] for each in rollouts.replica_sets())
    assert "kubectl.kubernetes.io/restartedAt" in new["metadata"]["annotations"]
    assert old["spec"] == new["spec"]


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_status/")
def test_rollout_status_ends_well_when_the_new_pods_are_available(rollouts: Rollouts) -> None:
    rollouts.started(deployment(replicas=2))
    assert 'deployment "web" successfully rolled out' in rollouts.namespace.kubectl("rollout", "status", "deployment/web", "--timeout=30s")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubectl/generated/kubectl_scale/")
def test_kubectl_scales_only_when_the_present_number_is_the_expected_one(rollouts: Rollouts) -> None:
    rollouts.make(deployment(replicas=1))
    rollouts.sized(r1=1)
    refused = rollouts.namespace.kubectl("scale", "deployment/web", "--current-replicas=5", "--replicas=3", fails=True)
    assert "Expected replicas to be 5, was 1" in refused
    rollouts.namespace.kubectl("scale", "deployment/web", "--current-replicas=1", "--replicas=2")
    rollouts.sized(r1=2)
