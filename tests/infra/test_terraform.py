"""Terraform builds what the twin imitates: the same roles, groups and namespaces, sizes that fit the charts, and it refuses what wouldn't work.

Without an account and without a network: plans speak to a small stand-in for the few questions that a plan asks AWS. Everything runs in a copy, so that the
checkout gets neither a state nor a changed lock file.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import yaml

from tests.infra.cloudformation_rights import ACCESS_LOGS, needed, types_of_the_template
from tests.infra.test_telling import FUNCTIONS, RESOURCES, statements
from twin.aws.foundation import read_foundation
from twin.stack.platform import ACCOUNT, Environment, read_platform

pytestmark = [pytest.mark.xdist_group("terraform"), pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "stage", "prod")
WRONG = {
    "replicas": ("max = 10 }\nres", "max = 16 }\nres", "a rollout of 16 replicas has 32 pods, the quota of prod allows 30. Lower max"),
    "environment": ('environment = "prod"\n', 'environment = "production"\n', "slipway.yaml has no production. Name one of dev, prod, stage"),
}
"""What somebody may write into prod.tfvars: instead of what, and what the plan says of it. The module's own tests have the others."""

Done = subprocess.CompletedProcess[str]


class StandIn(BaseHTTPRequestHandler):
    """What a plan asks: whose credentials these are, and which version of an addon is recommended. Anything else is an error."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        action = form.get("Action", [""])[0]
        if action == "GetCallerIdentity":
            result = f"<Arn>arn:aws:iam::{ACCOUNT}:user/test</Arn><UserId>test</UserId><Account>{ACCOUNT}</Account>"
            self._answer(f"<GetCallerIdentityResponse><GetCallerIdentityResult>{result}</GetCallerIdentityResult></GetCallerIdentityResponse>", "text/xml")
        else:
            self.send_error(400, f"a plan asks {action}")

    def do_GET(self) -> None:
        address = urlparse(self.path)
        if address.path != "/addons/supported-versions":
            self.send_error(400, f"a plan asks {address.path}")
            return
        query = parse_qs(address.query)
        compatible = [{"clusterVersion": query["kubernetesVersion"][0], "defaultVersion": True}]
        versions = [{"addonVersion": "v1.0.0-eksbuild.1", "compatibilities": compatible}]
        self._answer(json.dumps({"addons": [{"addonName": query["addonName"][0], "addonVersions": versions}]}), "application/json")

    def _answer(self, text: str, content_type: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Nothing: the answers are what counts."""


@dataclass(frozen=True)
class Plan:
    """What `terraform show -json` says of one."""

    document: Mapping[str, Any]

    @cached_property
    def resources(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.document["planned_values"]["root_module"]["resources"]
        return found

    def each(self, kind: str, name: str) -> Mapping[str, Mapping[str, Any]]:
        return {str(each.get("index")): each["values"] for each in self.resources if (each["type"], each["name"]) == (kind, name)}

    def output(self, name: str) -> Any:
        return self.document["planned_values"]["outputs"][name]["value"]


@dataclass(frozen=True)
class Checkout:
    """A copy of what the module reads, with its state in a file and the provider in place."""

    folder: Path
    environment: Mapping[str, str]

    def terraform(self, *arguments: str) -> Done:
        command = ["terraform", f"-chdir={self.folder / 'terraform'}", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def plan(self, *arguments: str) -> Done:
        return self.terraform("plan", "-input=false", "-no-color", "-lock=false", *arguments)

    def planned(self, environment: str) -> Plan:
        file = str(self.folder / f"{environment}.plan")
        done = self.plan(f"-var-file=environments/{environment}.tfvars", f"-out={file}")
        assert done.returncode == 0, done.stdout + done.stderr
        shown = self.terraform("show", "-json", file)
        assert shown.returncode == 0, shown.stderr
        return Plan(json.loads(shown.stdout))

    def plan_with_a_cluster_for_prod(self) -> Done:
        """From a copy, since others are at work here."""
        own = Checkout(self.folder / "own", self.environment)
        shutil.copytree(self.folder / "terraform", own.folder / "terraform")
        shutil.copytree(self.folder / "helm", own.folder / "helm")
        text = (self.folder / "slipway.yaml").read_text()
        assert text.count("prod: {cluster: slipway,") == 1
        (own.folder / "slipway.yaml").write_text(text.replace("prod: {cluster: slipway,", "prod: {cluster: slipway-prod,"))
        return own.plan("-var-file=environments/prod.tfvars")

    def plan_with(self, right: str, wrong: str) -> Done:
        """Plan prod with one thing replaced in its variables."""
        text = (self.folder / "terraform/environments/prod.tfvars").read_text()
        assert text.count(right) == 1
        with tempfile.NamedTemporaryFile("w", suffix=".tfvars", dir=self.folder, delete=False) as planted:
            planted.write(text.replace(right, wrong))
        return self.plan(f"-var-file={planted.name}")


def plugin_dir() -> str | None:
    """As scripts/terraform.sh looks for it."""
    named = os.environ.get("SLIPWAY_TF_PLUGIN_DIR")
    roots = [Path(named)] if named else []
    roots += [Path.home() / ".terraform.d/plugins", *(each for root in ("/opt", "/usr/share", "/usr/local/share") for each in sorted(Path(root).glob("*")))]
    return next((str(root) for root in roots if (root / "registry.terraform.io/hashicorp/aws").is_dir()), None)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def checkout(aws: str, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    if shutil.which("terraform") is None:
        pytest.skip("terraform isn't on PATH")
    folder = tmp_path_factory.mktemp("terraform")
    shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=shutil.ignore_patterns(".terraform"))
    shutil.copytree(ROOT / "helm", folder / "helm")
    shutil.copy(ROOT / "slipway.yaml", folder)
    # A plan wants a state; the one in S3 is for whoever has an account.
    (folder / "terraform/state_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
    environment |= {"AWS_ENDPOINT_URL": aws, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
    environment |= {"TF_DATA_DIR": str(folder / "data"), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "HOME": str(folder)}
    # Rather memory than time: most of it goes into reading the provider's schema.
    environment["GOGC"] = "400"
    made, plugins = Checkout(folder, environment), plugin_dir()
    done = made.terraform("init", "-input=false", "-no-color", "-lockfile=readonly", *([f"-plugin-dir={plugins}"] if plugins else []))
    if done.returncode and plugins is None:
        pytest.skip(f"no AWS provider: SLIPWAY_TF_PLUGIN_DIR names no mirror of it, and the registry gave none: {' '.join(done.stderr.split())[:300]}")
    assert done.returncode == 0, done.stderr
    return made


@dataclass(frozen=True)
class Work:
    """What the tests look at, two at a time: each starts the provider anew, which takes some seconds."""

    plans: Mapping[str, Future[Plan]]
    own_cluster: Future[Done]
    refused: Mapping[str, Future[Done]]
    tests: Future[Done]
    valid: Future[Done]


@pytest.fixture(scope="module")
def work(checkout: Checkout) -> Iterator[Work]:
    with ThreadPoolExecutor(2) as pool:
        yield Work(
            plans={name: pool.submit(checkout.planned, name) for name in ENVIRONMENTS},
            own_cluster=pool.submit(checkout.plan_with_a_cluster_for_prod),
            refused={name: pool.submit(checkout.plan_with, right, wrong) for name, (right, wrong, _) in WRONG.items()},
            tests=pool.submit(checkout.terraform, "test", "-no-color"),
            valid=pool.submit(checkout.terraform, "validate", "-no-color"),
        )


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def plan(work: Work, environment: str) -> Plan:
    return work.plans[environment].result()


@pytest.fixture(scope="module")
def environments() -> Sequence[Environment]:
    """As the twin makes them."""
    return read_platform(ROOT / "slipway.yaml").environments


def test_its_files_are_formatted(checkout: Checkout) -> None:
    done = checkout.terraform("fmt", "-check", "-diff", "-recursive")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_valid(work: Work) -> None:
    """`make lint` also asks it of terraform/state."""
    done = work.valid.result()
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_tests_pass(work: Work) -> None:
    done = work.tests.result()
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^Success! [1-9]\d* passed, 0 failed\.$", done.stdout, re.MULTILINE), done.stdout


def test_every_environment_can_be_planned(plan: Plan) -> None:
    assert plan.document["errored"] is False
    assert {check["status"] for check in plan.document["checks"]} <= {"pass", "unknown"}


def test_environments_have_the_roles_groups_and_namespaces_that_the_twin_gives_them(plan: Plan, environments: Sequence[Environment]) -> None:
    expected = {each.name: {"cluster": "slipway", "namespace": each.namespace, "group": each.group, "role": each.role} for each in environments}
    assert plan.output("environments") == expected
    assert {f"arn:aws:iam::{ACCOUNT}:role/{role['name']}" for role in plan.each("aws_iam_role", "environment").values()} == {
        each.principal for each in environments
    }
    groups = {name: entry["kubernetes_groups"] for name, entry in plan.each("aws_eks_access_entry", "environment").items()}
    assert groups == {each.name: [each.group] for each in environments}


def test_it_makes_what_the_twin_makes_in_its_place(plan: Plan) -> None:
    foundation = read_foundation(ROOT / "slipway.yaml")
    assert {cluster["name"] for cluster in plan.each("aws_eks_cluster", "this").values()} == set(foundation.roles.values())
    assert {role["name"] for role in plan.each("aws_iam_role", "environment").values()} == set(foundation.roles)
    assert {role["name"] for role in plan.each("aws_iam_role", "cluster").values()} == {f"{cluster}-cluster" for cluster in foundation.roles.values()}
    repositories = plan.each("aws_ecr_repository", "service").values()
    assert {(repository["name"], repository["image_tag_mutability"]) for repository in repositories} == {
        (name, "IMMUTABLE") for name in foundation.repositories
    }


def test_the_environments_chart_takes_the_values_that_it_puts_out(plan: Plan, environments: Sequence[Environment]) -> None:
    chart = yaml.safe_load((ROOT / "helm/environment/values.yaml").read_text())
    expected = {
        each.name: {"environment": each.name, "namespace": each.namespace, "group": each.group, "controlPlane": chart["controlPlane"]} for each in environments
    }
    assert plan.output("environment_values") == expected
    assert plan.output("control_plane_cidrs") == chart["controlPlane"]["cidrs"]


def test_the_control_planes_subnets_are_the_network_that_the_chart_admits(plan: Plan) -> None:
    subnets = {subnet["cidr_block"] for subnet in plan.each("aws_subnet", "control_plane").values()}
    assert (subnets, plan.output("control_plane_cidrs")) == ({"10.0.0.0/28", "10.0.0.16/28"}, ["10.0.0.0/27"])


def test_the_functions_that_the_template_lets_assume_environments_roles_are_those_that_the_roles_trust(plan: Plan) -> None:
    assuming = {name for name in FUNCTIONS if statements(name, "sts:AssumeRole")}
    for name, role in plan.each("aws_iam_role", "environment").items():
        (statement,) = json.loads(role["assume_role_policy"])["Statement"]
        assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trusted = set(statement["Condition"]["ArnLike"]["aws:PrincipalArn"])
        assert trusted == {f"arn:aws:iam::{ACCOUNT}:role/slipway-{function}Role-*" for function in assuming}
        assert statement["Condition"]["StringEquals"] == {"sts:RoleSessionName": f"slipway-{name}"}


def test_an_environments_role_may_look_up_its_cluster_and_nothing_else_on_aws(plan: Plan) -> None:
    """Nothing else attaches a policy to one, by name or by reference; the roles themselves hold none."""
    roles = plan.each("aws_iam_role", "environment")
    names = {role["name"] for role in roles.values()}
    configured = plan.document["configuration"]["root_module"]["resources"]
    by_reference = [
        each["address"]
        for each in configured
        if "aws_iam_role.environment" in json.dumps([each.get("for_each_expression"), each.get("expressions", {}).get("role")])
    ]
    by_name = [each["address"] for each in plan.resources if "policy" in each["type"] and each["values"].get("role") in names]
    assert by_reference == ["aws_iam_role_policy.environment"]
    assert set(by_name) <= {f'aws_iam_role_policy.environment["{name}"]' for name in roles}
    for policy in plan.each("aws_iam_role_policy", "environment").values():
        (statement,) = json.loads(policy["policy"])["Statement"]
        assert statement == {"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/slipway"}
    assert not [role["name"] for role in roles.values() if role.get("inline_policy") or role.get("managed_policy_arns")]


def test_sizes_are_those_of_the_chart(plan: Plan, environment: str) -> None:
    values = yaml.safe_load((ROOT / "helm/sample-app/values.yaml").read_text())
    own = yaml.safe_load((ROOT / f"helm/sample-app/values-{environment}.yaml").read_text())
    scaling = {**values["autoscaling"], **own.get("autoscaling", {})}
    replicas = own.get("replicas", values["replicas"])
    expected = (scaling["minReplicas"], scaling["maxReplicas"]) if scaling["enabled"] else (replicas, replicas)
    given = plan.document["variables"]
    assert (given["replicas"]["value"]["min"], given["replicas"]["value"]["max"]) == expected
    resources = own.get("resources", values["resources"])
    sizes = {kind: {"cpu": millicores(resources[kind]["cpu"]), "memory": mebibytes(resources[kind]["memory"])} for kind in ("requests", "limits")}
    assert given["resources"]["value"] == sizes


def millicores(quantity: str) -> int:
    assert quantity.endswith("m")
    return int(quantity[:-1])


def mebibytes(quantity: str) -> int:
    number, unit = int(quantity[:-2]), quantity[-2:]
    return number * {"Mi": 1, "Gi": 1024}[unit]


def test_dev_is_cheap_and_prod_survives_a_zone(work: Work) -> None:
    plans = {name: each.result() for name, each in work.plans.items()}
    gateways = {name: len(plan.each("aws_nat_gateway", "this")) for name, plan in plans.items()}
    capacity = {name: plan.each("aws_eks_node_group", "this")["None"]["capacity_type"] for name, plan in plans.items()}
    assert gateways == {"dev": 1, "stage": 2, "prod": 2}
    assert capacity == {"dev": "SPOT", "stage": "ON_DEMAND", "prod": "ON_DEMAND"}


def test_no_policy_allows_everything_on_everything(plan: Plan) -> None:
    kinds = ("aws_iam_role_policy", "aws_iam_policy")
    policies = {each["address"]: json.loads(each["values"]["policy"]) for each in plan.resources if each["type"] in kinds and each["values"].get("policy")}
    assert policies
    for address, policy in policies.items():
        for statement in policy["Statement"]:
            actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
            assert not [action for action in actions if "*" in action], address
            if statement["Resource"] == "*" and "Condition" not in statement:
                # A key isn't there before it is made: https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html
                reading = [action for action in actions if re.search(r":(Describe|List|Get)", action) or action in {"kms:CreateKey", *ACCESS_LOGS}]
                assert reading == actions, f"{address} may change anything: {set(actions) - set(reading)}"


def test_cloudformation_may_do_what_the_templates_resources_need_and_nothing_else(work: Work) -> None:
    policies = work.plans["prod"].result().each("aws_iam_role_policy", "cloudformation").values()
    granted = [statement for policy in policies for statement in json.loads(policy["policy"])["Statement"]]
    actions = {action for statement in granted for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])}
    assert actions == needed(types_of_the_template()) | ACCESS_LOGS
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert sum(len(policy["policy"]) for policy in policies) <= 10_240
    (secrets,) = [each["Resource"] for each in granted if "secretsmanager:CreateSecret" in each["Action"]]
    made = {name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::SecretsManager::Secret"}
    assert {arn.rpartition(":")[2] for arn in secrets} == {f"{name}-*" for name in made}


def test_github_hands_cloudformation_a_change_set_with_its_role_and_passes_no_other(work: Work) -> None:
    plan = work.plans["prod"].result()
    role = f"arn:aws:iam::{ACCOUNT}:role/{plan.each('aws_iam_role', 'cloudformation')['0']['name']}"
    statements_of_github = json.loads(plan.each("aws_iam_role_policy", "platform_deploy")["0"]["policy"])["Statement"]
    by_action = {each["Action"]: each for each in reversed(statements_of_github) if isinstance(each["Action"], str)}
    assert by_action["cloudformation:CreateChangeSet"]["Condition"] == {"StringEquals": {"cloudformation:RoleArn": role}}
    assert by_action["iam:PassRole"]["Resource"] == role
    assert by_action["iam:PassRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


def test_the_outputs_are_what_samconfig_needs(plan: Plan) -> None:
    assert plan.output("sam_parameter_overrides") == "Repositories=" + ",".join(sorted(read_foundation(ROOT / "slipway.yaml").repositories))
    assert f'stack_name = "{plan.output("stack_name")}"' in (ROOT / "samconfig.toml").read_text()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_fails_in_the_plan_and_says_what_to_do(work: Work, name: str) -> None:
    done = work.refused[name].result()
    said = " ".join(re.sub(r"[│╷╵]", " ", done.stderr).split())
    assert (done.returncode, WRONG[name][2] in said) == (1, True), said


def test_an_environment_with_a_cluster_of_its_own_is_planned_alone(work: Work) -> None:
    done = work.own_cluster.result()
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"# aws_iam_role\.environment\[\"(.+)\"\] will be created", done.stdout)) == {"prod"}
    assert 'role/slipway-ApplyFunctionRole-*"' in done.stdout
    assert re.findall(r"# aws_eks_cluster\.this will be created.*?\n +\+ name += \"(.+?)\"", done.stdout, re.DOTALL) == ["slipway-prod"]
