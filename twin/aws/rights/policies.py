"""What policies say to a request: a Deny wins, an Allow is needed.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from twin.aws.rights.permissions import Permission

Document = Mapping[str, Any]


class UnknownPolicy(ValueError):
    """A statement has something that the twin can't judge; the message names it."""


def allows(documents: Iterable[Document], permission: Permission) -> bool:
    """UnknownPolicy when a statement about this action can't be judged."""
    effects = {statement["Effect"] for document in documents for statement in _listed(document["Statement"]) if _applies(statement, permission)}
    return effects == {"Allow"}


def _applies(statement: Mapping[str, Any], permission: Permission) -> bool:
    if unknown := {"NotAction", "NotResource", "NotPrincipal"} & set(statement):
        raise UnknownPolicy(f"{', '.join(sorted(unknown))} in a statement")
    return (
        any(_matches(action, permission.action, ignore_case=True) for action in _listed(statement["Action"]))
        and any(_matches(resource, permission.resource) for resource in _listed(statement["Resource"]))
        and all(_holds(operator, key, _listed(wanted), permission) for operator, keys in statement.get("Condition", {}).items() for key, wanted in keys.items())
    )


def _holds(operator: str, key: str, wanted: Sequence[str], permission: Permission) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
    values = permission.context.get(key)
    match operator:
        case "StringEquals":
            return values is not None and all(value in wanted for value in values)
        case "ForAllValues:StringLike":  # true, too, when the request has no such key
            return all(any(_matches(pattern, value) for pattern in wanted) for value in values or ())
    raise UnknownPolicy(f"the condition {operator} {key}")


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """`*` stands for any characters, `?` for one."""
    return bool(_expression(pattern, ignore_case).fullmatch(text))


@lru_cache(maxsize=1024)
def _expression(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
