"""CloudFormation's intrinsic functions as the twin resolves them."""

from typing import Any

import pytest

from twin.aws.stack import ROOT
from twin.aws.template.errors import TemplateError
from twin.aws.template.intrinsics import Scope, references, resolve
from twin.aws.template.source import read_source
from twin.aws.template.translation import translate

SCOPE = Scope(
    values={"AWS::Region": "us-east-1", "Name": "sample", "List": ["a", "b"], "Bucket": "bundles", "Odd": "a${!b}"},
    attributes={"Bucket.Arn": "arn:aws:s3:::bundles", "Table.Stream.Arn": "arn:stream"},
    conditions={"Yes": {"Fn::Equals": [{"Ref": "Name"}, "sample"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
    mappings={"Size": {"dev": {"megabytes": 256}}},
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"Ref": "Bucket"}, "bundles"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::bundles"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "arn:aws:s3:::bundles"),
        ({"Fn::GetAtt": "Table.Stream.Arn"}, "arn:stream"),
        ({"Fn::Sub": "${Bucket.Arn}/${Name}/*"}, "arn:aws:s3:::bundles/sample/*"),
        ({"Fn::Sub": "${AWS::Region} ${!Literal}"}, "us-east-1 ${Literal}"),
        ({"Fn::Sub": ["${Name}-${Own}", {"Own": {"Ref": "Bucket"}}]}, "sample-bundles"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Name"}, 7]]}, "a/sample/7"),
        ({"Fn::Join": ["/", {"Ref": "List"}]}, "a/b"),
        ({"Fn::Select": ["1", {"Ref": "List"}]}, "b"),
        ({"Fn::Select": [2, {"Fn::Split": ["-", "a-b-c"]}]}, "c"),
        ({"Fn::If": ["Yes", {"Ref": "Name"}, {"Ref": "Nobody"}]}, "sample"),
        ({"Fn::If": ["No", {"Ref": "Nobody"}, "other"]}, "other"),
        ({"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]}, False),
        ({"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]}, True),
        ({"Fn::FindInMap": ["Size", "dev", "megabytes"]}, 256),
        ({"Fn::Base64": {"Ref": "Name"}}, "c2FtcGxl"),
        ({"Fn::ToJsonString": {"name": {"Ref": "Name"}}}, '{"name": "sample"}'),
        ({"Fn::GetAZs": ""}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, None),
        ({"Condition": {"StringEquals": {"key": {"Ref": "Name"}}}}, {"Condition": {"StringEquals": {"key": "sample"}}}),
        ({"Ref": "Name", "and": "more"}, {"Ref": "Name", "and": "more"}),
    ],
    ids=str,
)
def test_a_function_is_replaced_by_its_value(written: Any, value: Any) -> None:
    """In the place of a property, where a missing value takes the property away."""
    assert resolve({"Property": written}, SCOPE) == ({} if value is None else {"Property": value})


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"Ref": "Nobody"}, "!Ref Nobody: nothing has that name"),
        ({"Fn::Sub": "a ${Nobody}"}, "!Ref Nobody: nothing has that name"),
        ({"Fn::GetAtt": ["Bucket", "Colour"]}, "!GetAtt Bucket.Colour: the twin doesn't know this attribute"),
        ({"Fn::ImportValue": "other"}, "Fn::ImportValue isn't supported by the twin"),
        ({"Fn::If": ["Maybe", 1, 2]}, "there is no condition Maybe"),
        ({"Fn::FindInMap": ["Size", "prod", "megabytes"]}, "mapping Size has no prod/megabytes"),
        ({"Fn::Select": [2, {"Ref": "List"}]}, "!Select 2: the list has 2 items"),
    ],
    ids=str,
)
def test_what_cannot_be_resolved_is_named(written: Any, told: str) -> None:
    with pytest.raises(TemplateError) as raised:
        resolve(written, SCOPE)
    assert str(raised.value) == told


def test_references_are_found_wherever_they_stand() -> None:
    written = [
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "Arn"]},
        {"Fn::GetAtt": "C.Arn"},
        {"Fn::Sub": "${D}/${E.Arn}/${!F}"},
        {"Fn::Sub": ["${G}", {"own": {"Ref": "H"}}]},
        {"Fn::Join": ["", [{"Fn::If": ["I", {"Ref": "J"}, 1]}]]},
    ]
    assert references(written) == set("ABCDEGHJ")


def test_slipways_own_template_uses_only_functions_that_are_tested_here() -> None:
    translation = translate(read_source(ROOT / "template.yaml", {"MailFrom": "slipway@example.com"}), region="us-east-1")
    used = {name for resource in translation.resources for name in _functions(dict(resource.properties))} | _functions(dict(translation.outputs))
    tested = {name for case in _tested() for name in _functions(case)}
    assert {"Ref", "Fn::GetAtt", "Fn::Sub"} <= used <= tested


def _tested() -> list[Any]:
    [mark] = [mark for mark in test_a_function_is_replaced_by_its_value.pytestmark if mark.name == "parametrize"]
    return [written for written, _ in mark.args[1]]


def _functions(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for item in value for name in _functions(item)}
    if not isinstance(value, dict):
        return set()
    own = {name for name in value if name == "Ref" or name.startswith("Fn::")} if len(value) == 1 else set()
    return own | {name for item in value.values() for name in _functions(item)}
