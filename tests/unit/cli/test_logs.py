"""`slipway logs`: kubectl with the caller's own access, for the pods of one service in the environment's namespace."""

import stat
from pathlib import Path

import pytest

from cli import logs
from cli.dev_cli import application as dev_cli
from tests.unit.cli.world import World, status_of


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubectl on PATH that writes its arguments down, prints a hostile line, and is to be overwritten by tests that want another."""
    program = tmp_path / "kubectl"
    write(program, f'echo "$@" > {tmp_path}/arguments\nprintf "[pod/app-1/app] \\033[2Jready [bold]\\n"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return program


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def world() -> World:
    return World({"GET /api/status": status_of()})


def test_the_pods_of_the_service_in_the_namespace_of_the_environment_are_shown(kubectl: Path) -> None:
    done = world().run("logs", "sample-app", "prod", "--tail", "7")
    assert (done.exit_code, done.stdout) == (0, "[pod/app-1/app] ready [bold]\n")
    assert (kubectl.parent / "arguments").read_text().split() == [
        "logs",
        "--selector=app.kubernetes.io/instance=sample-app",
        "--namespace=sample-prod",
        "--prefix",
        "--all-containers",
        "--tail=7",
        "--max-log-requests=50",
    ]


def test_following_is_kubectls_following(kubectl: Path) -> None:
    assert world().run("logs", "sample-app", "prod", "--follow").exit_code == 0
    assert (kubectl.parent / "arguments").read_text().split()[-1] == "--follow"


def test_no_pod_is_a_no_with_kubectls_words(kubectl: Path) -> None:
    write(kubectl, 'echo "No resources found in sample-prod namespace." >&2')
    done = world().run("logs", "sample-app", "prod")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No resources found in sample-prod namespace." in done.stderr


def test_a_cluster_that_refuses_is_told_in_kubectls_words(kubectl: Path) -> None:
    write(kubectl, 'printf "error: You must be logged in\\033[0m\\n" >&2; exit 1')
    done = world().run("logs", "sample-app", "prod")
    assert (done.exit_code, done.stderr.strip()) == (2, "kubectl can't read the logs of sample-app in sample-prod: error: You must be logged in")


def test_without_kubectl_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(logs, "_OURS", tmp_path)
    done = world().run("logs", "sample-app", "prod")
    assert (done.exit_code, "There is no kubectl on PATH" in done.stderr) == (2, True)


def test_without_kubectl_on_path_the_one_beside_the_checkout_is_taken(monkeypatch: pytest.MonkeyPatch, kubectl: Path) -> None:
    monkeypatch.setattr(logs, "_OURS", kubectl.parent)
    monkeypatch.setenv("PATH", "/nowhere")
    assert logs.find_kubectl() == str(kubectl)


def test_dev_cli_takes_sample_app_in_dev_unless_told_otherwise(kubectl: Path) -> None:
    there = world()
    assert there.run("logs", app=dev_cli).exit_code == 0
    assert dict(there.console.requests[0].url.params) == {"service": "sample-app", "environment": "dev"}
