"""Deployments: how a change of the template reaches the pods. No node runs these pods: the test says which are ready."""

import json

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, until
from tests.contract.kubernetes.rollouts import HASH, Rollouts, image, rolling
from tests.contract.kubernetes.workloads import APPS, ago, condition, deployment, item_of_kind, name_of

DEPLOYMENTS = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"


@pytest.mark.behaviour(f"{DEPLOYMENTS}#pod-template-hash-label")
def test_replica_set_and_pods_carry_the_hash_of_the_template(rollouts: Rollouts) -> None:
    rollouts.make(deployment(replicas=2))
    pods = rollouts.pods_when(2)
    (replica_set,) = rollouts.replica_sets()
    template_hash = replica_set["metadata"]["labels"][HASH]
    assert name_of(replica_set) == f"web-{template_hash}"
    assert replica_set["spec"]["selector"]["matchLabels"] == {"app": "web", HASH: template_hash}
    assert all(pod["metadata"]["labels"] == {"app": "web", HASH: template_hash} for pod in pods)
    assert all(name_of(pod).startswith(f"web-{template_hash}-") for pod in pods)


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentSpec")
def test_a_deployment_that_says_nothing_rolls_by_a_quarter_and_keeps_ten_revisions(cluster: Cluster, namespace: Namespace) -> None:
    bare = deployment(replicas=0)
    del bare["spec"]["replicas"]
    spec = cluster.create(namespace.path("deployments", version=APPS), bare, dryRun="All")["spec"]
    assert spec["strategy"] == rolling("25%", "25%")
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#rolling-update-deployment")
def test_with_a_surge_and_nothing_unavailable_a_new_pod_is_ready_before_an_old_one_goes(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=2, strategy=rolling(1, 0)))
    rollouts.patch(made, image("2"))
    rollouts.sized(r1=2, r2=1)
    rollouts.run_new(2)
    rollouts.sized(r1=1, r2=2)
    rollouts.run_new(2)
    rollouts.sized(r1=0, r2=2)
    rollouts.conditioned(made, "Progressing", reason="NewReplicaSetAvailable")


@pytest.mark.behaviour(f"{DEPLOYMENTS}#max-unavailable")
def test_without_a_surge_an_old_pod_goes_before_a_new_one_comes(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=3, strategy=rolling(0, 1)))
    rollouts.patch(made, image("2"))
    rollouts.sized(r1=2, r2=1)
    assert rollouts.get(made)["status"]["unavailableReplicas"] >= 1
    rollouts.run_new(2)
    rollouts.sized(r1=1, r2=2)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#max-surge")
def test_a_percentage_of_surge_is_rounded_up_and_one_of_unavailable_pods_down(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=3, strategy=rolling("25%", "25%")))
    rollouts.patch(made, image("2"))
    rollouts.sized(r1=3, r2=1)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#rollover-aka-multiple-updates-in-flight")
def test_a_change_during_a_rollout_leaves_the_one_in_between_first(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=2, strategy=rolling(1, 0)))
    rollouts.patch(made, image("2"))
    rollouts.sized(r1=2, r2=1)
    rollouts.patch(made, image("3"))
    rollouts.sized(r1=2, r2=0, r3=1)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#proportional-scaling")
def test_scaling_during_a_rollout_is_shared_out_between_old_and_new(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=4, strategy=rolling(2, 0)))
    rollouts.patch(made, image("2"))
    rollouts.sized(r1=4, r2=2)
    rollouts.patch(made, {"spec": {"replicas": 7}})
    rollouts.sized(r1=6, r2=3)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#recreate-deployment")
def test_recreate_ends_all_old_pods_before_it_makes_new_ones(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(replicas=2, strategy={"type": "Recreate"}))
    first, second = rollouts.pods_when(2)
    for pod in (first, second):
        rollouts.patch(item_of_kind(pod, "Pod"), {"metadata": {"finalizers": ["example.com/held"]}}, "merge-patch")
        rollouts.run(pod)
    rollouts.patch(made, image("2"))
    rollouts.pods_when(0)
    assert len(rollouts.replica_sets()) == 1
    for pod in (first, second):
        rollouts.patch(item_of_kind(pod, "Pod"), {"metadata": {"finalizers": None}}, "merge-patch")
    rollouts.sized(r1=0, r2=2)


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentSpec")
def test_a_ready_pod_is_available_only_after_min_ready_seconds(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(minReadySeconds=2, progressDeadlineSeconds=60))
    rollouts.run(rollouts.pods_when(1)[0])
    until(lambda: rollouts.get(made).get("status", {}).get("readyReplicas") == 1, "a ready replica")
    assert "availableReplicas" not in rollouts.get(made)["status"]
    rollouts.conditioned(made, "Available", "False", "MinimumReplicasUnavailable")
    until(lambda: rollouts.get(made)["status"].get("availableReplicas") == 1, "an available replica")
    rollouts.conditioned(made, "Available", reason="MinimumReplicasAvailable")


@pytest.mark.behaviour(f"{DEPLOYMENTS}#failed-deployment")
def test_progress_after_the_deadline_turns_the_failure_back(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(progressDeadlineSeconds=1))
    rollouts.conditioned(made, "Progressing", "False", "ProgressDeadlineExceeded")
    rollouts.run(rollouts.pods_when(1)[0])
    rollouts.conditioned(made, "Progressing", "True", "NewReplicaSetAvailable")


@pytest.mark.behaviour(f"{DEPLOYMENTS}#clean-up-policy")
def test_only_as_many_old_replica_sets_are_kept_as_the_history_limit_says(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(replicas=0, revisionHistoryLimit=1))
    rollouts.sized(r1=0)
    rollouts.patch(made, image("2"))
    rollouts.sized(r1=0, r2=0)
    rollouts.patch(made, image("3"))
    rollouts.sized(r2=0, r3=0)


@pytest.mark.behaviour(f"{DEPLOYMENTS}#scaling-a-deployment")
def test_scaling_makes_no_new_revision(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(replicas=1))
    rollouts.sized(r1=1)
    rollouts.patch(made, {"spec": {"replicas": 3}})
    rollouts.sized(r1=3)
    rollouts.patch(made, {"spec": {"replicas": 0}})
    rollouts.sized(r1=0)


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#how-a-replicaset-works")
def test_a_pod_that_is_deleted_is_replaced(rollouts: Rollouts) -> None:
    rollouts.make(deployment(replicas=2))
    first, _ = rollouts.pods_when(2)
    rollouts.delete(item_of_kind(first, "Pod"))
    until(lambda: not rollouts.exists(item_of_kind(first, "Pod")), "the end of the pod")
    assert name_of(first) not in {name_of(pod) for pod in rollouts.pods_when(2)}


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset")
def test_the_pod_whose_deletion_costs_least_goes_first(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=3))
    cheap = rollouts.pods()[0]
    rollouts.patch(item_of_kind(cheap, "Pod"), {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-100"}}})
    rollouts.patch(made, {"spec": {"replicas": 2}})
    left = rollouts.pods_when(2)
    assert name_of(cheap) not in {name_of(pod) for pod in left}


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset")
def test_a_pod_that_is_not_ready_goes_before_one_that_is(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=2))
    sick, well = rollouts.pods()
    rollouts.run(sick, ready=False)
    until(lambda: rollouts.get(made)["status"].get("readyReplicas") == 1, "one ready replica")
    rollouts.patch(made, {"spec": {"replicas": 1}})
    assert [name_of(pod) for pod in rollouts.pods_when(1)] == [name_of(well)]


@pytest.mark.behaviour("https://kubernetes.io/docs/tasks/administer-cluster/use-cascading-deletion/")
def test_a_deleted_deployment_takes_replica_sets_and_pods_along(rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(replicas=2))
    rollouts.pods_when(2)
    rollouts.delete(made, propagationPolicy="Foreground")
    until(lambda: not rollouts.exists(made), "the end of the Deployment")
    assert not rollouts.replica_sets()
    assert not rollouts.pods()


@pytest.mark.behaviour(f"{DEPLOYMENTS}#selector")
def test_a_selector_that_does_not_match_the_template_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    wrong = deployment()
    wrong["spec"]["selector"] = {"matchLabels": {"app": "another"}}
    status = cluster.refusal("POST", namespace.path("deployments", version=APPS), json=wrong)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert "`selector` does not match template `labels`" in status["message"]


@pytest.mark.behaviour(f"{DEPLOYMENTS}#label-selector-updates")
def test_the_selector_cannot_be_changed(cluster: Cluster, rollouts: Rollouts) -> None:
    made = rollouts.make(deployment(replicas=0))
    changed = json.loads(json.dumps(rollouts.get(made)))
    changed["spec"]["selector"]["matchLabels"] = {"app": "other"}
    changed["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    del changed["metadata"]["resourceVersion"]
    status = cluster.refusal("PUT", rollouts.path(made, "web"), json=changed)
    assert "spec.selector" in status["message"]
    assert "field is immutable" in status["message"]


@pytest.mark.behaviour(f"{DEPLOYMENTS}#max-unavailable")
def test_neither_surge_nor_unavailable_pods_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("POST", namespace.path("deployments", version=APPS), json=deployment(strategy=rolling(0, 0)))
    assert "spec.strategy.rollingUpdate.maxUnavailable" in status["message"]
    assert "may not be 0 when `maxSurge` is 0" in status["message"]


@pytest.mark.behaviour(f"{DEPLOYMENTS}#failed-deployment")
def test_pods_that_a_quota_refuses_are_told_as_a_replica_failure(rollouts: Rollouts) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "1"}}}
    rollouts.make(quota)
    made = rollouts.make(deployment(replicas=2))
    failed = rollouts.conditioned(made, "ReplicaFailure", reason="FailedCreate")
    assert "quota: few" in failed["message"]
    rollouts.pods_when(1)


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentStatus")
def test_the_status_names_the_generation_that_it_tells_of(rollouts: Rollouts) -> None:
    made = rollouts.started(deployment(replicas=2))
    status = rollouts.get(made)["status"]
    assert status["observedGeneration"] == rollouts.get(made)["metadata"]["generation"] == 1
    assert (status["replicas"], status["updatedReplicas"], status["readyReplicas"], status["availableReplicas"]) == (2, 2, 2, 2)
    assert "unavailableReplicas" not in status
    assert condition({"status": status}, "Available")
    assert status["conditions"][0]["lastUpdateTime"] <= ago(0)
