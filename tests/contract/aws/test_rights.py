"""IAM of the twin, on Slipway's own template: a function may do what its policies say, and nothing else."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.adapters.gate_reports import report_key
from slipway.adapters.s3 import stored
from tests.contract.aws.stacks import settings
from twin.aws import server
from twin.aws.rights.enforcement import FILE
from twin.aws.stack import Running, running

As = Callable[[str, str], Any]
PATIENCE_SECONDS = 60
DENIED = {"AccessDenied", "AccessDeniedException"}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="module")
def stack(state: Path) -> Iterator[Running]:
    with running(settings(state)) as stack:
        yield stack


@pytest.fixture
def as_function(stack: Running) -> As:
    """A client of a service, with the credentials of a function's role."""

    def client(function: str, service: str) -> Any:
        role = server.client("lambda", stack.endpoint).get_function_configuration(FunctionName=function)["Role"]
        given = server.client("sts", stack.endpoint).assume_role(RoleArn=role, RoleSessionName=function)["Credentials"]
        return server.client(service, stack.endpoint, access_key=given["AccessKeyId"])

    return client


def refused(call: Callable[[], object]) -> str:
    """What was said to a call that has to be refused."""
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] in DENIED
    return str(error.value.response["Error"]["Message"])


def table(stack: Running) -> str:
    return str(server.client("dynamodb", stack.endpoint).list_tables()["TableNames"][0])


def key(pk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": "META"}}


def test_a_role_does_what_its_policies_allow_and_hears_why_it_may_not(as_function: As, stack: Running, state: Path) -> None:
    dynamodb = as_function("slipway-tell", "dynamodb")
    dynamodb.put_item(TableName=table(stack), Item=key("BUDGET#one"))
    assert dynamodb.query(TableName=table(stack), KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "RUN#one"}})["Items"] == []
    said = refused(lambda: dynamodb.scan(TableName=table(stack)))
    assert "slipway-tell is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:us-east-1:123456789012:table/" in said
    used = [json.loads(line) for line in (state / "state" / FILE).read_text().splitlines()]
    assert {"dynamodb:PutItem", "dynamodb:Query"} <= {line["action"] for line in used} and "dynamodb:Scan" not in {line["action"] for line in used}


def test_only_the_keys_that_a_policy_names_can_be_reached_also_in_a_transaction(as_function: As, stack: Running) -> None:
    dynamodb, name = as_function("slipway-tell", "dynamodb"), table(stack)
    refused(lambda: dynamodb.put_item(TableName=name, Item=key("AUDIT#one")))
    refused(lambda: dynamodb.update_item(TableName=name, Key=key("ENV#one")))
    writes = [{"Put": {"TableName": name, "Item": key(pk)}} for pk in ("BUDGET#two", "AUDIT#two")]
    refused(lambda: dynamodb.transact_write_items(TransactItems=writes))
    assert "Item" not in dynamodb.get_item(TableName=name, Key=key("BUDGET#two"))


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("secretsmanager", lambda client: client.get_secret_value(SecretId="slipway-webhook")),
        ("s3", lambda client: client.get_object(Bucket="slipway-artifacts", Key="anything")),
        ("sts", lambda client: client.assume_role(RoleArn=f"arn:aws:iam::{server.ACCOUNT}:role/slipway-deploy-prod", RoleSessionName="tell")),
        ("stepfunctions", lambda client: client.start_execution(stateMachineArn=f"arn:aws:states:us-east-1:{server.ACCOUNT}:stateMachine:slipway-deploy")),
        ("lambda", lambda client: client.invoke(FunctionName="slipway-apply")),
        ("eks", lambda client: client.describe_cluster(name="slipway")),
        ("sns", lambda client: client.publish(TopicArn=f"arn:aws:sns:us-east-1:{server.ACCOUNT}:other", Message="x")),
        ("iam", lambda client: client.list_roles()),
    ],
)
def test_what_no_policy_allows_is_refused_in_every_protocol(as_function: As, service: str, call: Callable[[Any], object]) -> None:
    refused(lambda: call(as_function("slipway-tell", service)))


def test_who_may_not_list_a_bucket_is_not_told_that_a_key_is_missing(as_function: As, stack: Running) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    everybody, admit = server.client("s3", stack.endpoint), as_function("slipway-admit", "s3")
    bucket = stack.outputs["BundlesBucket"]
    never_built, built = (report_key("sample-app", commit, "audit") for commit in ("a" * 40, "b" * 40))
    everybody.put_object(Bucket=bucket, Key=built, Body=b"{}")
    assert admit.get_object(Bucket=bucket, Key=built)["Body"].read() == b"{}"
    refused(lambda: admit.get_object(Bucket=bucket, Key=never_built))
    with pytest.raises(ClientError, match="NoSuchKey"):
        everybody.get_object(Bucket=bucket, Key=never_built)
    assert (stored(admit, bucket, built), stored(admit, bucket, never_built)) == (b"{}", None)


def test_a_managed_policy_counts_like_one_of_the_roles_own(as_function: As, stack: Running) -> None:
    dynamodb, name = as_function("slipway-tell", "dynamodb"), table(stack)
    iam, role = server.client("iam", stack.endpoint), as_function("slipway-tell", "sts").get_caller_identity()["Arn"].split("/")[1]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["dynamodb:GetItem"], "Resource": "*"}]}
    policy = iam.create_policy(PolicyName="no-reading", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    refused(lambda: dynamodb.get_item(TableName=name, Key=key("RUN#one")))
    iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    assert "Item" not in dynamodb.get_item(TableName=name, Key=key("RUN#one"))


def test_everybody_may_ask_who_they_are(as_function: As) -> None:
    assert ":assumed-role/slipway-Tell" in as_function("slipway-tell", "sts").get_caller_identity()["Arn"]


def test_people_and_the_twin_itself_go_on_as_before(stack: Running) -> None:
    assert server.client("dynamodb", stack.endpoint).scan(TableName=table(stack))["Count"] >= 0


def test_a_state_machine_calls_what_its_policies_name_and_nothing_else(stack: Running, state: Path) -> None:
    """A machine with the role of `rollback`, which chooses a target and deploys nothing by itself."""
    role = "slipway-RollbackStateMachineRole"
    for function in ("choose-target", "apply"):
        arn = f"arn:aws:lambda:us-east-1:{server.ACCOUNT}:function:slipway-{function}:1"
        ended = execution(stack, f"arn:aws:iam::{server.ACCOUNT}:role/{role}", arn)
        refusal = f"assumed-role/{role}/states is not authorized to perform: lambda:InvokeFunction on resource: {arn} "
        assert (refusal in ended.get("cause", "")) == (function == "apply"), ended
        noted = {"role": role, "action": "lambda:InvokeFunction", "resource": arn}
        assert (noted in [json.loads(line) for line in (state / "state" / FILE).read_text().splitlines()]) == (function == "choose-target")


def execution(stack: Running, role: str, function: str) -> dict[str, Any]:
    """Of a state machine that only calls that function: how it ended."""
    states = server.client("stepfunctions", stack.endpoint)
    definition = {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": function, "End": True}}}
    machine = states.create_state_machine(name=f"calls-{function.split(':')[6]}", definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
    while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline, "the execution doesn't end"
        pause.wait(0.1)
    return dict(found)
