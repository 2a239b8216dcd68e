"""What a stack tells about itself: to programs, to a shell, to people."""

import subprocess
from pathlib import Path

import pytest

from twin.stack.description import Description, describe, for_people
from twin.stack.environment import write_environment
from twin.stack.platform import Environment, Platform, Service
from twin.stack.settings import Ports, StackSettings

PLATFORM = Platform(
    [Environment(name, f"sample-{name}", f"slipway-environment-{name}") for name in ("dev", "stage", "prod")],
    [
        Service("sample-app", "acme/sample-app", "helm/sample-app", "service", ("dev", "stage", "prod")),
        Service("other", "acme/other", "helm/sample-app", "service", ("dev",)),
    ],
)


@pytest.fixture
def description(tmp_path: Path) -> Description:
    folder = tmp_path / "it's a $(folder)"
    folder.mkdir()
    settings = StackSettings("default", folder, Ports.from_base(7070), 64)
    return describe(settings, PLATFORM, "https://127.0.0.1:7074", {"TableName": "table"})


def test_what_was_saved_is_loaded(description: Description, tmp_path: Path) -> None:
    description.save(tmp_path / "stack.json")
    assert Description.load(tmp_path / "stack.json") == description


def test_a_shell_that_reads_the_environment_acts_as_the_operator_on_this_stack(description: Description) -> None:
    write_environment(description)
    names = ["AWS_ENDPOINT_URL", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_PROFILE", "AWS_DEFAULT_REGION", "SLIPWAY_URL", "KUBECONFIG"]
    shell = ["sh", "-euc", '. "$1"; shift; for name; do printenv "$name"; done', "sh", str(description.folder / "environment.sh"), *names]
    told = subprocess.run(shell, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == [
        "http://127.0.0.1:7073",
        f"{description.folder}/credentials",
        f"{description.folder}/config",
        "operator",
        "us-east-1",
        "http://127.0.0.1:7072",
        f"{description.folder}/cluster/kubeconfig",
    ]


def test_people_see_where_everything_is_and_what_to_copy(description: Description) -> None:
    told = for_people(description)
    for line in (
        "Console       http://127.0.0.1:7072/",
        "Mailbox       http://127.0.0.1:7075/",
        "sample-app    http://sample-app.dev.localhost:7070/",
        "sample-app    http://sample-app.stage.localhost:7070/",
        "sample-app    http://sample-app.prod.localhost:7070/",
        "other         http://other.dev.localhost:7070/",
        ".venv/bin/slipway rollback sample-app prod",
    ):
        assert f"\n  {line}" in told
    assert "other.prod" not in told
