"""A template's parameters get values, or the template is refused with a sentence."""

from typing import Any

import pytest

from twin.aws.template.errors import TemplateError
from twin.aws.template.parameters import parameter_values

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters"},
        "Colours": {"Type": "CommaDelimitedList", "Default": "red,blue", "AllowedPattern": "[a-z]+"},
        "Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]},
    },
    "Rules": {
        "ProdHasItsName": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Name"}, "slipway"]}, "AssertDescription": "prod is named slipway"}],
        }
    },
}


def test_a_value_is_what_was_given_or_the_default_and_a_list_has_its_items() -> None:
    assert parameter_values(TEMPLATE, {"Name": "a"}) == {"Name": "a", "Colours": ["red", "blue"], "Stage": "dev"}


def test_a_rule_is_asked_only_where_its_condition_holds() -> None:
    assert parameter_values(TEMPLATE, {"Name": "slipway", "Stage": "prod"})["Stage"] == "prod"
    with pytest.raises(TemplateError, match="rule ProdHasItsName: prod is named slipway"):
        parameter_values(TEMPLATE, {"Name": "other", "Stage": "prod"})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "parameter Name needs a value: String"),
        ({"Name": "A"}, "parameter Name can't be 'A'; it has to be small letters"),
        ({"Name": "a", "Colours": "red,Blue"}, "parameter Colours can't be 'Blue'; it has to be [a-z]+"),
        ({"Name": "a", "Stage": "test"}, "parameter Stage can't be 'test'; allowed: dev, prod"),
        ({"Name": "a", "Nam": "b"}, "the template has no parameter Nam; it has Colours, Name, Stage"),
    ],
)
def test_a_wrong_value_is_refused_in_words(given: dict[str, str], told: str) -> None:
    with pytest.raises(TemplateError) as raised:
        parameter_values(TEMPLATE, given)
    assert str(raised.value) == told
