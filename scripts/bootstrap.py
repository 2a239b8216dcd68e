"""Prepares a cluster for releases: `helm/environment` for each environment that slipway.yaml puts on it, and the controllers of `helm/controllers.yaml`.

    python -m scripts.bootstrap CLUSTER [--kubeconfig FILE] [--values FILE] [--only environments | --only controllers]

`make bootstrap` calls it, as an administrator of the cluster. It may be run again and again: what is as it should be stays untouched, though Helm notes
another revision, and what was changed or removed by hand is put right. The twin's stacks have the same chart under the same names (`twin/stack/bootstrap.py`).
"""

import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from slipway.adapters import configuration
from slipway.domain.plain_text import one_line
from slipway.errors import InvalidInput

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".slipway/bin"
CHART = ROOT / "helm/environment"
PINS = ROOT / "helm/controllers.yaml"
RELEASES = "slipway-environments"
"""Where Helm keeps the releases of `helm/environment`: nobody who deploys may write there."""
_UPGRADE = ("--install", "--force-conflicts", "--history-max", "5", "--create-namespace", "--values", "-")
"""With what people have changed by hand put right, instead of a conflict with them."""
_MISSING = {
    "helm": "run `make setup`, or install Helm 4.2",
    "kubectl": "run `make setup`, or install kubectl",
    "aws": "install the AWS CLI, or name the administrator's kubeconfig by KUBECONFIG=FILE",
}


class Refused(Exception):
    """The message says what is wrong and what to do."""


@dataclass(frozen=True)
class Cluster:
    """What EKS says of it. `authority` is the certificate authority, PEM."""

    name: str
    region: str
    vpc: str
    authority: bytes


@dataclass(frozen=True)
class Controller:
    """A release in the cluster, and the chart of the same name that it is made of."""

    name: str
    repository: str
    version: str
    digest: str
    namespace: str
    values: Mapping[str, Any]


class Programs:
    """helm, kubectl and aws, with the caller's environment and one kubeconfig. `path` is where they are looked for."""

    def __init__(self, kubeconfig: Path, path: str) -> None:
        self._environment = {**os.environ, "PATH": path, "KUBECONFIG": str(kubeconfig)}

    def tried(self, program: str, *arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
        """Refused only when there is no such program."""
        command = [program, *(str(argument) for argument in arguments)]
        try:
            return subprocess.run(command, env=self._environment, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise Refused(f"{program} isn't on PATH: {_MISSING[program]}.") from error

    def run(self, program: str, *arguments: object, given: str = "") -> str:
        """What it prints. Refused, with its own words, when it fails."""
        done = self.tried(program, *arguments, given=given)
        if done.returncode:
            raise Refused(f"{program} {arguments[0]} {arguments[1]} failed: {_one_line(done.stderr)}")
        return done.stdout


def environments_on(cluster: str, text: str, values: Mapping[str, Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """Values of `helm/environment` for each environment of a slipway.yaml (`text`) on that cluster; `values` is Terraform's output, None when there is none."""
    try:
        environments = configuration.parse(text, "slipway.yaml").environments.values()
    except InvalidInput as error:
        raise Refused(str(error)) from error
    here = [{"environment": each.name, "namespace": each.namespace} for each in environments if each.cluster == cluster]
    if not here:
        known = ", ".join(sorted({each.cluster for each in environments}))
        raise Refused(f"slipway.yaml puts no environment on a cluster {cluster!r}. Say make bootstrap CLUSTER=..., one of: {known}.")
    if values is None:
        return list(here)
    found = []
    for own in here:
        given = values.get(own["environment"], {})
        if {name: given.get(name) for name in own} != own:
            raise Refused(f"The values don't fit slipway.yaml in {own['environment']}: apply Terraform first, then write environment_values anew.")
        found.append(given)
    return found


def described(name: str) -> Cluster:
    """As the caller's credentials and region see it."""
    try:
        found = boto3.client("eks").describe_cluster(name=name)["cluster"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise Refused(
                f"AWS knows no cluster {name} in this account and region: make it with scripts/terraform.sh, "
                "or choose others by AWS_PROFILE and AWS_DEFAULT_REGION."
            ) from error
        raise Refused(f"AWS doesn't describe the cluster {name} to you: {_one_line(str(error))}") from error
    except BotoCoreError as error:
        raise Refused(f"AWS can't be asked about the cluster {name}: {_one_line(str(error))}. Set AWS_PROFILE and AWS_DEFAULT_REGION.") from error
    authority = base64.b64decode(found["certificateAuthority"]["data"])
    return Cluster(name, found["arn"].split(":")[3], found["resourcesVpcConfig"].get("vpcId", ""), authority)


def check_access(programs: Programs, cluster: Cluster) -> None:
    """That the kubeconfig leads to this very cluster, with the rights of its administrator."""
    view = json.loads(programs.run("kubectl", "config", "view", "--raw", "--minify", "--flatten", "--output", "json"))
    if base64.b64decode(view["clusters"][0]["cluster"].get("certificate-authority-data", "")) != cluster.authority:
        raise Refused(f"The kubeconfig's current context leads to another cluster than {cluster.name}: change it, or leave KUBECONFIG out.")
    done = programs.tried("kubectl", "auth", "can-i", "*", "*", "--all-namespaces")
    if done.stdout.strip() != "yes":
        why = _one_line(done.stderr)
        raise Refused(
            f"You don't administer the cluster {cluster.name}{f' ({why})' if why else ''}: use one of the roles that Terraform's `administrators` names."
        )


def install_environment(programs: Programs, values: Mapping[str, Any]) -> None:
    name = f"environment-{values['environment']}"
    programs.run("helm", "upgrade", name, CHART, "--namespace", RELEASES, *_UPGRADE, given=json.dumps(values))


def controllers_for(cluster: Cluster, text: str) -> list[Controller]:
    """Out of the text of `helm/controllers.yaml`."""
    if not cluster.vpc:
        raise Refused(f"AWS doesn't say in which VPC {cluster.name} is, as on the twin, so that no controller can be told: say ONLY=environments.")
    pins = yaml.safe_load(Template(text).substitute(cluster=cluster.name, region=cluster.region, vpc=cluster.vpc))
    return [Controller(name, **pin) for name, pin in pins.items()]


def pull(programs: Programs, controller: Controller, folder: Path) -> Path:
    """The chart's package. Refused when its bytes aren't those of the pin."""
    which = ("--repo", controller.repository, "--version", controller.version)
    programs.run("helm", "pull", controller.name, *which, "--destination", folder)
    package = folder / f"{controller.name}-{controller.version}.tgz"
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    if digest != controller.digest:
        raise Refused(
            f"{package.name} of {controller.repository} isn't the one that helm/controllers.yaml pins (its SHA-256 is {digest}); nothing of it was installed. "
            "Look into the chart before you change the pin."
        )
    return package


def install_controller(programs: Programs, controller: Controller, package: Path) -> None:
    """Until it is ready: the load balancer controller's webhook has to answer before the next chart can make a Service.

    Helm never changes custom resource definitions that are there already, so they are applied before.
    https://helm.sh/docs/chart_best_practices/custom_resource_definitions/
    """
    if definitions := programs.run("helm", "show", "crds", package).strip():
        programs.run("kubectl", "apply", "--server-side", "--force-conflicts", "--filename", "-", given=definitions)
    how = ("--namespace", controller.namespace, "--skip-crds", "--wait", "--timeout", "5m", *_UPGRADE)
    programs.run("helm", "upgrade", controller.name, package, *how, given=json.dumps(controller.values))


def bootstrap(asked: argparse.Namespace, path: str) -> None:
    """All of it, with a line for each thing that is in place. Refused."""
    given = None if asked.values is None else _read(asked.values)
    environments = environments_on(asked.cluster, (ROOT / "slipway.yaml").read_text(), given)
    if asked.kubeconfig and not asked.kubeconfig.is_file():
        raise Refused(f"There is no kubeconfig {asked.kubeconfig}: name an administrator's, or leave KUBECONFIG out.")
    cluster = described(asked.cluster)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = Programs(asked.kubeconfig.resolve() if asked.kubeconfig else folder / "kubeconfig", path)
        if not asked.kubeconfig:
            programs.run("aws", "eks", "update-kubeconfig", "--name", cluster.name, "--region", cluster.region, "--kubeconfig", folder / "kubeconfig")
        check_access(programs, cluster)
        wanted = controllers_for(cluster, PINS.read_text()) if asked.only != "environments" else []
        for values in environments if asked.only != "controllers" else ():
            install_environment(programs, values)
            print(f"environment {values['environment']}: the namespace {values['namespace']} is prepared", flush=True)
        for controller, package in [(each, pull(programs, each, folder)) for each in wanted]:
            install_controller(programs, controller, package)
            print(f"controller {controller.name}: chart {controller.version} is installed in {controller.namespace}", flush=True)


def _read(values: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        found = json.loads(values.read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"{values} can't be read as Terraform's output environment_values: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise Refused(f"{values} isn't Terraform's output environment_values: write it with `output -json environment_values`.")
    return found


def _one_line(text: str) -> str:
    return one_line(text).removesuffix(".")


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.bootstrap", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cluster", help="its name in slipway.yaml")
    parser.add_argument("--kubeconfig", type=Path, help="an administrator's; otherwise `aws eks update-kubeconfig` makes one")
    parser.add_argument("--values", type=Path, help="Terraform's output environment_values, as JSON; otherwise the chart's own values count")
    parser.add_argument("--only", choices=("environments", "controllers"), help="leave the other half out")
    return parser.parse_args(given)


def main() -> None:
    try:
        bootstrap(arguments(sys.argv[1:]), f"{TOOLS}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
