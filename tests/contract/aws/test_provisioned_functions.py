"""What a template may say about how its functions are invoked: made as it says, or refused by name."""

import json
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.contract.aws.stacks import settings
from twin.aws import server
from twin.aws.stack import running
from twin.aws.template.errors import TemplateError

FUNCTION = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      {CodeUri: code, Handler: failing.handler, Runtime: python3.13, FunctionName: failing, %s}
"""
PATIENCE_SECONDS = 20


def write(folder: Path, properties: str, resources: str = "") -> Path:
    (folder / "code").mkdir()
    (folder / "code" / "failing.py").write_text("def handler(event, context):\n    raise LookupError('no such thing')\n")
    template = folder / "template.yaml"
    template.write_text(FUNCTION % properties + indent(dedent(resources), "  "))
    return template


@pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html")
def test_a_failed_event_ends_in_the_templates_queues(tmp_path: Path) -> None:
    configuration = "EventInvokeConfig: {MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}"
    template = write(tmp_path, f"DeadLetterQueue: {{Type: SQS, TargetArn: !GetAtt Queue.Arn}}, {configuration}", "Failed: {Type: AWS::SQS::Queue}\n")
    with running(settings(tmp_path, template)) as stack:
        sqs = server.client("sqs", stack.endpoint)
        server.client("lambda", stack.endpoint).invoke(FunctionName="failing", InvocationType="Event", Payload=b'{"number": 1}')
        [record], [letter] = (
            sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageAttributeNames=["All"], WaitTimeSeconds=PATIENCE_SECONDS)[
                "Messages"
            ]
            for name in ("slipway-Failed", "slipway-Queue")
        )
    told = json.loads(record["Body"])
    assert (told["requestContext"]["approximateInvokeCount"], told["requestPayload"]) == (1, {"number": 1})
    assert told["responsePayload"]["errorType"] == "LookupError"
    assert (letter["Body"], letter["MessageAttributes"]["ErrorMessage"]["StringValue"]) == ('{"number": 1}', "no such thing")
    request_id = letter["MessageAttributes"]["RequestID"]["StringValue"]
    assert request_id == told["requestContext"]["requestId"]
    assert f"START RequestId: {request_id}" in (tmp_path / "state" / "logs" / "functions" / "failing.log").read_text()


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        (
            "DeadLetterQueue: {Type: SNS, TargetArn: 'arn:aws:sns:us-east-1:123456789012:t'}",
            "Function (AWS::Lambda::Function): DeadLetterConfig: the twin's Lambda sends to standard queues of SQS only, not to arn:aws:sns:",
        ),
        (
            "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: EventBridge, Destination: 'arn:aws:events:us-east-1:123456789012:event-bus/b'}}}",
            "DestinationConfig.OnFailure: the twin's Lambda sends to standard queues of SQS only, not to arn:aws:events:",
        ),
        (
            "EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: Lambda, Destination: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}}",
            "DestinationConfig.OnSuccess: the twin's Lambda sends to standard queues of SQS only, not to arn:aws:lambda:",
        ),
        (
            "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: 'arn:aws:sqs:us-east-1:123456789012:q.fifo'}}}",
            "DestinationConfig.OnFailure: the twin's Lambda sends to standard queues of SQS only, not to arn:aws:sqs:us-east-1:123456789012:q.fifo",
        ),
    ],
    ids=["dead letters", "event bus", "function", "FIFO queue"],
)
def test_other_destinations_than_queues_are_refused(tmp_path: Path, properties: str, told: str) -> None:
    with pytest.raises(TemplateError) as raised, running(settings(tmp_path, write(tmp_path, properties))):
        pass
    assert told in str(raised.value)


def test_a_configuration_of_a_version_that_isnt_there_is_refused(tmp_path: Path) -> None:
    resource = "Other: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Function, Qualifier: '1'}}\n"
    with (
        pytest.raises(TemplateError, match=r"Other .*ResourceNotFoundException.*function:failing:1"),
        running(settings(tmp_path, write(tmp_path, "Timeout: 3", resource))),
    ):
        pass


def test_a_stream_as_the_source_of_events_is_refused(tmp_path: Path) -> None:
    """moto would take the mapping and call the function inside of the request that writes to the table."""
    resources = """\
        Table:
          Type: AWS::DynamoDB::Table
          Properties:
            BillingMode: PAY_PER_REQUEST
            AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
            KeySchema: [{AttributeName: pk, KeyType: HASH}]
            StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
        Mapping:
          Type: AWS::Lambda::EventSourceMapping
          Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Table.StreamArn, StartingPosition: LATEST}
        """
    with pytest.raises(TemplateError) as raised, running(settings(tmp_path, write(tmp_path, "Timeout: 3", resources))):
        pass
    source = "arn:aws:dynamodb:us-east-1:123456789012:table/slipway-Table/stream/"
    assert str(raised.value).startswith(
        f"Mapping (AWS::Lambda::EventSourceMapping): EventSourceArn: the twin's functions get events from SQS queues only, not from {source}"
    )
