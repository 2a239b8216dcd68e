"""What `template.yaml` becomes on the twin, and GitHub's webhook through its gateway: the shipped function, state machine and table."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from twin.aws import server
from twin.aws.stack import Running, Settings, running
from twin.stack.settings import ROOT

COMMIT = "a" * 40
PUSH = {"ref": "refs/heads/main", "after": COMMIT, "repository": {"full_name": "acme/sample-app"}, "pusher": {"name": "ada"}}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    state = tmp_path_factory.mktemp("aws")
    (state / "ca.crt").write_text("no cluster is needed here")
    settings = Settings(
        template=ROOT / "template.yaml",
        state=state,
        parameters={},
        kubernetes_endpoint="https://127.0.0.1:1",
        cluster_ca=state / "ca.crt",
        clone_url=f"{state}/nowhere/{{repository}}.git",
        registry=state / "registry",
        work=state / "builds",
        gate_python=ROOT / ".slipway/environments/gate/bin/python",
    )
    with running(settings) as found:
        yield found


def deliver(aws: Running, body: bytes, *, delivery: str | None = None, secret: str | None = None, event: str = "push") -> httpx.Response:
    if secret is None:
        secret = server.client("secretsmanager", aws.endpoint).get_secret_value(SecretId=aws.outputs["WebhookSecretArn"])["SecretString"]
    headers = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery or str(uuid.uuid4()),
        "x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    return httpx.post(aws.outputs["WebhookUrl"], content=body, headers=headers, timeout=60)


def executions(aws: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.client("stepfunctions", aws.endpoint).list_executions(stateMachineArn=aws.outputs["ReleaseStateMachineArn"])[
        "executions"
    ]
    return found


def pushed(**changes: object) -> bytes:
    return json.dumps({**PUSH, **changes}).encode()


@pytest.mark.parametrize(
    ("body", "arguments", "status", "words"),
    [
        (pushed(), {"secret": "a guess"}, 401, "X-Hub-Signature-256 is missing or doesn't match the body."),
        (pushed(repository={"full_name": "acme/other"}), {}, 202, "No service is deployed from acme/other."),
        (pushed(ref="refs/heads/feature"), {}, 202, "No environment of sample-app follows refs/heads/feature."),
        (pushed(), {"event": "issues"}, 202, "Events of type issues start nothing"),
        (b"not json", {}, 400, "The body isn't JSON"),
        (b'"' + b"x" * 1_000_001 + b'"', {}, 413, "at most 1000000 are taken"),
        (b"{}", {"event": "ping"}, 200, "pong"),
    ],
)
def test_what_is_no_push_for_us_is_answered_and_starts_nothing(aws: Running, body: bytes, arguments: Mapping[str, str], status: int, words: str) -> None:
    before = len(executions(aws))
    answer = deliver(aws, body, **arguments)
    assert answer.status_code == status
    assert words in answer.json()["message"]
    assert len(executions(aws)) == before


def test_a_push_starts_one_run_however_often_it_is_delivered(aws: Running) -> None:
    before, delivery = len(executions(aws)), str(uuid.uuid4())
    first, second = (deliver(aws, pushed(), delivery=delivery) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["message"] == "Releasing aaaaaaaaaaaa to dev."
    assert first.json()["run"] == second.json()["run"]
    assert len(executions(aws)) == before + 1


def test_a_path_that_the_template_does_not_have_is_not_found(aws: Running) -> None:
    assert httpx.get(f"{aws.gateway}/webhooks/gitlab").status_code == 404


def test_the_table_is_as_the_template_says(aws: Running) -> None:
    dynamodb = server.client("dynamodb", aws.endpoint)
    table = dynamodb.describe_table(TableName=aws.outputs["TableName"])["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert dynamodb.describe_time_to_live(TableName=aws.outputs["TableName"])["TimeToLiveDescription"]["AttributeName"] == "expires_at"


def test_the_bucket_keeps_every_version_and_is_private_and_encrypted(aws: Running) -> None:
    s3 = server.client("s3", aws.endpoint)
    assert s3.get_bucket_versioning(Bucket=aws.outputs["BundlesBucket"])["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=aws.outputs["BundlesBucket"])["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_encryption(Bucket=aws.outputs["BundlesBucket"])["ServerSideEncryptionConfiguration"]["Rules"]


def test_every_function_of_the_template_is_there_with_its_timeout_role_and_variables(aws: Running) -> None:
    written = {
        resource["Properties"]["FunctionName"]: resource["Properties"] for resource in _resources().values() if resource["Type"] == "AWS::Serverless::Function"
    }
    functions = {found["FunctionName"]: found for found in server.client("lambda", aws.endpoint).list_functions()["Functions"]}
    assert functions.keys() == written.keys()
    for name, properties in written.items():
        assert functions[name]["Timeout"] == properties["Timeout"]
        assert functions[name]["Handler"] == properties["Handler"]
        assert set(properties["Environment"]["Variables"]) <= set(functions[name]["Environment"]["Variables"])
    assert functions["slipway-apply"]["Environment"]["Variables"]["SLIPWAY_TABLE_NAME"] == aws.outputs["TableName"]
    assert len({found["Role"] for found in functions.values()}) == len(functions)


def test_the_state_machines_are_the_shipped_definitions_with_every_placeholder_filled_in(aws: Running) -> None:
    states = server.client("stepfunctions", aws.endpoint)
    for name in ("release", "deploy"):
        arn = aws.outputs[f"{name.title()}StateMachineArn"]
        definition = states.describe_state_machine(stateMachineArn=arn)["definition"]
        shipped = yaml.safe_load((ROOT / f"statemachines/{name}.asl.yaml").read_text())
        assert json.loads(definition)["States"].keys() == shipped["States"].keys()
        assert "${" not in definition


def _resources() -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        """CloudFormation's short intrinsics are of no interest here."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: suffix)
    found: dict[str, Any] = yaml.load(Path(ROOT / "template.yaml").read_text(), Loader=Loader)["Resources"]
    return found
