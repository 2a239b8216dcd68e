"""Parameters of a template: their values, what each may be, and the rules about several of them.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html. Left out: lengths and bounds, what AWS-specific types have to
name, and the functions that only rules have (a clear error).
"""

import re
from collections.abc import Mapping
from typing import Any

from twin.aws.template.errors import TemplateError
from twin.aws.template.intrinsics import Scope, resolve


def parameter_values(template: Mapping[str, Any], given: Mapping[str, str]) -> Mapping[str, Any]:
    """A value for each parameter. TemplateError for an unknown, a missing and a forbidden one, and for a rule that doesn't hold."""
    declared = template.get("Parameters", {})
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}; it has {', '.join(sorted(declared)) or 'none'}")
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        if name not in given and "Default" not in parameter:
            raise TemplateError(f"parameter {name} needs a value: {parameter.get('Description') or parameter['Type']}")
        value = str(given.get(name, parameter.get("Default")))
        items = value.split(",") if (is_list := parameter["Type"].startswith(("List<", "CommaDelimitedList"))) else [value]
        for item in items:
            _check(name, item, parameter)
        values[name] = items if is_list else value
    _check_rules(template.get("Rules", {}), Scope(values))
    return values


def _check(name: str, value: str, parameter: Mapping[str, Any]) -> None:
    if (allowed := parameter.get("AllowedValues")) and value not in map(str, allowed):
        raise TemplateError(f"parameter {name} can't be {value!r}; allowed: {', '.join(map(str, allowed))}")
    if (pattern := parameter.get("AllowedPattern")) and not re.fullmatch(pattern, value):
        raise TemplateError(f"parameter {name} can't be {value!r}; it has to be {parameter.get('ConstraintDescription', pattern)}")


def _check_rules(rules: Mapping[str, Any], scope: Scope) -> None:
    for name, rule in rules.items():
        if "RuleCondition" in rule and not resolve(rule["RuleCondition"], scope):
            continue
        for assertion in rule["Assertions"]:
            if not resolve(assertion["Assert"], scope):
                raise TemplateError(f"rule {name}: {assertion.get('AssertDescription', 'it does not hold')}")
