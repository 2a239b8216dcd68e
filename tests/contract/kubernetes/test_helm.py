"""Helm itself against the cluster: what it installs, waits for, remembers and takes back. The charts are written by the tests."""

import pytest
import yaml

from tests.contract.kubernetes.charts import SETTINGS, Chart, config_map, leave_pending
from tests.contract.kubernetes.cluster import Cluster, until
from tests.contract.kubernetes.workloads import Workloads, deployment, job, python

INSTALL = "https://helm.sh/docs/helm/helm_install/"
UPGRADE = "https://helm.sh/docs/helm/helm_upgrade/"
ROLLBACK = "https://helm.sh/docs/helm/helm_rollback/"


@pytest.mark.behaviour(INSTALL)
def test_install_makes_the_objects_and_a_record(chart: Chart) -> None:
    assert "STATUS: deployed" in chart.install()
    assert chart.colour() == "red"
    assert chart.history() == [(1, "deployed")]
    made = chart.namespace.cluster.get(chart.namespace.path("configmaps", "web-settings"))["metadata"]
    assert made["labels"]["app.kubernetes.io/managed-by"] == "Helm"
    assert made["annotations"] == {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": chart.namespace.name}


@pytest.mark.behaviour("https://helm.sh/docs/topics/kubernetes_distros/")
def test_a_record_is_a_secret_of_helms_own_type(chart: Chart) -> None:
    chart.install()
    record = chart.namespace.cluster.get(chart.namespace.path("secrets", "sh.helm.release.v1.web.v1"))
    assert record["type"] == "helm.sh/release.v1"
    assert {"name": "web", "owner": "helm", "status": "deployed", "version": "1"}.items() <= record["metadata"]["labels"].items()


@pytest.mark.behaviour(INSTALL)
def test_a_name_that_is_in_use_is_refused(chart: Chart) -> None:
    chart.install()
    assert "a name that is still in use" in chart.install(fails=True)


@pytest.mark.behaviour(INSTALL)
def test_an_object_that_belongs_to_nobody_is_not_taken_over(chart: Chart) -> None:
    chart.namespace.config_map("web-settings", colour="mine")
    said = chart.install(fails=True)
    assert "exists and cannot be imported into the current release: invalid ownership metadata" in said
    assert chart.colour() == "mine"


@pytest.mark.behaviour(UPGRADE)
def test_upgrade_changes_objects_and_the_old_revision_is_superseded(chart: Chart) -> None:
    chart.install()
    chart.upgrade("--set=colour=green")
    assert chart.colour() == "green"
    assert chart.history() == [(1, "superseded"), (2, "deployed")]


@pytest.mark.behaviour(UPGRADE)
def test_what_the_chart_no_longer_has_is_deleted(chart: Chart, workloads: Workloads) -> None:
    chart.has("extra", config_map("extra"))
    chart.install()
    assert workloads.exists(config_map("extra"))
    chart.lacks("extra")
    chart.upgrade()
    until(lambda: not workloads.exists(config_map("extra")), "the end of the object")


@pytest.mark.behaviour("https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource")
def test_what_is_to_be_kept_outlives_its_release(chart: Chart, workloads: Workloads) -> None:
    kept = config_map("kept")
    chart.has("kept", {**kept, "metadata": {"name": "kept", "annotations": {"helm.sh/resource-policy": "keep"}}})
    chart.install()
    chart.helm("uninstall")
    assert workloads.exists(kept)
    assert not workloads.exists(config_map("web-settings"))


@pytest.mark.behaviour(f"{UPGRADE}#options")
def test_values_are_reused_or_reset_as_asked(chart: Chart) -> None:
    chart.install("--set=colour=green")
    chart.upgrade("--reuse-values")
    assert chart.colour() == "green"
    assert yaml.safe_load(chart.helm("get values")) == {"USER-SUPPLIED VALUES": None, "colour": "green"}
    chart.upgrade("--reset-values")
    assert chart.colour() == "red"


@pytest.mark.behaviour("https://helm.sh/docs/helm/helm_get_manifest/")
def test_the_manifest_of_every_revision_is_remembered(chart: Chart) -> None:
    chart.install()
    chart.upgrade("--set=colour=green")
    assert 'colour: "red"' in chart.helm("get manifest", "--revision=1")
    assert 'colour: "green"' in chart.helm("get manifest")


@pytest.mark.behaviour(ROLLBACK)
def test_rollback_is_a_new_revision_with_the_old_content(chart: Chart) -> None:
    chart.install()
    chart.upgrade("--set=colour=green")
    chart.helm("rollback", "1")
    assert chart.colour() == "red"
    assert chart.history() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]


@pytest.mark.behaviour(f"{UPGRADE}#options")
def test_only_as_many_revisions_are_kept_as_asked(chart: Chart) -> None:
    chart.install()
    for colour in ("green", "blue"):
        chart.upgrade(f"--set=colour={colour}", "--history-max=2")
    assert [revision for revision, _ in chart.history()] == [2, 3]


@pytest.mark.behaviour("https://helm.sh/docs/helm/helm_uninstall/")
def test_uninstall_leaves_nothing_and_can_keep_the_history(chart: Chart, workloads: Workloads) -> None:
    chart.install()
    chart.helm("uninstall", "--keep-history")
    assert not workloads.exists(config_map("web-settings"))
    assert chart.history() == [(1, "uninstalled")]
    chart.helm("rollback", "1")
    assert chart.colour() == "red"
    chart.helm("uninstall")
    assert "release: not found" in chart.helm("history", fails=True)


@pytest.mark.behaviour(f"{INSTALL}#options")
def test_a_dry_run_at_the_server_writes_nothing_and_finds_what_the_server_would_refuse(chart: Chart, workloads: Workloads) -> None:
    assert "STATUS: pending-install" in chart.install("--dry-run=server")
    assert not workloads.exists(config_map("web-settings"))
    assert "release: not found" in chart.helm("history", fails=True)


@pytest.mark.behaviour("https://helm.sh/docs/chart_template_guide/functions_and_pipelines/#using-the-lookup-function")
def test_a_template_looks_up_what_is_in_the_cluster(chart: Chart) -> None:
    chart.namespace.config_map("source", colour="violet")
    chart.has("settings", SETTINGS.replace(".Values.colour", '(lookup "v1" "ConfigMap" .Release.Namespace "source").data.colour'))
    chart.install()
    assert chart.colour() == "violet"


@pytest.mark.behaviour("https://helm.sh/docs/chart_template_guide/builtin_objects/")
def test_a_template_learns_what_the_cluster_can_do(chart: Chart) -> None:
    version = chart.namespace.cluster.get("/version")
    expected = f"{version['gitVersion']} batch/v1/Job"
    chart.has(
        "settings",
        SETTINGS.replace(
            ".Values.colour", 'printf "%s %s" .Capabilities.KubeVersion.Version (ternary "batch/v1/Job" "" (.Capabilities.APIVersions.Has "batch/v1/Job"))'
        ),
    )
    chart.install()
    assert chart.colour() == expected


@pytest.mark.behaviour(UPGRADE)
def test_an_upgrade_that_the_server_refuses_is_recorded_as_failed_and_a_later_one_mends_it(chart: Chart) -> None:
    chart.install()
    broken = deployment(replicas=0)
    broken["spec"]["selector"] = {"matchLabels": {"app": "another"}}
    chart.has("broken", broken)
    assert "`selector` does not match template `labels`" in chart.upgrade(fails=True)
    assert chart.history() == [(1, "deployed"), (2, "failed")]
    chart.lacks("broken")
    chart.upgrade("--set=colour=green")
    assert chart.history() == [(1, "superseded"), (2, "failed"), (3, "deployed")]


@pytest.mark.behaviour(f"{UPGRADE}#options")
def test_an_upgrade_that_waits_in_vain_has_failed_and_can_be_rolled_back_at_once(chart: Chart, workloads: Workloads) -> None:
    chart.install()
    chart.has("never", deployment("never"))
    chart.upgrade("--wait", "--timeout=2s", fails=True)
    assert chart.history()[-1] == (2, "failed")
    chart.upgrade("--rollback-on-failure", "--timeout=2s", fails=True)
    assert chart.history()[-1][1] == "deployed"
    until(lambda: not workloads.exists(deployment("never")), "the end of the Deployment")


@pytest.mark.behaviour(f"{INSTALL}#options")
def test_install_waits_for_what_becomes_ready(chart: Chart, workloads: Workloads) -> None:
    chart.has("work", deployment("idle", replicas=0))
    chart.install("--wait", "--timeout=30s")
    assert workloads.get(deployment("idle"))["status"]["observedGeneration"] == 1


@pytest.mark.behaviour("https://helm.sh/docs/faq/troubleshooting/")
def test_a_release_that_was_left_pending_lets_nobody_in_until_it_is_rolled_back(chart: Chart) -> None:
    chart.install()
    chart.upgrade("--set=colour=green")
    leave_pending(chart, 2)
    assert "another operation (install/upgrade/rollback) is in progress" in chart.upgrade(fails=True)
    chart.helm("rollback", "1")
    assert chart.colour() == "red"
    chart.upgrade("--set=colour=blue")
    assert chart.colour() == "blue"


@pytest.mark.embedded_node
@pytest.mark.behaviour(f"{INSTALL}#options")
def test_install_waits_until_pods_are_ready_and_jobs_are_complete(cluster: Cluster, chart: Chart, workloads: Workloads) -> None:
    up = deployment("up", pods={"containers": [python(cluster.image, "import signal; signal.pause()")], "terminationGracePeriodSeconds": 0})
    work = job(pods={"containers": [python(cluster.image, "pass")]})
    chart.has("up", up)
    chart.has("work", work)
    chart.install("--wait", "--wait-for-jobs", "--timeout=60s")
    assert workloads.get(up)["status"]["readyReplicas"] == 1
    assert workloads.get(work)["status"]["succeeded"] == 1
