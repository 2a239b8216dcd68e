"""Durations as people write them: `90s`, `30m`, `24h`, `7d`."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHORTEST_APPROVAL, LONGEST_APPROVAL = 60, 7 * 86400
"""Seconds: a function's time to send the mails, and a week, after which a plan says little about what it would change."""
LONGEST_WAIT = 30 * 86400
"""Seconds that a release may have to run somewhere else first."""


def seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]


def _between(least: str, most: str) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if not re.fullmatch(r"[1-9][0-9]{0,5}[smhd]", text):
            raise ValueError("a duration is a whole number and a unit, such as 90s, 30m, 24h or 7d")
        if not seconds(least) <= seconds(text) <= seconds(most):
            raise ValueError(f"at least {least} and at most {most}")
        return text

    return checked


ToDecide = Annotated[str, AfterValidator(_between(f"{SHORTEST_APPROVAL}s", f"{LONGEST_APPROVAL // 86400}d"))]
ToRun = Annotated[str, AfterValidator(_between("1s", f"{LONGEST_WAIT // 86400}d"))]
