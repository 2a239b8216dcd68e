"""What a template may hold: everything is made or refused by name, nothing is passed over in silence."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.contract.aws.stacks import settings
from twin.aws import server
from twin.aws.stack import running
from twin.aws.template.errors import TemplateError

HEADER = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
"""


def write(folder: Path, text: str) -> Path:
    template = folder / "template.yaml"
    template.write_text(HEADER + dedent(text))
    return template


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("{Type: AWS::Kinesis::Stream}", "the twin can't make Odd (AWS::Kinesis::Stream)"),
        (
            "{Type: AWS::S3::Bucket, Properties: {BucketName: bucket, NotificationConfiguration: {}}}",
            "Odd (AWS::S3::Bucket): the twin doesn't support NotificationConfiguration",
        ),
        ("{Type: AWS::SNS::Topic, Properties: {TopicName: t, FifoTopic: true}}", "Odd (AWS::SNS::Topic): the twin doesn't support FifoTopic"),
        ("{Type: AWS::S3::Bucket, Properties: {BucketName: !ImportValue other}}", "Odd (AWS::S3::Bucket): Fn::ImportValue isn't supported by the twin"),
        ("{Type: AWS::S3::Bucket, Properties: {BucketName: !GetAtt Other.Colour}}", "!GetAtt Other.Colour: the twin doesn't know this attribute"),
        ("{Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Nobody}}", "!Ref Nobody: nothing has that name"),
        ("{Type: AWS::S3::Bucket, Properties: {BucketName: A}}", "Odd (AWS::S3::Bucket): An error occurred (InvalidBucketName)"),
        ("{Type: AWS::IAM::Role, Properties: {RoleName: r}}", "Odd (AWS::IAM::Role): property 'AssumeRolePolicyDocument' is missing"),
        ("{Type: AWS::Serverless::Function, Properties: {}}", "SAM refuses the template"),
        ("{Type: AWS::SNS::Topic, DependsOn: Odd}", "circle: Odd → Odd"),
    ],
    ids=["type", "property", "other property", "intrinsic", "attribute", "reference", "refused call", "missing property", "refused by SAM", "circle"],
)
def test_what_the_twin_cannot_make_is_named(tmp_path: Path, resource: str, told: str) -> None:
    template = write(tmp_path, f"Resources:\n  Other: {{Type: AWS::SNS::Topic}}\n  Odd: {resource}\n")
    with pytest.raises(TemplateError) as raised, running(settings(tmp_path, template)):
        pass
    assert told in str(raised.value)


def test_what_the_twin_has_nothing_of_is_refused_with_the_reason(tmp_path: Path) -> None:
    web_acl = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/slipway/0-1"
    told = r"Distribution \(AWS::CloudFront::Distribution\): nothing stands before the gateway, so leave WebAclArn empty"
    with pytest.raises(TemplateError, match=told), running(settings(tmp_path, WebAclArn=web_acl)):
        pass


def test_parameters_conditions_and_outputs_are_resolved(tmp_path: Path) -> None:
    template = write(
        tmp_path,
        """\
        Parameters:
          Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
        Conditions:
          IsProd: !Equals [!Ref Stage, prod]
          NotProd: !Not [!Condition IsProd]
        Mappings:
          Size: {prod: {megabytes: 512}}
        Resources:
          Always:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: !Sub ${AWS::StackName}-${Stage}
              DelaySeconds: !If [IsProd, 7, !Ref AWS::NoValue]
          Alarm: {Type: AWS::SNS::Topic, Condition: IsProd, Properties: {TopicName: alarm}}
          Never: {Type: AWS::SNS::Topic, Condition: NotProd, Properties: {TopicName: never}}
        Outputs:
          Queue: {Value: !GetAtt Always.Arn}
          Both: {Value: !Join [" ", [!Ref Alarm, !FindInMap [Size, !Ref Stage, megabytes]]]}
          Nothing: {Condition: NotProd, Value: !Ref Never}
        """,
    )
    with running(settings(tmp_path, template, Stage="prod")) as stack:
        assert stack.outputs == {
            "Queue": "arn:aws:sqs:us-east-1:123456789012:slipway-prod",
            "Both": "arn:aws:sns:us-east-1:123456789012:alarm 512",
        }
        assert json.loads((tmp_path / "state" / "outputs.json").read_text()) == stack.outputs
        sqs = server.client("sqs", stack.endpoint)
        attributes = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="slipway-prod")["QueueUrl"], AttributeNames=["DelaySeconds"])
        assert attributes["Attributes"] == {"DelaySeconds": "7"}
        assert [topic["TopicArn"] for topic in server.client("sns", stack.endpoint).list_topics()["Topics"]] == ["arn:aws:sns:us-east-1:123456789012:alarm"]


def test_a_definitions_substitution_without_a_value_is_named(tmp_path: Path) -> None:
    (tmp_path / "machine.asl.yaml").write_text("StartAt: Wait\nStates: {Wait: {Type: Task, Resource: '${Function}', End: true}}\n")
    template = write(
        tmp_path,
        """\
        Resources:
          Machine:
            Type: AWS::Serverless::StateMachine
            Properties:
              DefinitionUri: machine.asl.yaml
              DefinitionSubstitutions: {Misspelt: arn}
        """,
    )
    with pytest.raises(TemplateError, match=r"Machine .*no substitution for Function"), running(settings(tmp_path, template)):
        pass


def test_a_failed_start_leaves_no_stack_behind(tmp_path: Path) -> None:
    """The next one in this process gets the state and the ports to itself."""
    bad = write(tmp_path, "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n  Odd: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Nobody}}\n")
    with pytest.raises(TemplateError), running(settings(tmp_path, bad)):
        pass
    good = write(tmp_path, "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  Topic: {Value: !Ref Topic}\n")
    with running(settings(tmp_path, good)) as stack:
        topics = server.client("sns", stack.endpoint).list_topics()["Topics"]
        assert topics == [{"TopicArn": stack.outputs["Topic"]}]
