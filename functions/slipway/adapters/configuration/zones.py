"""Time zones by their IANA names. The data come from the system, or from the package `tzdata` where the system has none: not every Lambda runtime does.

https://docs.python.org/3/library/zoneinfo.html#data-sources, https://github.com/aws/aws-lambda-dotnet/issues/1620
"""

import difflib
from zoneinfo import ZoneInfo, available_timezones


def zone(name: str) -> str:
    """The name, if there is such a zone. ValueError otherwise, with a similar one."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = difflib.get_close_matches(name, sorted(available_timezones()), n=1)
        raise ValueError(f"there is no time zone of that name{f'; did you mean {close[0]}?' if close else ''} Allowed: UTC, Europe/Berlin and so on") from None
    return name
