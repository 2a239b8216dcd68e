"""The template builds as it would for a deployment: without Python 3.13 and without Docker."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ENVIRONMENT = Path(".slipway/environments/sam/bin").absolute()


def sam(*arguments: str) -> str:
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV"))}
    environment = outside | {"PATH": f"{ENVIRONMENT}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1", "UV_OFFLINE": "1"}
    done = subprocess.run([ENVIRONMENT / "sam", *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sam")
    sam("build", "--build-dir", str(folder / "build"), "--cache-dir", str(folder / "cache"))
    return folder / "build"


def functions() -> set[str]:
    """The logical identities of the template's functions."""

    class Tolerant(yaml.SafeLoader):
        """Reads CloudFormation's short intrinsic functions as nothing."""

    Tolerant.add_multi_constructor("!", lambda loader, suffix, node: None)
    resources = yaml.load(Path("template.yaml").read_text(), Loader=Tolerant)["Resources"]
    return {name for name, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"}


def test_the_template_is_valid() -> None:
    assert "is a valid SAM Template" in sam("validate", "--lint")


def test_every_function_is_packaged_with_sources_only(built: Path) -> None:
    for function in functions():
        assert sorted(path.name for path in (built / function).iterdir()) == ["slipway", "slipway.yaml"], function


def test_the_layers_hold_the_locked_packages_for_lambdas_python_and_helm(built: Path) -> None:
    assert (built / "DependenciesLayer/python/kubernetes").is_dir()
    compiled = {path.name for path in (built / "DependenciesLayer/python/pydantic_core").glob("*.so")}
    assert all("cpython-313-x86_64-linux-gnu" in name for name in compiled) and compiled
    assert (built / "HelmLayer/bin/helm").read_bytes()[:4] == b"\x7fELF"


def test_function_and_layers_together_fit_lambdas_limit(built: Path) -> None:
    """250 MB unpacked: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    parts = (built / "ApplyFunction", built / "DependenciesLayer", built / "HelmLayer")
    assert sum(path.stat().st_size for part in parts for path in part.rglob("*") if path.is_file()) < 250 * 1024 * 1024
