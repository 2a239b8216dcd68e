"""Smoke checks: what a pod's answer must look like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from slipway.domain.environment import SmokeCheck
from slipway.domain.release import Release

_PLACEHOLDER = re.compile(r"\{\{\s*release\.(\w+)\s*\}\}")


@dataclass(frozen=True)
class Answer:
    """What a pod said. `status` is the HTTP status, 0 when there was no answer; `json` is None unless the body is a JSON object."""

    status: int
    json: Mapping[str, object] | None = None
    text: str = ""


def placeholders(text: str) -> set[str]:
    """The release's fields that `{{ release.<field> }}` names in an expectation."""
    return set(_PLACEHOLDER.findall(text))


def release_fields(release: Release) -> dict[str, str]:
    """What an expectation may name."""
    return {"version": release.version, "commit": release.commit, "digest": release.image_digest}


def fault(check: SmokeCheck, answer: Answer, release: Release) -> str:
    """What is wrong with the answer, in a few words; empty when it is as expected."""
    if answer.status != check.status:
        got = f"status {answer.status}" if answer.status else "no answer"
        return f"GET {check.path}: {got}, expected {check.status}" + (f" ({answer.text[:200]})" if answer.text else "")
    for name, expected in check.json.items():
        wanted = _render(expected, release_fields(release))
        if answer.json is None:
            return f"GET {check.path}: the body isn't a JSON object"
        if answer.json.get(name) != wanted:
            return f"GET {check.path}: {name} is {answer.json.get(name)!r}, expected {wanted!r}"
    return ""


def _render(expected: object, fields: Mapping[str, str]) -> object:
    return _PLACEHOLDER.sub(lambda match: fields[match[1]], expected) if isinstance(expected, str) else expected
