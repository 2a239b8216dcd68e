"""The buildspec, which only AWS runs in earnest: its names fit what is sent to it, and its shell does what its comments say."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.adapters import codebuild
from slipway.domain.environment import Service

ROOT = Path(__file__).resolve().parents[2]
SPEC = yaml.safe_load((ROOT / "build/buildspec.yml").read_text())
COMMANDS = [command for phase in SPEC["phases"].values() for command in phase["commands"]]
GIVEN_BY_THE_IMAGE = {"HOME"}


def variables_sent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the control plane passes to StartBuild."""
    requests: list[dict[str, Any]] = []

    class CodeBuild:
        def start_build(self, **request: Any) -> dict[str, Any]:
            requests.append(request)
            return {"build": {"id": "build:1"}}

    monkeypatch.setattr(codebuild, "client", lambda name: CodeBuild())
    service = Service(name="sample-app", repository="acme/sample-app", chart="helm/sample-app", source="service", targets={})
    codebuild.CodeBuildBuilds("slipway-build", "bundles").start(service, "a" * 40, 1)
    return {variable["name"] for variable in requests[0]["environmentVariablesOverride"]}


def variables_of_the_project() -> set[str]:
    class Tolerant(yaml.SafeLoader):
        """Reads CloudFormation's short intrinsic functions as nothing."""

    Tolerant.add_multi_constructor("!", lambda loader, suffix, node: None)
    resources = yaml.load((ROOT / "template.yaml").read_text(), Loader=Tolerant)["Resources"].values()
    project = next(resource["Properties"] for resource in resources if resource["Type"] == "AWS::CodeBuild::Project")
    assert project["Source"]["BuildSpec"] == "buildspec.yml"
    return {variable["Name"] for variable in project["Environment"]["EnvironmentVariables"]}


def test_it_is_of_version_0_2_and_every_phase_ends_the_build_when_it_fails() -> None:
    assert (SPEC["version"], SPEC["env"]["shell"], list(SPEC["phases"])) == (0.2, "bash", ["install", "pre_build", "build"])
    assert {phase["on-failure"] for phase in SPEC["phases"].values()} == {"ABORT"}
    assert SPEC["env"]["exported-variables"] == ["BUNDLE_DIGEST"]


def test_its_variables_are_those_that_are_sent_and_those_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(COMMANDS)
    used = set(re.findall(r"\$\{?([A-Z][A-Z_]*)", text)) - GIVEN_BY_THE_IMAGE - set(SPEC["env"]["variables"]) - {"BUNDLE_DIGEST"}
    assert used <= variables_sent(monkeypatch) | variables_of_the_project()
    assert (variables_sent(monkeypatch) | variables_of_the_project()) == used


def test_its_scripts_are_those_of_the_platform_and_it_takes_nothing_else_from_it() -> None:
    scripts = set(re.findall(r"[\w.-]+\.(?:py|txt)\b", "\n".join(COMMANDS)))
    assert scripts == {"gate.py", "lock.py", "audit.py", "bundle.py", "requirements.txt"}
    assert all((ROOT / "build" / script).is_file() for script in scripts)


def test_it_holds_no_secret_and_asks_for_none() -> None:
    assert set(SPEC["env"]) == {"shell", "variables", "exported-variables"}  # no parameter-store, no secrets-manager
    text = "\n".join(COMMANDS).replace("aws ecr get-login-password | docker login --username AWS --password-stdin", "")
    assert not re.search(r"token|secret|password|AKIA|credential", text, re.IGNORECASE)


STUBS = {
    "aws": 'echo "aws $*" >> "$LOG"; case "$1 $2" in "s3 cp") cp "$4" "$BUCKET/$(basename "$5")";; esac',
    "docker": 'echo "docker $*" >> "$LOG"; case "$1" in manifest) exit 1;; build) exit "${DOCKER_BUILD:-0}";; login) cat > /dev/null;; esac',
    "pip": "exit 0",
    "python": f"""case "$1 $2" in
"-m venv") mkdir -p "$3/bin"; cp "$STUBS/gate" "$3/bin/python"; cp "$STUBS/pip" "$3/bin/pip";;
"-m pip") echo "python $*" >> "$LOG"; exit "${{PIP:-0}}";;
*) exec {sys.executable} "$@";;
esac""",
    "gate": """echo "gate $*" >> "$LOG"
case "$1" in audit.py) [ -z "$AUDIT" ] || exit "$AUDIT"; echo "{}" > "$5"; echo "{}" > "$7"; exit 0;; esac
while [ $# -gt 0 ] && [ "$1" != --report ]; do shift; done
echo "{}" > "$2"; exit "${GATE:-0}\"""",
}


@dataclass(frozen=True)
class Ran:
    status: int
    log: str
    exported: str
    kept: set[str]


@dataclass(frozen=True)
class Build:
    """The buildspec's commands as CodeBuild runs them, one after another in one shell, with git and the platform's scripts, and stubs for the rest."""

    folder: Path
    commit: str

    def run(self, **variables: str) -> Ran:
        log, bucket = self.folder / "log", self.folder / "bucket"
        log.touch()
        bucket.mkdir()
        script = "\n".join(f"{{ {command}\n}} || exit" for command in COMMANDS) + '\necho "exported=$(printenv BUNDLE_DIGEST)"\n'
        environment = {
            "PATH": f"{self.folder}/stubs:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "LOG": str(log),
            "BUCKET": str(bucket),
            "STUBS": str(self.folder / "stubs"),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{self.folder}/.insteadOf",
            "GIT_CONFIG_VALUE_0": "https://github.com/",
            **SPEC["env"]["variables"],
            "SERVICE": "sample-app",
            "REPOSITORY": "pushed",
            "COMMIT": self.commit,
            "CHART": "helm/sample-app",
            "SOURCE": "service",
            "IMAGE_REPOSITORY": "sample-app",
            "BUNDLES_BUCKET": "bundles",
            "REGISTRY": "registry.example.com",
            "WORK": str(self.folder / "work"),
            **variables,
        }
        done = subprocess.run(["bash", "-c", script], cwd=ROOT / "build", env=environment, capture_output=True, text=True, check=False)
        exported = re.search(r"^exported=(.*)$", done.stdout, re.MULTILINE)
        return Ran(done.returncode, log.read_text(), exported[1] if exported else "", {path.name for path in bucket.iterdir()})


@pytest.fixture
def build(tmp_path: Path) -> Build:
    pushed = tmp_path / "pushed.git"
    files = {"service/requirements.txt": "# nothing\n", "helm/sample-app/Chart.yaml": "name: sample-app\n"}
    for name, content in files.items():
        (pushed / name).parent.mkdir(parents=True)
        (pushed / name).write_text(content)
    (tmp_path / "home").mkdir()
    (tmp_path / "stubs").mkdir()
    for name, text in STUBS.items():
        (tmp_path / "stubs" / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / "stubs" / name).chmod(0o755)
    return Build(tmp_path, committed(pushed))


def committed(folder: Path) -> str:
    git = ["git", "-C", folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgSign=false"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "a commit"]):
        subprocess.run([*git, *arguments], check=True)
    return subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()


def test_a_commit_that_passes_ends_with_report_bundle_and_image_and_exports_the_bundles_digest(build: Build) -> None:
    ran = build.run()
    assert ran.status == 0, ran
    assert ran.exported.startswith("sha256:")
    assert f"s3://bundles/bundles/{ran.exported.replace(':', '/')}.tgz" in ran.log
    assert all(f"s3://bundles/builds/sample-app/{build.commit}/{name}.json" in ran.log for name in ("gate", "audit", "sbom"))
    image = f"registry.example.com/sample-app:{build.commit}"
    assert f"docker build --build-arg VERSION={build.commit[:12]} --build-arg COMMIT={build.commit} --tag {image} {build.folder}/work/source/service" in ran.log
    assert f"docker push --quiet {image}" in ran.log
    assert "--user nobody" in ran.log


def test_a_no_of_the_gate_leaves_the_report_and_ends_the_build(build: Build) -> None:
    ran = build.run(GATE="1")
    assert (ran.status, ran.kept, ran.exported) == (1, {"gate.json"}, "")
    assert "docker" not in ran.log


@pytest.mark.parametrize("broken", [{"GATE": "2"}, {"PIP": "1"}], ids=["the gate couldn't tell", "the dependencies couldn't be installed"])
def test_what_could_not_tell_leaves_no_report(build: Build, broken: dict[str, str]) -> None:
    ran = build.run(**broken)
    assert (ran.status, ran.kept) == (1, set())
    assert "docker" not in ran.log


def test_without_an_audit_there_is_no_image(build: Build) -> None:
    ran = build.run(AUDIT="2")
    assert (ran.status, ran.kept, ran.exported) == (2, {"gate.json"}, "")
    assert "docker" not in ran.log


def test_nothing_is_installed_from_a_lock_that_is_refused(build: Build) -> None:
    (build.folder / "pushed.git/service/requirements.txt").write_text("--no-binary :all:\n")
    ran = Build(build.folder, committed(build.folder / "pushed.git")).run()
    assert (ran.status, ran.kept) == (1, {"gate.json"})
    assert [check["name"] for check in json.loads((build.folder / "bucket/gate.json").read_text())["checks"]] == ["lock"]
    assert "-m pip" not in ran.log and "gate.py" not in ran.log


def test_an_image_that_cannot_be_built_ends_the_build_and_is_not_pushed(build: Build) -> None:
    assert build.run(DOCKER_BUILD="1").status == 1
    assert "docker push" not in (build.folder / "log").read_text()


def test_a_bundle_that_is_refused_ends_the_build_before_there_is_an_image(build: Build) -> None:
    (build.folder / "pushed.git/helm/sample-app/Chart.yaml").rename(build.folder / "pushed.git/helm/sample-app/chart.txt")
    ran = Build(build.folder, committed(build.folder / "pushed.git")).run()
    assert (ran.status, ran.kept, ran.exported) == (1, {"gate.json", "audit.json", "sbom.json"}, "")
    assert "docker" not in ran.log
