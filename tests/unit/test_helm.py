"""The Helm adapter on its own: what it makes of Helm's words, and a Helm that never ends. With the real Helm: tests/contract/ports/test_helm.py."""

import json
from pathlib import Path

import pytest

from slipway.adapters import helm
from slipway.adapters.helm import HelmCharts, releases
from slipway.errors import TemporarilyUnavailable
from slipway.ports import HelmFailed, HelmRelease

COMMIT = "a" * 40


def program(folder: Path, script: str) -> Path:
    """A stand-in for the binary: a shell script."""
    path = folder / "helm"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def charts(folder: Path, script: str) -> HelmCharts:
    return HelmCharts(folder / "kubeconfig", "sample-dev", str(program(folder, script)))


def test_a_rollback_stands_for_the_commit_of_the_revision_it_went_back_to() -> None:
    history = [
        {"revision": 1, "status": "superseded", "description": f"commit {COMMIT}"},
        {"revision": 2, "status": "failed", "description": "commit " + "b" * 40},
        {"revision": 3, "status": "superseded", "description": "Rollback to 1"},
        {"revision": 4, "status": "deployed", "description": "Rollback to 3"},
    ]
    assert releases(history)[-1] == HelmRelease(4, "deployed", COMMIT)


def test_a_helm_that_does_not_end_is_asked_to_and_may_say_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "LONGEST_SECONDS", 0.5)
    hanging = charts(tmp_path, f"trap 'touch {tmp_path}/asked; exit 1' TERM\nwhile :; do :; done")
    with pytest.raises(TemporarilyUnavailable, match=r"helm history didn't end within 0\.5 s and was stopped"):
        hanging.history("sample-app")
    assert (tmp_path / "asked").exists()


@pytest.mark.parametrize("words", ["Kubernetes cluster unreachable: Get https://10.0.0.1", "dial tcp 10.0.0.1:443: connect: connection refused"])
def test_a_cluster_that_cannot_be_reached_is_no_answer_of_helm(words: str, tmp_path: Path) -> None:
    with pytest.raises(TemporarilyUnavailable, match="helm history"):
        charts(tmp_path, f"echo 'Error: {words}' >&2; exit 1").history("sample-app")


def test_nothing_installed_is_an_empty_history(tmp_path: Path) -> None:
    assert charts(tmp_path, "echo 'Error: release: not found' >&2; exit 1").history("sample-app") == []


def test_helm_sees_nothing_of_the_functions_environment_but_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    charts(tmp_path, f"env > {tmp_path}/seen; echo '[]'").history("sample-app")
    seen = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert seen - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "HOME", "KUBECONFIG", "HELM_NAMESPACE"}


def failed_render(folder: Path, words: str) -> str:
    """What is told of a Helm that prints these words and half a manifest. The chart has templates that make a Secret and a Deployment."""
    templates = folder / "chart" / "templates"
    templates.mkdir(parents=True)
    (templates / "keys.yaml").write_text("kind: Secret\nstringData: {password: hunter2}\n")
    (templates / "deployment.yaml").write_text("kind: Deployment\n")
    (folder / "words").write_text(words)
    failed = charts(folder, f"echo 'password: hunter2'; cat {folder}/words >&2; exit 1").render("sample-app", folder / "chart", {}, "values.yaml")
    assert isinstance(failed, HelmFailed)
    return failed.message


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", ""),
        ("Error: at '/password': 'hunter2' does not match pattern '^[a-z ]+$'", "Error: at '/password': (hidden) does not match pattern (hidden)"),
        ("Error: values don't meet:\n- at '': properties 'hunter2' not allowed", "Error: values don't meet:\n- at '': properties (hidden) not allowed"),
        ('Error: Secret is invalid: data[x]: Invalid value: "a \\" hunter2": too long', "Error: Secret is invalid: data[x]: Invalid value: (hidden): too long"),
        ("Error: at '/key': 'first\nhunter2' is bad", "Error: at '/key': (hidden) is bad"),
        ("Error: cannot unmarshal `hunter2` into int", "Error: cannot unmarshal (hidden) into int"),
        ("Error: execution error at (sample-app/templates/deployment.yaml:4:2): no digest", None),
    ],
)  # fmt: skip
def test_values_that_helm_quotes_are_hidden_and_the_fault_stays_readable(words: str, told: str | None, tmp_path: Path) -> None:
    assert failed_render(tmp_path, words) == (words if told is None else told)


@pytest.mark.parametrize("place", ["sample-app/templates/keys.yaml:4:2", "sample-app/charts/db/templates/secret.yaml", "sample-app/templates/../../secret"])
def test_of_a_template_that_makes_a_secret_only_the_place_of_a_fault_is_told(place: str, tmp_path: Path) -> None:
    told = failed_render(tmp_path, f"Error: execution error at ({place}): the password hunter2 is bad, unexpected EOF")
    assert told == f"Error: {place}: a template that makes a Secret can't be rendered; what Helm prints of it isn't shown"


def test_a_cluster_that_cannot_be_reached_is_no_answer_of_a_rendering_helm(tmp_path: Path) -> None:
    with pytest.raises(TemporarilyUnavailable, match="connection refused"):
        failed_render(tmp_path, 'Error: Kubernetes cluster unreachable: Get "https://10.0.0.1/version": connection refused')


def test_a_release_that_somebody_is_changing_is_rendered_all_the_same(tmp_path: Path) -> None:
    busy = 'case "$1" in upgrade) echo "Error: another operation (install/upgrade/rollback) is in progress" >&2; exit 1;; template) echo "kind: Service";; esac'
    assert charts(tmp_path, busy).render("sample-app", tmp_path, {}, "values.yaml") == "kind: Service\n"


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [(("superseded", "deployed"), 2), (("deployed", "failed"), 1), (("superseded", "deployed", "failed", "pending-upgrade"), 2), (("failed",), 1), ((), 0)],
)
def test_the_manifest_is_that_of_the_newest_deployed_revision(statuses: tuple[str, ...], shown: int, tmp_path: Path) -> None:
    history = json.dumps([{"revision": number, "status": status} for number, status in enumerate(statuses, start=1)])
    script = f"""case "$1" in history) echo '{history}';; get) echo "# revision $5";; esac"""
    assert charts(tmp_path, script).manifest("sample-app") == (f"# revision {shown}\n" if shown else "")


def test_nothing_installed_is_not_an_empty_list_of_workloads(tmp_path: Path) -> None:
    with pytest.raises(TemporarilyUnavailable, match="release: not found"):
        charts(tmp_path, "echo 'Error: release: not found' >&2; exit 1").workloads("sample-app")
