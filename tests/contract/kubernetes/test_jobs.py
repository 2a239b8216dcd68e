"""Jobs: pods that run to their end. What becomes of a pod is written by the test in most of them, in the place of a kubelet."""

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, until
from tests.contract.kubernetes.workloads import BATCH, JOB_PODS, Workloads, ago, condition, item_of_kind, job, python

JOBS = "https://kubernetes.io/docs/concepts/workloads/controllers/job/"
REFERENCE = "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/"
TTL = "https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/"
TRACKING = "batch.kubernetes.io/job-tracking"


@pytest.mark.behaviour(REFERENCE)
def test_a_job_that_says_nothing_runs_one_pod_once_and_tries_six_times_more(workloads: Workloads) -> None:
    spec = workloads.make(job(suspend=True))["spec"]
    assert (spec["parallelism"], spec["completions"], spec["backoffLimit"], spec["completionMode"]) == (1, 1, 6, "NonIndexed")


@pytest.mark.behaviour(f"{JOBS}#parallel-jobs")
def test_a_job_with_parallelism_alone_has_no_number_of_completions(workloads: Workloads) -> None:
    spec = workloads.make(job(parallelism=2, suspend=True))["spec"]
    assert spec["parallelism"] == 2
    assert "completions" not in spec


@pytest.mark.behaviour(f"{JOBS}#job-labels")
def test_the_pods_of_a_job_carry_its_name_and_uid_and_are_selected_by_the_uid(workloads: Workloads) -> None:
    made = workloads.make(job())
    uid = made["metadata"]["uid"]
    assert made["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    (pod,) = workloads.pods_when(1)
    assert pod["metadata"]["labels"] == {"batch.kubernetes.io/controller-uid": uid, "controller-uid": uid, JOB_PODS: "work", "job-name": "work"}
    (owner,) = pod["metadata"]["ownerReferences"]
    assert (owner["apiVersion"], owner["kind"], owner["uid"], owner["controller"]) == (BATCH, "Job", uid, True)
    assert pod["metadata"]["name"].startswith("work-")


@pytest.mark.behaviour(f"{JOBS}#job-tracking-with-finalizers")
def test_a_pod_is_kept_by_a_finalizer_until_it_is_counted(workloads: Workloads) -> None:
    made = workloads.make(job(backoffLimit=1))
    (pod,) = workloads.pods_when(1)
    assert TRACKING in pod["metadata"]["finalizers"]
    workloads.end(pod, code=1)
    until(lambda: workloads.get(made)["status"].get("failed") == 1, "one failure")
    until(lambda: not workloads.get(item_of_kind(pod, "Pod"))["metadata"].get("finalizers"), "no finalizer")


@pytest.mark.behaviour(f"{JOBS}#terminal-job-conditions")
def test_a_job_is_complete_when_its_pod_has_succeeded(workloads: Workloads) -> None:
    made = workloads.make(job())
    workloads.end(workloads.pods_when(1)[0])
    workloads.conditioned(made, "Complete")
    done = workloads.get(made)["status"]
    assert done["succeeded"] == 1
    assert "active" not in done
    assert done["startTime"] <= done["completionTime"]
    assert condition({"status": done}, "SuccessCriteriaMet")
    until(lambda: workloads.events(made, "Completed"), "the event Completed")
    assert workloads.events(made, "SuccessfulCreate")


@pytest.mark.behaviour(f"{JOBS}#controlling-parallelism")
def test_no_more_pods_run_than_parallelism_says_nor_than_completions_are_missing(workloads: Workloads) -> None:
    made = workloads.make(job(parallelism=2, completions=3))
    first, second = workloads.pods_when(2)
    until(lambda: workloads.get(made).get("status", {}).get("active") == 2, "two active pods")
    workloads.end(first)
    third = until(
        lambda: [pod for pod in workloads.pods_when(3) if pod["metadata"]["uid"] not in (first["metadata"]["uid"], second["metadata"]["uid"])], "a third"
    )
    workloads.end(second)
    until(lambda: workloads.get(made)["status"].get("succeeded") == 2, "two successes")
    assert len(workloads.pods()) == 3
    workloads.end(third[0])
    workloads.conditioned(made, "Complete")
    assert workloads.get(made)["status"]["succeeded"] == 3


@pytest.mark.behaviour(f"{JOBS}#parallel-jobs")
def test_without_completions_the_first_success_means_that_no_pod_is_started_any_more(workloads: Workloads) -> None:
    made = workloads.make(job(parallelism=2))
    first, second = workloads.pods_when(2)
    workloads.end(first)
    until(lambda: workloads.get(made)["status"].get("succeeded") == 1, "one success")
    assert condition(workloads.get(made), "Complete") is None
    workloads.end(second)
    workloads.conditioned(made, "Complete")
    assert len(workloads.pods()) == 2


@pytest.mark.behaviour(f"{JOBS}#pod-backoff-failure-policy")
def test_a_job_fails_with_its_pods_when_the_backoff_limit_is_exceeded(workloads: Workloads) -> None:
    made = workloads.make(job(parallelism=2, completions=2, backoffLimit=0))
    first, other = workloads.pods_when(2)
    workloads.run(other)
    workloads.end(first, code=1)
    failed = workloads.conditioned(made, "Failed", reason="BackoffLimitExceeded")
    assert failed["message"] == "Job has reached the specified backoff limit"
    status = workloads.get(made)["status"]
    assert status["failed"] == 2
    assert condition({"status": status}, "FailureTarget")
    assert "completionTime" not in status
    until(lambda: not workloads.exists(item_of_kind(other, "Pod")), "the end of the pod that still ran")
    assert workloads.exists(item_of_kind(first, "Pod"))
    until(lambda: workloads.events(made, "BackoffLimitExceeded"), "the event BackoffLimitExceeded")


@pytest.mark.behaviour(f"{JOBS}#pod-backoff-failure-policy")
def test_a_failed_pod_is_replaced_ten_seconds_after_its_end(workloads: Workloads) -> None:
    made = workloads.make(job())
    (first,) = workloads.pods_when(1)
    workloads.end(first, code=1, seconds_ago=7)
    until(lambda: workloads.get(made)["status"].get("failed") == 1, "one failure")
    assert len(workloads.pods()) == 1
    _, second = workloads.pods_when(2)
    assert workloads.get(made)["status"]["failed"] == 1
    workloads.end(second)
    workloads.conditioned(made, "Complete")


@pytest.mark.behaviour(f"{JOBS}#job-termination-and-cleanup")
def test_a_job_fails_when_its_deadline_has_passed(workloads: Workloads) -> None:
    made = workloads.make(job(activeDeadlineSeconds=1))
    (pod,) = workloads.pods_when(1)
    failed = workloads.conditioned(made, "Failed", reason="DeadlineExceeded")
    assert failed["message"] == "Job was active longer than specified deadline"
    until(lambda: not workloads.exists(item_of_kind(pod, "Pod")), "the end of the pod")


@pytest.mark.behaviour(f"{JOBS}#suspending-a-job")
def test_a_job_that_begins_suspended_has_no_pods_and_no_start_until_it_is_resumed(workloads: Workloads) -> None:
    made = workloads.make(job(suspend=True))
    workloads.conditioned(made, "Suspended", reason="JobSuspended")
    assert "startTime" not in workloads.get(made)["status"]
    assert not workloads.pods()
    workloads.patch(made, {"spec": {"suspend": False}})
    workloads.pods_when(1)
    workloads.conditioned(made, "Suspended", "False", "JobResumed")
    assert "startTime" in workloads.get(made)["status"]


@pytest.mark.behaviour(f"{JOBS}#suspending-a-job")
def test_suspending_a_job_ends_its_pods_without_counting_them_as_failures(workloads: Workloads) -> None:
    made = workloads.make(job(backoffLimit=0))
    workloads.run(workloads.pods_when(1)[0])
    workloads.patch(made, {"spec": {"suspend": True}})
    workloads.pods_when(0)
    workloads.conditioned(made, "Suspended")
    status = workloads.get(made)["status"]
    assert "failed" not in status
    assert condition({"status": status}, "Failed") is None
    until(lambda: workloads.events(made, "Suspended"), "the event Suspended")


@pytest.mark.behaviour(TTL)
def test_a_finished_job_goes_with_its_pods_after_its_time_to_live(workloads: Workloads) -> None:
    made = workloads.make(job(ttlSecondsAfterFinished=0))
    workloads.end(workloads.pods_when(1)[0])
    until(lambda: not workloads.exists(made), "the end of the Job")
    until(lambda: not workloads.pods(), "the end of its pod")


@pytest.mark.behaviour(f"{JOBS}#pod-template")
@pytest.mark.parametrize("policy", ["Always", ""])
def test_a_job_whose_pods_would_be_restarted_always_is_refused(cluster: Cluster, namespace: Namespace, policy: str) -> None:
    refused = job(policy=policy)
    if not policy:
        del refused["spec"]["template"]["spec"]["restartPolicy"]
    status = cluster.refusal("POST", namespace.path("jobs", version=BATCH), json=refused)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"' in status["message"]


@pytest.mark.behaviour(REFERENCE)
def test_a_negative_number_of_pods_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("POST", namespace.path("jobs", version=BATCH), json=job(parallelism=-1))
    assert "spec.parallelism: Invalid value: -1: must be greater than or equal to 0" in status["message"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/controllers/job/#mutable-scheduling-directives")
def test_the_template_of_a_job_cannot_be_changed(cluster: Cluster, workloads: Workloads) -> None:
    made = workloads.make(job())
    containers = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "example.invalid/other:2"}]}}}}
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    status = cluster.refusal("PATCH", workloads.path(made, "work"), json=containers, headers=headers)
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert "spec.template" in status["message"]
    assert "field is immutable" in status["message"]


@pytest.mark.behaviour(f"{JOBS}#controlling-parallelism")
def test_parallelism_can_be_lowered_while_a_job_runs_and_no_pod_counts_as_failed(workloads: Workloads) -> None:
    made = workloads.make(job(parallelism=3, completions=5, backoffLimit=0))
    workloads.pods_when(3)
    workloads.patch(made, {"spec": {"parallelism": 1}})
    workloads.pods_when(1)
    until(lambda: workloads.get(made)["status"].get("active") == 1, "one active pod")
    assert "failed" not in workloads.get(made)["status"]


@pytest.mark.behaviour(f"{JOBS}#pod-replacement-policy")
def test_a_pod_that_somebody_deletes_has_failed(workloads: Workloads) -> None:
    made = workloads.make(job())
    (pod,) = workloads.pods_when(1)
    workloads.delete(item_of_kind(pod, "Pod"))
    until(lambda: workloads.get(made)["status"].get("failed") == 1, "one failure")
    until(lambda: not workloads.exists(item_of_kind(pod, "Pod")), "the end of the pod")


@pytest.mark.behaviour(f"{JOBS}#job-termination-and-cleanup")
def test_deleting_a_job_deletes_its_pods_too(workloads: Workloads) -> None:
    made = workloads.make(job(parallelism=2, completions=2))
    workloads.pods_when(2)
    workloads.delete(made, propagationPolicy="Background")
    until(lambda: not workloads.exists(made), "the end of the Job")
    until(lambda: not workloads.namespace.cluster.get(workloads.namespace.path("pods"))["items"], "the end of its pods")


@pytest.mark.behaviour("https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace")
def test_a_namespace_goes_although_pods_of_a_job_in_it_are_not_counted_yet(cluster: Cluster, namespace: Namespace) -> None:
    going = Namespace(cluster, f"{namespace.name}-going")
    path = f"/api/v1/namespaces/{going.name}"
    cluster.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": going.name}})
    until(lambda: cluster.exists(going.path("serviceaccounts", "default")), "the default service account")
    Workloads(going).make(job(parallelism=2, completions=2))
    Workloads(going).pods_when(2)
    cluster.delete(path)
    until(lambda: not cluster.exists(path), "the end of the namespace")


@pytest.mark.behaviour("https://kubernetes.io/docs/tasks/administer-cluster/use-cascading-deletion/#set-orphan-deletion-policy")
def test_pods_that_a_deleted_job_leaves_behind_are_kept_by_nothing(workloads: Workloads) -> None:
    made = workloads.make(job())
    (pod,) = workloads.pods_when(1)
    workloads.namespace.kubectl("delete", "job", "work", "--cascade=orphan")
    until(lambda: not workloads.exists(made), "the end of the Job")
    left = until(lambda: next((each for each in workloads.pods() if not each["metadata"].get("finalizers")), None), "a pod without finalizers")
    assert left is not None
    assert left["metadata"]["uid"] == pod["metadata"]["uid"]
    assert "ownerReferences" not in left["metadata"]


@pytest.mark.behaviour(f"{JOBS}#handling-pod-and-container-failures")
def test_restarts_of_containers_count_towards_the_limit_when_pods_restart_them(workloads: Workloads) -> None:
    made = workloads.make(job(policy="OnFailure", backoffLimit=2))
    (pod,) = workloads.pods_when(1)
    status = {"name": "app", "image": "none", "imageID": "", "ready": False, "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    workloads.report(pod, phase="Running", containerStatuses=[status], startTime=ago(0))
    workloads.conditioned(made, "Failed", reason="BackoffLimitExceeded")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/")
def test_kubectl_shows_a_job_and_waits_for_its_end(workloads: Workloads) -> None:
    made = workloads.make(job())
    (pod,) = workloads.pods_when(1)
    until(lambda: workloads.get(made).get("status", {}).get("active") == 1, "one active pod")
    assert "Running" in workloads.namespace.kubectl("get", "job", "work")
    workloads.end(pod)
    assert "condition met" in workloads.namespace.kubectl("wait", "--for=condition=complete", "--timeout=60s", "job/work")
    header, line = workloads.namespace.kubectl("get", "jobs").splitlines()
    assert header.split() == ["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"]
    assert line.split()[:3] == ["work", "Complete", "1/1"]
    described = workloads.namespace.kubectl("describe", "job", "work")
    assert "Pods Statuses:    0 Active (0 Ready) / 1 Succeeded / 0 Failed" in described


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{JOBS}#running-an-example-job")
def test_a_program_that_ends_well_completes_its_job_and_leaves_its_log(cluster: Cluster, workloads: Workloads) -> None:
    made = workloads.make(job(pods={"containers": [python(cluster.image, "print('migrated')")]}))
    workloads.conditioned(made, "Complete")
    (pod,) = workloads.pods()
    assert pod["status"]["phase"] == "Succeeded"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["reason"] == "Completed"
    assert workloads.namespace.kubectl("logs", "job/work") == "migrated\n"


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{JOBS}#handling-pod-and-container-failures")
def test_a_program_that_fails_fails_its_job(cluster: Cluster, workloads: Workloads) -> None:
    made = workloads.make(job(pods={"containers": [python(cluster.image, "raise SystemExit(3)")]}, backoffLimit=0))
    workloads.conditioned(made, "Failed", reason="BackoffLimitExceeded")
    (pod,) = workloads.pods()
    assert pod["status"]["phase"] == "Failed"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 3
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{JOBS}#handling-pod-and-container-failures")
def test_a_container_that_fails_is_restarted_in_its_pod_when_the_policy_is_on_failure(cluster: Cluster, workloads: Workloads) -> None:
    second_time = """
        import os, pathlib
        seen = pathlib.Path(os.environ["TMPDIR"]) / "seen"
        if not seen.exists():
            seen.touch()
            raise SystemExit(1)
    """
    made = workloads.make(job(policy="OnFailure", pods={"containers": [python(cluster.image, second_time)]}))
    workloads.conditioned(made, "Complete")
    (pod,) = workloads.pods()
    (container,) = pod["status"]["containerStatuses"]
    assert (pod["status"]["phase"], container["restartCount"]) == ("Succeeded", 1)
    assert container["lastState"]["terminated"]["exitCode"] == 1
    assert "failed" not in workloads.get(made)["status"]


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{JOBS}#job-termination-and-cleanup")
def test_a_program_that_takes_too_long_is_ended_at_the_deadline(cluster: Cluster, workloads: Workloads) -> None:
    forever = {"containers": [python(cluster.image, "import signal; signal.pause()")], "terminationGracePeriodSeconds": 1}
    made = workloads.make(job(pods=forever, activeDeadlineSeconds=1))
    workloads.conditioned(made, "Failed", reason="DeadlineExceeded")
    assert not workloads.pods()
    assert workloads.get(made)["status"]["failed"] == 1
