"""What `template.yaml` and `slipway.yaml` ask for is there, as AWS's own APIs tell it."""

import base64
import json
import re
import socket
import string
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlparse

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.contract.aws.stacks import CERTIFICATE_AUTHORITY, KUBERNETES_ENDPOINT, SLIPWAYS_TEMPLATE
from twin.aws import server
from twin.aws.stack import ROOT, Running
from twin.aws.template.definition import read_definition

TEMPLATE: Mapping[str, Any] = yaml_parse(SLIPWAYS_TEMPLATE.read_text())
FUNCTIONS = {
    resource["Properties"]["FunctionName"]: resource["Properties"]
    for resource in TEMPLATE["Resources"].values()
    if resource["Type"] == "AWS::Serverless::Function"
}
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def client(stack: Running) -> Client:
    return lambda service: server.client(service, stack.endpoint)


def test_the_table_has_its_keys_its_time_to_live_and_its_safeguards(stack: Running, client: Client) -> None:
    dynamodb, name = client("dynamodb"), stack.outputs["TableName"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    assert (table["BillingModeSummary"]["BillingMode"], table["SSEDescription"]["Status"]) == ("PAY_PER_REQUEST", "ENABLED")
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert table["DeletionProtectionEnabled"] is True
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_bucket_is_versioned_encrypted_and_closed(stack: Running, client: Client) -> None:
    s3, bucket = client("s3"), stack.outputs["BundlesBucket"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert (rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], rule["BucketKeyEnabled"]) == ("aws:kms", True)
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}


def test_a_condition_of_the_buckets_policy_shuts_nobody_out_who_meets_it(stack: Running, client: Client) -> None:
    client("s3").put_object(Bucket=stack.outputs["BundlesBucket"], Key="bundles/one", Body=b"bytes")
    assert client("s3").get_object(Bucket=stack.outputs["BundlesBucket"], Key="bundles/one")["Body"].read() == b"bytes"


def test_the_webhooks_secret_is_long_and_random(stack: Running, client: Client) -> None:
    secret = client("secretsmanager").get_secret_value(SecretId=stack.outputs["WebhookSecretArn"])["SecretString"]
    assert len(secret) == 64
    assert set(secret) <= set(string.ascii_letters + string.digits)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_has_what_the_template_says(name: str, client: Client) -> None:
    wanted = FUNCTIONS[name]
    made = client("lambda").get_function_configuration(FunctionName=name)
    assert (made["Handler"], made["Timeout"], made["MemorySize"]) == (wanted["Handler"], wanted["Timeout"], wanted["MemorySize"])
    assert made["Runtime"] == TEMPLATE["Globals"]["Function"]["Runtime"]
    variables = made["Environment"]["Variables"]
    assert set(variables) == {*TEMPLATE["Globals"]["Function"]["Environment"]["Variables"], *wanted["Environment"]["Variables"]}
    assert all(isinstance(value, str) and value and "${" not in value for value in variables.values())
    role = made["Role"].split("/")[-1]
    assert client("iam").list_role_policies(RoleName=role)["PolicyNames"]


def test_no_function_shares_its_role(client: Client) -> None:
    roles = [function["Role"] for function in client("lambda").list_functions()["Functions"]]
    assert len(set(roles)) == len(roles) == len(FUNCTIONS)


def test_variables_point_at_what_was_made(stack: Running, client: Client) -> None:
    variables = client("lambda").get_function_configuration(FunctionName="slipway-webhook")["Environment"]["Variables"]
    assert variables["SLIPWAY_TABLE_NAME"] == stack.outputs["TableName"]
    assert variables["SLIPWAY_WEBHOOK_SECRET_ARN"] == stack.outputs["WebhookSecretArn"]
    assert variables["SLIPWAY_RELEASE_STATE_MACHINE_ARN"] == stack.outputs["ReleaseStateMachineArn"]


@pytest.mark.parametrize("output", ["ReleaseStateMachineArn", "DeployStateMachineArn"])
def test_a_state_machine_calls_only_what_was_made(output: str, stack: Running, client: Client) -> None:
    machine = client("stepfunctions").describe_state_machine(stateMachineArn=stack.outputs[output])
    assert (machine["type"], "${" in machine["definition"]) == ("STANDARD", False)
    shipped = read_definition(ROOT / "statemachines" / f"{machine['name'].removeprefix('slipway-')}.asl.yaml")
    assert json.loads(machine["definition"])["States"].keys() == shipped["States"].keys()
    called = set(re.findall(r'"(arn:aws:lambda:[^"]+)"', machine["definition"]))
    made = {function["FunctionArn"] for function in client("lambda").list_functions(FunctionVersion="ALL")["Functions"] if function["Version"] != "$LATEST"}
    assert called and called <= made
    nested = set(re.findall(r'"(arn:aws:states:us-east-1:[^"]+)"', machine["definition"]))
    assert nested == ({stack.outputs["DeployStateMachineArn"]} if output == "ReleaseStateMachineArn" else set())


def test_the_end_of_a_build_goes_to_its_function(client: Client) -> None:
    events, functions = client("events"), client("lambda")
    wanted = FUNCTIONS["slipway-build-finished"]["Events"]["BuildStateChange"]["Properties"]
    arn = functions.get_alias(FunctionName="slipway-build-finished", Name="live")["AliasArn"]
    [rule] = [events.describe_rule(Name=name) for name in events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]]
    assert (json.loads(rule["EventPattern"]), rule["State"]) == (wanted["Pattern"], "ENABLED")
    [target] = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert (target["Arn"], target["InputPath"]) == (arn, wanted["InputPath"])


def test_the_build_project_knows_bucket_registry_and_role(stack: Running, client: Client) -> None:
    [project] = client("codebuild").batch_get_projects(names=["slipway-build"])["projects"]
    variables = {variable["name"]: variable["value"] for variable in project["environment"]["environmentVariables"]}
    assert variables["BUNDLES_BUCKET"] == stack.outputs["BundlesBucket"]
    assert variables["REGISTRY"] == f"{stack.account}.dkr.ecr.{stack.region}.amazonaws.com"
    assert project["source"]["location"] == f"{stack.outputs['BundlesBucket']}/platform/build.zip"
    assert client("iam").get_role(RoleName=project["serviceRole"].split("/")[-1])["Role"]["Arn"] == project["serviceRole"]


def test_what_terraform_owns_is_there_too(client: Client) -> None:
    cluster = client("eks").describe_cluster(name="slipway")["cluster"]
    assert (cluster["endpoint"], base64.b64decode(cluster["certificateAuthority"]["data"]).decode()) == (KUBERNETES_ENDPOINT, CERTIFICATE_AUTHORITY)
    assert client("iam").get_role(RoleName="slipway-environment-dev")["Role"]
    [repository] = client("ecr").describe_repositories(repositoryNames=["sample-app"])["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"


def test_every_output_is_a_plain_value(stack: Running) -> None:
    assert set(stack.outputs) == {name for name, output in TEMPLATE["Outputs"].items() if "Condition" not in output}
    assert stack.outputs["WebhookUrl"] == f"{stack.gateway}/webhooks/github"
    assert not any("${" in value or "{'" in value for value in stack.outputs.values())


def test_nothing_listens_on_all_addresses_of_the_machine(stack: Running) -> None:
    """127.0.0.2 is another of them: a server on all addresses would answer there."""
    for url in (stack.endpoint, stack.gateway, stack.mailbox):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", urlparse(url).port or 0), timeout=5)
