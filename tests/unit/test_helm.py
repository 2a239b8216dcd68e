"""The Helm adapter on its own: what it makes of Helm's words, and a Helm that never ends."""

from pathlib import Path

import pytest

from slipway.adapters import helm
from slipway.adapters.helm import HelmCharts, releases
from slipway.errors import TemporarilyUnavailable
from slipway.ports import HelmRelease

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
