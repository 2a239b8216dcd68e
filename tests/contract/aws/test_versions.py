"""Versions and aliases of functions: an execution goes on with what it began with, whatever has been deployed since."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.aws.stacks import settings
from twin.aws import server
from twin.aws.stack import Running, running

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:telling"
PATIENCE_SECONDS = 20
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Said: {Type: AWS::SQS::Queue}
  Unread: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: []}
      Policies:
        - PolicyName: calls
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Said.Arn}
              - {Effect: Allow, Action: "lambda:InvokeFunction", Resource: !Sub "${Function.Arn}:*"}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      {CodeUri: code, Handler: telling.handler, Runtime: python3.13, FunctionName: telling, AutoPublishAlias: live, Environment: {Variables: {RELEASE: first}}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function.Alias, EventSourceArn: !GetAtt Unread.Arn}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: waiting
      Role: !GetAtt Role.Arn
      DefinitionUri: waiting.asl.yaml
      DefinitionSubstitutions: {FunctionArn: !Ref Function.Version, QueueUrl: !Ref Said}
Outputs:
  Said: {Value: !Ref Said}
  Machine: {Value: !Ref Machine}
  Version: {Value: !Ref Function.Version}
  Alias: {Value: !Ref Function.Alias}
"""
DEFINITION = """\
StartAt: Wait
States:
  Wait:
    Type: Task
    Resource: arn:aws:states:::sqs:sendMessage.waitForTaskToken
    Parameters: {QueueUrl: "${QueueUrl}", MessageBody: {token.$: $$.Task.Token}}
    Next: Call
  Call: {Type: Task, Resource: "${FunctionArn}", Next: Say}
  Say:
    Type: Task
    Resource: arn:aws:states:::sqs:sendMessage
    Parameters: {QueueUrl: "${QueueUrl}", MessageBody.$: $}
    End: true
"""
CODE = """\
import os

def handler(event, context):
    return {"release": os.environ["RELEASE"], "version": context.function_version}
"""


class Stack:
    """One whose function is published once, and anew by `upgrade`."""

    def __init__(self, stack: Running) -> None:
        self.outputs = stack.outputs
        self.functions, self.states, self.sqs = (server.client(service, stack.endpoint) for service in ("lambda", "stepfunctions", "sqs"))

    def upgrade(self) -> None:
        """In CloudFormation's order: the function, a version of it, the alias, the definition."""
        self.functions.update_function_configuration(FunctionName="telling", Environment={"Variables": {"RELEASE": "second"}})
        published = self.functions.publish_version(FunctionName="telling")
        self.functions.update_alias(FunctionName="telling", Name="live", FunctionVersion=published["Version"])
        machine = self.outputs["Machine"]
        definition = self.states.describe_state_machine(stateMachineArn=machine)["definition"]
        self.states.update_state_machine(stateMachineArn=machine, definition=definition.replace(self.outputs["Version"], published["FunctionArn"]))

    def begin(self) -> str:
        """An execution that waits now, by the token that it waits for."""
        self.states.start_execution(stateMachineArn=self.outputs["Machine"])
        return str(self.said()["token"])

    def go_on(self, token: str) -> Any:
        """What the function tells the execution."""
        self.states.send_task_success(taskToken=token, output="{}")
        return self.said()

    def said(self) -> Any:
        """The next message out of the queue."""
        [message] = self.sqs.receive_message(QueueUrl=self.outputs["Said"], WaitTimeSeconds=PATIENCE_SECONDS)["Messages"]
        self.sqs.delete_message(QueueUrl=self.outputs["Said"], ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    def call(self, function: str) -> Any:
        """Version and answer of an invocation."""
        answer = self.functions.invoke(FunctionName=function, Payload=b"{}")
        return answer["ExecutedVersion"], json.loads(answer["Payload"].read())


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "telling.py").write_text(CODE)
    (tmp_path / "waiting.asl.yaml").write_text(DEFINITION)
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    with running(settings(tmp_path, template)) as made:
        yield Stack(made)


@pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html")
def test_a_version_stays_as_it_was_published_and_an_alias_moves_on(stack: Stack) -> None:
    assert (stack.outputs["Version"], stack.outputs["Alias"]) == (f"{FUNCTION}:1", f"{FUNCTION}:live")
    stack.upgrade()
    first, second = ("1", {"release": "first", "version": "1"}), ("2", {"release": "second", "version": "2"})
    assert [stack.call(f"{FUNCTION}:{name}") for name in ("1", "live", "2")] == [first, second, second]
    assert stack.call("telling") == ("$LATEST", {"release": "second", "version": "$LATEST"})


@pytest.mark.behaviour("https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html")
def test_an_execution_that_waits_during_an_upgrade_goes_on_with_the_function_that_it_began_with(stack: Stack) -> None:
    waiting = stack.begin()
    stack.upgrade()
    later = stack.begin()
    assert stack.go_on(waiting) == {"release": "first", "version": "1"}
    assert stack.go_on(later) == {"release": "second", "version": "2"}


@pytest.mark.behaviour("https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html")
def test_what_reads_a_queue_for_an_alias_follows_it(stack: Stack) -> None:
    [mapping] = stack.functions.list_event_source_mappings()["EventSourceMappings"]
    assert mapping["FunctionArn"] == f"{FUNCTION}:live"
