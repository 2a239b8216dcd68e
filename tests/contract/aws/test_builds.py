"""CodeBuild of the twin: a build is a process, and the API tells what became of it."""

import json
import os
import queue
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from twin.aws import server
from twin.aws.builds import Builder, Builds, attach
from twin.aws.credentials import RoleCredentials
from twin.aws.spawner import Spawner
from twin.corrections.catalogue import corrected

PATIENCE_SECONDS = 20
ROLE = "arn:aws:iam::123456789012:role/build"


class Room:
    """The account's builds; `folder` is the test's own."""

    def __init__(self, codebuild: Any, ended: "queue.SimpleQueue[Mapping[str, Any]]", folder: Path, builder: Builder) -> None:
        self.codebuild = codebuild
        self.builder = builder
        self.pipe = folder / "pipe"
        self._ended = ended
        self._note = folder / "note.json"
        os.mkfifo(self.pipe)

    def start(self, do: str, *, token: str = "", **variables: str) -> dict[str, Any]:
        wanted = {"DO": do, "NOTE": str(self._note), "PIPE": str(self.pipe), **variables}
        request: dict[str, Any] = {"projectName": "project", "environmentVariablesOverride": [{"name": key, "value": value} for key, value in wanted.items()]}
        build: dict[str, Any] = self.codebuild.start_build(**request, **({"idempotencyToken": token} if token else {}))["build"]
        return build

    def describe(self, build: Mapping[str, Any]) -> dict[str, Any]:
        [found] = self.codebuild.batch_get_builds(ids=[build["id"]])["builds"]
        described: dict[str, Any] = found
        return described

    def ended(self, build: Mapping[str, Any]) -> dict[str, Any]:
        """Wait for the announcement of the build's end; the build as the API then tells it."""
        announced = self._ended.get(timeout=PATIENCE_SECONDS)
        described = self.describe(build)
        assert (announced["id"], announced["buildStatus"]) == (described["id"], described["buildStatus"])
        return described

    @property
    def note(self) -> dict[str, Any]:
        """What the builder saw."""
        noted: dict[str, Any] = json.loads(self._note.read_text())
        return noted


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Builds of one project behind CodeBuild's API, with `builder.py` in the place of the twin's builder."""
    ended: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
    builder = Builder(
        clone_url="file:///git/{repository}.git",
        registry=tmp_path / "registry",
        work=tmp_path / "work",
        gate_python=Path(sys.executable),
        path="/usr/bin:/bin",
        logs=tmp_path / "logs",
        findings=tmp_path / "findings.json",
        program=(sys.executable, str(Path(__file__).with_name("builder.py"))),
    )
    with corrected() as patches, server.serving() as endpoint:
        spawner = Spawner()
        builds = Builds(builder, endpoint, spawner, RoleCredentials(server.client("sts", endpoint)), ended.put)
        attach(builds, patches)
        codebuild = server.client("codebuild", endpoint)
        codebuild.create_project(
            name="project",
            source={"type": "S3", "location": "bucket/build.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "image",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "BUCKET", "value": "bundles"}, {"name": "REPOSITORY", "value": "overridden"}],
            },
            serviceRole=ROLE,
            timeoutInMinutes=30,
        )
        yield Room(codebuild, ended, tmp_path, builder)
        builds.close()
        spawner.close()


def _variables(build: Mapping[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in build["environment"]["environmentVariables"]}


def test_a_build_that_succeeds_tells_its_variables_and_what_it_exports(room: Room) -> None:
    started = room.start("succeed", REPOSITORY="acme/sample-app", COMMIT="c0ffee")
    assert (started["buildStatus"], started["buildComplete"]) == ("IN_PROGRESS", False)
    build = room.ended(started)
    assert (build["buildStatus"], build["buildComplete"], build["currentPhase"], build["projectName"]) == ("SUCCEEDED", True, "COMPLETED", "project")
    assert build["exportedEnvironmentVariables"] == [{"name": "IMAGE_DIGEST", "value": "sha256:1"}]
    told = _variables(build)
    assert (told["BUCKET"], told["REPOSITORY"], told["COMMIT"]) == ("bundles", "acme/sample-app", "c0ffee")
    assert build["startTime"] <= build["endTime"]
    assert room.codebuild.list_builds_for_project(projectName="project")["ids"] == [build["id"]]


def test_the_builder_gets_the_commit_and_its_variables(room: Room) -> None:
    build = room.ended(room.start("succeed", REPOSITORY="acme/sample-app", COMMIT="c0ffee"))
    specification = room.note["specification"]
    assert (specification["clone_url"], specification["commit"]) == ("file:///git/acme/sample-app.git", "c0ffee")
    assert (specification["build_id"], specification["environment"]) == (build["id"], _variables(build))


def test_a_build_has_the_build_roles_credentials_and_nothing_else_of_the_machine(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as shell:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "SECRET_OF_THE_SHELL"):
            shell.setenv(name, "of the shell")
        room.ended(room.start("succeed"))
    environment = room.note["environment"]
    assert "of the shell" not in environment.values()
    environment.pop("LC_CTYPE", None)  # Python itself sets it where the machine lacks the locale of LANG
    assert set(environment) == {
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "HOME",
        "LANG",
        "PATH",
        "PYTHONPATH",
    }
    caller = server.client("sts", environment["AWS_ENDPOINT_URL"], access_key=environment["AWS_ACCESS_KEY_ID"]).get_caller_identity()
    assert caller["Arn"] == "arn:aws:sts::123456789012:assumed-role/build/AWSCodeBuild"
    assert Path(environment["HOME"]).is_relative_to(room.builder.work)


def test_the_same_idempotency_token_is_one_build(room: Room) -> None:
    first, again = room.start("succeed", token="one"), room.start("succeed", token="one")
    assert again["id"] == first["id"]
    with pytest.raises(ClientError, match="InvalidInputException"):
        room.start("fail", token="one")
    assert room.codebuild.list_builds_for_project(projectName="project")["ids"] == [first["id"]]
    assert room.start("succeed", token="two")["id"] != first["id"]


@pytest.mark.parametrize("do", ["fail", "break"])
def test_a_failed_gate_and_a_broken_builder_are_a_failed_build(room: Room, do: str) -> None:
    build = room.ended(room.start(do))
    assert (build["buildStatus"], build["exportedEnvironmentVariables"]) == ("FAILED", [])


def test_why_the_builder_broke_is_in_the_builds_log(room: Room) -> None:
    build = room.ended(room.start("break"))
    log = room.builder.logs / f"{build['id'].split(':')[-1]}.log"
    assert log.read_text() == "no gate\nthe builder ended with status 1\n"


def test_a_stopped_build_ends_and_stays_stopped(room: Room) -> None:
    started = room.start("hang")
    assert room.pipe.read_text() == "hanging"
    assert room.describe(started)["currentPhase"] == "BUILD"
    room.codebuild.stop_build(id=started["id"])
    assert room.ended(started)["buildStatus"] == "STOPPED"
    assert not Path(f"/proc/{room.note['pid']}").exists()


def test_a_build_that_has_ended_cannot_be_stopped_any_more(room: Room) -> None:
    started = room.start("succeed")
    room.ended(started)
    assert room.codebuild.stop_build(id=started["id"])["build"]["buildStatus"] == "SUCCEEDED"


def test_what_is_not_there_is_told(room: Room) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        room.codebuild.start_build(projectName="another")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        room.codebuild.stop_build(id="project:nowhere")
    assert room.codebuild.batch_get_builds(ids=["project:nowhere"])["buildsNotFound"] == ["project:nowhere"]
