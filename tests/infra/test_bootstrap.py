"""`make bootstrap`: which commands it makes, and what it says instead of making them. helm and kubectl are stand-ins here that write down how they are called.

tests/contract/cluster/test_bootstrap.py shows that `helm/environment` gets into a cluster so. The controllers' charts come from the network: no test has them.
"""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws
from moto.eks.models import eks_backends

from scripts import bootstrap
from scripts.bootstrap import PINS, ROOT, Refused

NAME, VPC = "slipway", "vpc-1"
CHART = b"a chart's package"
PROGRAM = f"""#!{sys.executable}
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
program, arguments = pathlib.Path(__file__).name, sys.argv[1:]
answer = json.loads((folder / "answers.json").read_text()).get(" ".join([program, *arguments[:2]]), "")
given = sys.stdin.read()
with (folder / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps([[program, *arguments], given]) + "\\n")
if arguments[0] == "pull":
    package = f"{{arguments[1]}}-{{arguments[arguments.index('--version') + 1]}}.tgz"
    (pathlib.Path(arguments[arguments.index("--destination") + 1]) / package).write_bytes({CHART!r})
print(answer)
"""


@dataclass
class Desk:
    """An administrator's. `path` has the programs, which answer as `answers` says, by program and first two arguments."""

    path: Path
    authority: str
    kubeconfig: Path
    answers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        view = {"clusters": [{"cluster": {"certificate-authority-data": self.authority}}]}
        self.kubeconfig.touch()
        self.answers = {"kubectl config view": json.dumps(view), "kubectl auth can-i": "yes"}
        for program in ("helm", "kubectl", "aws"):
            (self.path / program).write_text(PROGRAM)
            (self.path / program).chmod(0o755)

    def bootstrap(self, *given: str) -> list[tuple[list[str], str]]:
        """The commands, each with what it got on standard input."""
        (self.path / "answers.json").write_text(json.dumps(self.answers))
        bootstrap.bootstrap(bootstrap.arguments(given or [NAME, "--kubeconfig", str(self.kubeconfig)]), str(self.path))
        return self.calls()

    def calls(self) -> list[tuple[list[str], str]]:
        file = self.path / "calls.jsonl"
        return [tuple(json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """AWS has the cluster, and helm gets the charts that are pinned."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    pins = tmp_path / "controllers.yaml"
    pins.write_text(re.sub(r"digest: \w+", f"digest: {hashlib.sha256(CHART).hexdigest()}", PINS.read_text()))
    monkeypatch.setattr(bootstrap, "PINS", pins)
    (tmp_path / "bin").mkdir()
    with mock_aws():
        made = boto3.client("eks").create_cluster(name=NAME, roleArn="arn:aws:iam::123456789012:role/slipway-cluster", resourcesVpcConfig={"subnetIds": []})
        eks_backends["123456789012"]["us-east-1"].clusters[NAME].resources_vpc_config["vpcId"] = VPC  # which moto leaves out
        authority = base64.b64encode(base64.b64decode(made["cluster"]["certificateAuthority"]["data"])).decode()
        yield Desk(tmp_path / "bin", authority, tmp_path / "kubeconfig")


def made_by(calls: Sequence[tuple[list[str], str]], *start: str) -> list[tuple[list[str], Any]]:
    """The commands that begin so, with their values."""
    return [(command, json.loads(given)) for command, given in calls if command[: len(start)] == list(start)]


def test_every_environment_of_the_cluster_gets_its_release_in_the_platforms_namespace(desk: Desk) -> None:
    installed = made_by(desk.bootstrap(), "helm", "upgrade")[:3]
    assert [command[2] for command, _ in installed] == ["environment-dev", "environment-stage", "environment-prod"]
    assert [values for _, values in installed] == [{"environment": name, "namespace": f"sample-{name}"} for name in ("dev", "stage", "prod")]
    for command, _ in installed:
        assert (command[3], command[command.index("--namespace") + 1]) == (str(ROOT / "helm/environment"), "slipway-environments")


def test_terraforms_values_count_where_they_are_given(desk: Desk, tmp_path: Path) -> None:
    values = {
        name: {"environment": name, "namespace": f"sample-{name}", "controlPlane": {"cidrs": ["10.1.0.0/27"], "port": 80}} for name in ("dev", "stage", "prod")
    }
    (tmp_path / "values.json").write_text(json.dumps(values))
    calls = desk.bootstrap(NAME, "--kubeconfig", str(desk.kubeconfig), "--values", str(tmp_path / "values.json"), "--only", "environments")
    assert [given for _, given in made_by(calls, "helm", "upgrade")] == list(values.values())


@pytest.mark.parametrize("written", ['{"dev": {}}', '{"dev": {"environment": "dev", "namespace": "elsewhere"}}', "[]", "no JSON", '{"dev": 1}'])
def test_values_that_do_not_fit_are_refused_before_anything_is_done(desk: Desk, tmp_path: Path, written: str) -> None:
    (tmp_path / "values.json").write_text(written)
    with pytest.raises(Refused, match="environment_values"):
        desk.bootstrap(NAME, "--values", str(tmp_path / "values.json"))
    assert desk.calls() == []


def test_the_controllers_come_at_their_pins_with_the_clusters_name_region_and_network(desk: Desk) -> None:
    calls = desk.bootstrap()
    pins = yaml.safe_load(PINS.read_text())
    pulled = [command for command, _ in calls if command[:2] == ["helm", "pull"]]
    assert [(command[2], command[4], command[6]) for command in pulled] == [(name, pin["repository"], pin["version"]) for name, pin in pins.items()]
    installed = {command[2]: (command, values) for command, values in made_by(calls, "helm", "upgrade")[3:]}
    assert list(installed) == list(pins)
    assert {name: command[command.index("--namespace") + 1] for name, (command, _) in installed.items()} == {
        name: pin["namespace"] for name, pin in pins.items()
    }
    balancing = {"clusterName": NAME, "region": "us-east-1", "vpcId": VPC, "serviceAccount": {"name": "aws-load-balancer-controller"}}
    assert installed["aws-load-balancer-controller"][1] == balancing
    assert installed["cluster-autoscaler"][1]["autoDiscovery"] == {"clusterName": NAME}
    assert installed["cluster-autoscaler"][1]["awsRegion"] == "us-east-1"
    assert all("--wait" in command for command, _ in installed.values())


def test_custom_resource_definitions_are_applied_since_helm_never_changes_them(desk: Desk) -> None:
    desk.answers["helm show crds"] = "kind: CustomResourceDefinition"
    applied = [given.strip() for command, given in desk.bootstrap() if command[:2] == ["kubectl", "apply"]]
    assert applied == ["kind: CustomResourceDefinition"] * 3


def test_a_chart_of_other_bytes_is_refused_and_no_controller_is_installed(desk: Desk) -> None:
    pins = bootstrap.PINS
    pins.write_text(re.sub(r"(?s)(external-secrets:.*digest: )\w+", rf"\g<1>{'0' * 64}", pins.read_text()))
    with pytest.raises(Refused, match=r"external-secrets-\S+\.tgz of https://charts\.external-secrets\.io isn't the one that helm/controllers\.yaml pins"):
        desk.bootstrap()
    assert len(made_by(desk.calls(), "helm", "upgrade")) == 3


def test_without_a_kubeconfig_the_aws_cli_makes_one(desk: Desk) -> None:
    first = desk.bootstrap(NAME)[0][0]
    assert first[:7] == ["aws", "eks", "update-kubeconfig", "--name", NAME, "--region", "us-east-1"]


def test_pins_are_exact() -> None:
    pins = yaml.safe_load(PINS.read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin["version"]) and re.fullmatch(r"[0-9a-f]{64}", pin["digest"]) for pin in pins.values())
    assert all(pin["repository"].startswith("https://") for pin in pins.values())


def test_the_controllers_have_the_service_accounts_that_terraform_gives_rights() -> None:
    text = (ROOT / "terraform/pod_identities.tf").read_text()
    pods = {key: (namespace, account) for key, namespace, account in re.findall(r'(\w+) += \{ namespace = "(.+?)", service_account = "(.+?)" \}', text)}
    [associated] = re.findall(r"associated = \[(.+)\]", text)
    pins = yaml.safe_load(PINS.read_text()).values()
    named = {(pin["namespace"], (pin["values"].get("rbac") or pin["values"])["serviceAccount"]["name"]) for pin in pins}
    assert named == {pods[key] for key in json.loads(f"[{associated}]")}


def test_a_cluster_that_slipway_does_not_know_is_named_with_those_that_it_does(desk: Desk) -> None:
    with pytest.raises(Refused, match=r"no environment on a cluster 'other'\. Say make bootstrap CLUSTER=\.\.\., one of: slipway"):
        desk.bootstrap("other")


def test_a_cluster_that_aws_does_not_have_is_told_with_what_to_do(desk: Desk) -> None:
    boto3.client("eks").delete_cluster(name=NAME)
    with pytest.raises(Refused, match=r"AWS knows no cluster slipway .*scripts/terraform\.sh"):
        desk.bootstrap()


def test_controllers_need_to_know_their_network(desk: Desk) -> None:
    del eks_backends["123456789012"]["us-east-1"].clusters[NAME].resources_vpc_config["vpcId"]
    with pytest.raises(Refused, match=r"in which VPC slipway is.* ONLY=environments"):
        desk.bootstrap()


def test_without_credentials_or_region_nothing_is_tried(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(Refused, match=r"AWS can't be asked .* region\. Set AWS_PROFILE and AWS_DEFAULT_REGION"):
        desk.bootstrap()


def test_a_kubeconfig_that_is_not_there_is_named(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=f"There is no kubeconfig {tmp_path}/none"):
        desk.bootstrap(NAME, "--kubeconfig", str(tmp_path / "none"))
    assert desk.calls() == []


def test_a_kubeconfig_of_another_cluster_is_refused(desk: Desk) -> None:
    desk.answers["kubectl config view"] = json.dumps({"clusters": [{"cluster": {"certificate-authority-data": base64.b64encode(b"another").decode()}}]})
    with pytest.raises(Refused, match="leads to another cluster than slipway"):
        desk.bootstrap()
    assert made_by(desk.calls(), "helm") == []


def test_who_does_not_administer_the_cluster_is_told_whose_role_to_use(desk: Desk) -> None:
    desk.answers["kubectl auth can-i"] = "no"
    with pytest.raises(Refused, match="You don't administer the cluster slipway: use one of the roles that Terraform's `administrators` names"):
        desk.bootstrap()
    assert made_by(desk.calls(), "helm") == []


@pytest.mark.parametrize(("program", "advice"), [("helm", "make setup"), ("kubectl", "make setup"), ("aws", "KUBECONFIG=FILE")])
def test_a_program_that_is_not_there_is_named_with_where_it_comes_from(desk: Desk, program: str, advice: str) -> None:
    (desk.path / program).unlink()
    with pytest.raises(Refused, match=f"{program} isn't on PATH: .*{advice}"):
        desk.bootstrap(NAME)
