"""CodeBuild: a build is a child process, `python -m twin.builder --spec FILE`, and BatchGetBuilds tells how it really is.

`attach` puts it behind moto's CodeBuild API, which keeps the projects. The builder runs the same scripts of `build/` as the
buildspec does. Left out: phases in detail, reports, artifacts, secondary sources, cache, webhooks.
"""

import json
import os
import select
import sys
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import urlparse

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from twin import processes
from twin.aws import server
from twin.aws.credentials import RoleCredentials
from twin.aws.spawner import Spawner
from twin.corrections.patching import Patches

ROOT = Path(__file__).resolve().parents[2]
BUILDS_AT_ONCE = 2
_TOKEN_LIFE = timedelta(minutes=5)
_DEFAULT_TIMEOUT_MINUTES = 60


@dataclass(frozen=True)
class Builder:
    """Where builds get their source from and put their images. `clone_url` holds `{repository}`; `path` is the PATH of a build.

    `findings` is the file of `twin.aws.findings`. `program` runs one build, which `--spec FILE` describes; see `twin.builder`.
    """

    clone_url: str
    registry: Path
    work: Path
    gate_python: Path
    path: str
    logs: Path
    findings: Path
    program: Sequence[str] = (sys.executable, "-m", "twin.builder")


@dataclass
class _Build:
    description: dict[str, Any]
    token: str | None
    request: Mapping[str, Any]
    thread: threading.Thread | None = None
    process: "Popen[bytes] | None" = None
    stopped: bool = False
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


class Builds:
    """All builds of the account. `ended` is called with a build's description when it has ended."""

    def __init__(self, builder: Builder, endpoint: str, spawner: Spawner, credentials: RoleCredentials, ended: Callable[[Mapping[str, Any]], None]) -> None:
        self._builder = builder
        self._endpoint = endpoint
        self._spawner = spawner
        self._credentials = credentials
        self._ended = ended
        self._lock = threading.RLock()
        self._builds: dict[str, _Build] = {}
        self._slots = threading.Semaphore(BUILDS_AT_ONCE)

    def start(self, project: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        """Start a build, or give the one that the same idempotency token started within five minutes."""
        token = request.get("idempotencyToken")
        with self._lock:
            for build in self._builds.values():
                if token and build.token == token and datetime.now(UTC) - build.started < _TOKEN_LIFE:
                    if build.request != request:
                        raise InvalidInputException("Idempotency token was used with other parameters")
                    return dict(build.description)
            build = _Build(description=_described(project, request, len(self._builds) + 1), token=token, request=request)
            self._builds[build.description["id"]] = build
            given = dict(build.description)
            build.thread = threading.Thread(target=self._run, args=(build, project), name=given["id"], daemon=True)
            build.thread.start()
        return given

    def describe(self, identifier: str) -> dict[str, Any] | None:
        """A build by its id or ARN, None if there is none."""
        with self._lock:
            build = self._builds.get(identifier.split(":build/")[-1])
            return dict(build.description) if build else None

    def stop(self, identifier: str) -> dict[str, Any] | None:
        """Stop a build that still runs; None if there is none of that id."""
        with self._lock:
            build = self._builds.get(identifier.split(":build/")[-1])
            if build is None:
                return None
            build.stopped = True
            if build.process is not None:
                processes.kill_session(build.process.pid)
        return self.describe(identifier)

    def close(self) -> None:
        """Stop every build, and wait until all have ended."""
        for identifier in list(self._builds):
            self.stop(identifier)
        for build in list(self._builds.values()):
            if build.thread is not None:
                build.thread.join()

    def _run(self, build: _Build, project: Mapping[str, Any]) -> None:
        with self._slots:
            folder = self._builder.work / build.description["id"].split(":")[-1]
            minutes = int(project.get("timeoutInMinutes") or _DEFAULT_TIMEOUT_MINUTES)
            try:
                status, exported = self._build(build, project, folder, minutes * 60)
            except (OSError, ValueError, KeyError) as error:
                status, exported = "FAILED", {}
                self._explain(build, f"{type(error).__name__}: {error}")
        with self._lock:
            build.description |= {
                "buildStatus": "STOPPED" if build.stopped else status,
                "currentPhase": "COMPLETED",
                "buildComplete": True,
                "endTime": datetime.now(UTC),
                "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in exported.items()],
            }
            given = dict(build.description)
        self._ended(given)

    def _build(self, build: _Build, project: Mapping[str, Any], folder: Path, seconds: float) -> tuple[str, Mapping[str, str]]:
        """Run the builder to its end; the build's status and exported variables."""
        folder.mkdir(parents=True)
        result, specification = folder / "result.json", folder / "spec.json"
        description = build.description
        specification.write_text(json.dumps(self._specification(description, folder, result)))
        environment = self._environment(project["serviceRole"], folder)
        command = [*self._builder.program, "--spec", str(specification)]
        log = self._log(description)
        with self._lock:
            if build.stopped:
                return "STOPPED", {}
            build.process = self._spawner.spawn(lambda: processes.spawn(command, log=log, env=environment, cwd=ROOT))
            description["currentPhase"] = "BUILD"
        in_time = _ends_within(build.process.pid, seconds)
        with self._lock:
            processes.kill_session(build.process.pid)
            code = build.process.wait()
            build.process = None
        if not in_time:
            return "TIMED_OUT", {}
        if code != 0:
            self._explain(build, f"the builder ended with status {code}")
            return "FAILED", {}
        outcome = json.loads(result.read_text())
        return outcome["status"], outcome.get("exported", {})

    def _specification(self, description: Mapping[str, Any], folder: Path, result: Path) -> dict[str, Any]:
        repository = urlparse(description["source"]["location"]).path.strip("/").removesuffix(".git")
        variables = {variable["name"]: variable["value"] for variable in description["environment"]["environmentVariables"]}
        return {
            "build_id": description["id"],
            "clone_url": self._builder.clone_url.replace("{repository}", variables.get("REPOSITORY", repository)),
            "commit": variables.get("COMMIT", description["sourceVersion"]),
            "environment": variables,
            "registry": str(self._builder.registry),
            "work": str(folder / "work"),
            "aws_endpoint": self._endpoint,
            "gate_python": str(self._builder.gate_python),
            "findings": str(self._builder.findings),
            "result": str(result),
        }

    def _environment(self, role: str, folder: Path) -> dict[str, str]:
        credentials = self._credentials.of(role, "AWSCodeBuild")
        return {
            "PATH": self._builder.path,
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "AWS_REGION": server.REGION,
            "AWS_DEFAULT_REGION": server.REGION,
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
        }

    def _log(self, description: Mapping[str, Any]) -> Path:
        return self._builder.logs / f"{description['id'].split(':')[-1]}.log"

    def _explain(self, build: _Build, text: str) -> None:
        log = self._log(build.description)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write(f"{text}\n")


def _ends_within(pid: int, seconds: float) -> bool:
    """Wait for the end of a child without reaping it, so that its session can't be anybody else's when it is killed."""
    descriptor = os.pidfd_open(pid)
    try:
        ends = select.poll()
        ends.register(descriptor, select.POLLIN)
        return bool(ends.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def _described(project: Mapping[str, Any], request: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A new build as CodeBuild describes it; overrides win over the project's settings."""
    identifier = f"{project['name']}:{uuid.uuid4()}"
    variables = {variable["name"]: variable for variable in project["environment"].get("environmentVariables", [])}
    variables |= {variable["name"]: variable for variable in request.get("environmentVariablesOverride") or []}
    source = dict(project["source"])
    if location := request.get("sourceLocationOverride"):
        source["location"] = location
    version = request.get("sourceVersion") or project.get("sourceVersion", "")
    return {
        "id": identifier,
        "arn": f"arn:aws:codebuild:{server.REGION}:{server.ACCOUNT}:build/{identifier}",
        "buildNumber": number,
        "startTime": datetime.now(UTC),
        "currentPhase": "QUEUED",
        "buildStatus": "IN_PROGRESS",
        "buildComplete": False,
        "sourceVersion": version,
        "resolvedSourceVersion": version,
        "projectName": project["name"],
        "source": source,
        "environment": {**project["environment"], "environmentVariables": list(variables.values())},
        "exportedEnvironmentVariables": [],
        "serviceRole": project["serviceRole"],
        "timeoutInMinutes": int(project.get("timeoutInMinutes") or _DEFAULT_TIMEOUT_MINUTES),
        "initiator": "twin",
    }


def attach(builds: Builds, patches: Patches) -> None:
    """Let moto's CodeBuild API start, stop and describe real builds."""

    def start_build(request: Any) -> Any:
        name = request._get_param("projectName")
        found = request.codebuild_backend.codebuild_projects.get(name)
        if found is None:
            raise ResourceNotFoundException(f"Project cannot be found: arn:aws:codebuild:{server.REGION}:{server.ACCOUNT}:project/{name}")
        given = ("sourceVersion", "environmentVariablesOverride", "sourceLocationOverride", "idempotencyToken")
        build = builds.start(found.project_metadata, {key: request._get_param(key) for key in given})
        if build["id"] not in request.codebuild_backend.build_history[name]:
            request.codebuild_backend.build_history[name].append(build["id"])
        return ActionResult({"build": build})

    def batch_get_builds(request: Any) -> Any:
        found = {identifier: builds.describe(identifier) for identifier in request._get_param("ids")}
        missing = [identifier for identifier, build in found.items() if build is None]
        return ActionResult({"builds": [build for build in found.values() if build is not None], "buildsNotFound": missing})

    def stop_build(request: Any) -> Any:
        build = builds.stop(request._get_param("id"))
        if build is None:
            raise ResourceNotFoundException(f"Build {request._get_param('id')} does not exist")
        return ActionResult({"build": build})

    patches.replace(CodeBuildResponse, "start_build", start_build)
    patches.replace(CodeBuildResponse, "batch_get_builds", batch_get_builds)
    patches.replace(CodeBuildResponse, "stop_build", stop_build)
