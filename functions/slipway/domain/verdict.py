"""The answer of a check: pass, fail or inconclusive, with evidence."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    PASS = "pass"  # nosec B105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """Couldn't tell. Never counted as a pass; each caller has its own rule for it."""


@dataclass(frozen=True)
class Verdict:
    """A result, one sentence that says why, and what was seen (small enough for a state's payload)."""

    result: Result
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.result is Result.PASS
