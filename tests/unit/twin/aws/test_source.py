"""Reading a template: parameters, definitions, and what is wrong with it in one line."""

from pathlib import Path

import pytest

from twin.aws.template.definition import read_definition, substituted
from twin.aws.template.errors import TemplateError
from twin.aws.template.source import Source, read_source

RESOURCES = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"


def read(folder: Path, text: str, **parameters: str) -> Source:
    template = folder / "template.yaml"
    template.write_text(text)
    return read_source(template, parameters)


def test_parameters_get_given_values_defaults_and_lists(tmp_path: Path) -> None:
    text = "Parameters: {A: {Type: String}, B: {Type: Number, Default: 7}, C: {Type: CommaDelimitedList, Default: 'x,y'}}\n" + RESOURCES
    assert read(tmp_path, text, A="given").parameters == {"A": "given", "B": "7", "C": ["x", "y"]}


@pytest.mark.parametrize(
    ("text", "given", "told"),
    [
        ("Parameters: {A: {Type: String}}\n" + RESOURCES, {}, "parameter A needs a value"),
        ("Parameters: {A: {Type: String}}\n" + RESOURCES, {"B": "1"}, "the template has no parameter B; it has A"),
        ("Parameters: {A: {Type: String, AllowedValues: [x, y]}}\n" + RESOURCES, {"A": "z"}, "parameter A can't be 'z'; allowed: x, y"),
        ("Description: nothing\n", {}, "not a template, it has no Resources"),
        ("Resources: {unclosed\n", {}, "template.yaml: not YAML"),
        (
            "Resources: {A: {Type: AWS::Serverless::Function, Properties: {CodeUri: a/}}, B: {Type: AWS::Serverless::Function, Properties: {CodeUri: b/}}}\n",
            {},
            "functions come from more than one folder (a/, b/)",
        ),
        (
            "Resources: {A: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: missing.asl.yaml}}}\n",
            {},
            "state machine definition missing.asl.yaml: ",
        ),
    ],
    ids=["no value", "unknown parameter", "forbidden value", "no template", "no YAML", "two folders", "no definition"],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, given: dict[str, str], told: str) -> None:
    with pytest.raises(TemplateError) as raised:
        read(tmp_path, text, **given)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", ["States: {unclosed", "- a list"])
def test_a_definition_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "machine.asl.yaml").write_text(content)
    with pytest.raises(TemplateError, match=r"^state machine definition machine\.asl\.yaml: [^\n]+$"):
        read(tmp_path, "Resources: {A: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: machine.asl.yaml}}}\n")


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"nowhere\.yaml: there is no such template"):
        read_source(tmp_path / "nowhere.yaml", {})


def test_code_is_taken_out_and_its_folder_kept(tmp_path: Path) -> None:
    source = read(tmp_path, "Globals: {Function: {CodeUri: functions/}}\n" + RESOURCES)
    assert source.code == tmp_path / "functions"
    assert source.template["Globals"]["Function"]["CodeUri"].startswith("s3://")


def test_a_definition_is_inlined_and_its_names_are_substituted(tmp_path: Path) -> None:
    (tmp_path / "machine.asl.yaml").write_text("StartAt: A\nStates: {A: {Type: Task, Resource: '${FunctionArn}', Comment: '$.kept ${N}', End: true}}\n")
    source = read(tmp_path, "Resources: {A: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: machine.asl.yaml}}}\n")
    inlined = source.template["Resources"]["A"]["Properties"]["Definition"]
    assert inlined == read_definition(tmp_path / "machine.asl.yaml")
    assert substituted(inlined, {"FunctionArn": "arn", "N": "7"})["States"]["A"] == {"Type": "Task", "Resource": "arn", "Comment": "$.kept 7", "End": True}
    with pytest.raises(ValueError, match="no substitution for FunctionArn, N"):
        substituted(inlined, {})
