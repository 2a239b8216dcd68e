"""The template's queues, alarms and rights for telling people."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml


class _Plain(yaml.SafeLoader):
    """Reads `!Ref X`, `!GetAtt X.Arn` and `!Sub X` as their text."""


_Plain.add_multi_constructor("!", lambda loader, suffix, node: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None)
RESOURCES: dict[str, Any] = yaml.load(Path("template.yaml").read_text(), Loader=_Plain)["Resources"]
FUNCTIONS = {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == "AWS::Serverless::Function"}


def statements(function: str, prefix: str) -> list[dict[str, Any]]:
    found = [policy["Statement"][0] for policy in FUNCTIONS[function].get("Policies", []) if isinstance(policy, dict)]
    return [statement for statement in found if any(action.startswith(prefix) for action in statement["Action"])]


def steps_source(handler: str) -> str:
    """The source of the entry point and, where it has one, of the step of its name."""
    name = handler.split(".")[-2]
    files = [Path("functions") / f"{handler.rpartition('.')[0].replace('.', '/')}.py", Path(f"functions/slipway/steps/{name}.py")]
    return "".join(file.read_text() for file in files if file.exists())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_knows_the_queue_may_send_to_it_and_only_to_it(function: str) -> None:
    variables = FUNCTIONS[function]["Environment"]["Variables"]
    sending = [statement for statement in statements(function, "sqs:") if "sqs:SendMessage" in statement["Action"]]
    assert [statement["Resource"] for statement in sending] == (["NoticesQueue.Arn"] if "SLIPWAY_NOTICES_QUEUE_URL" in variables else [])
    assert variables.get("SLIPWAY_NOTICES_QUEUE_URL", "NoticesQueue") == "NoticesQueue"


def test_every_function_that_writes_timelines_of_runs_and_deployments_knows_the_queue() -> None:
    """`build_finished` writes a release's timeline only, of which nobody is told; `tell` only reads."""
    writing = {name for name, properties in FUNCTIONS.items() if "timeline=platform.timeline" in steps_source(properties["Handler"])}
    knowing = {name for name, properties in FUNCTIONS.items() if "SLIPWAY_NOTICES_QUEUE_URL" in properties["Environment"]["Variables"]}
    assert writing - {"BuildFinishedFunction", "TellFunction"} <= knowing
    assert len(writing) > 10


def test_tell_has_its_queue_its_topic_and_its_own_part_of_the_table_and_nothing_else_of_them() -> None:
    assert [statement["Resource"] for statement in statements("TellFunction", "sns:")] == ["EventsTopic"]
    assert [(statement["Action"], statement["Resource"]) for statement in statements("TellFunction", "sqs:")] == [
        (["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], "NoticesQueue.Arn")
    ]
    writing = [statement for statement in statements("TellFunction", "dynamodb:") if "dynamodb:PutItem" in statement["Action"]]
    assert [statement["Condition"] for statement in writing] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["BUDGET#*", "DEPLOYMENT#*", "RUN#*", "STATUS#*"]}}
    ]


def test_a_message_is_hidden_for_longer_than_the_function_may_run_and_comes_again_for_hours() -> None:
    queue = RESOURCES["NoticesQueue"]["Properties"]
    assert queue["VisibilityTimeout"] >= FUNCTIONS["TellFunction"]["Timeout"]
    assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] >= 4 * 3600
    assert RESOURCES["UntoldQueue"]["Properties"]["MessageRetentionPeriod"] == 14 * 86400


def test_metrics_of_slipways_own_that_alarms_look_at_are_made_somewhere() -> None:
    text = json.dumps([resource["Properties"] for resource in RESOURCES.values() if resource["Type"] == "AWS::CloudWatch::Alarm"])
    asked = set(re.findall(r'"Namespace": "Slipway", "MetricName": "(\w+)"', text))
    made = {name for path in Path("functions/slipway/handlers").glob("*.py") for name in re.findall(r'add_metric\(name="(\w+)"', path.read_text())}
    assert {"NeedsAttention", "RunsDeclined"} <= asked <= made


def test_the_alarms_look_at_what_is_there_and_tell_the_topic() -> None:
    alarms = {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == "AWS::CloudWatch::Alarm"}
    assert {"NeedsAttentionAlarm", "UntoldAlarm"} <= set(alarms)
    assert all(alarm["AlarmActions"] == ["EventsTopic"] for alarm in alarms.values())
    assert {name for name, alarm in alarms.items() if alarm["TreatMissingData"] != "notBreaching"} == {"SweepMissingAlarm"}
    assert alarms["UntoldAlarm"]["Dimensions"] == [{"Name": "QueueName", "Value": "UntoldQueue.QueueName"}]
    variables = yaml.load(Path("template.yaml").read_text(), Loader=_Plain)["Globals"]["Function"]["Environment"]["Variables"]
    attention = alarms["NeedsAttentionAlarm"]
    assert (attention["Namespace"], attention["Dimensions"]) == (
        variables["POWERTOOLS_METRICS_NAMESPACE"],
        [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}],
    )
