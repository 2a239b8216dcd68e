"""Ages as kubectl writes them: `5s`, `4m10s`, `3d2h`. Used by all columns."""

from datetime import UTC, datetime, timedelta

from twin.cluster.apiserver.objects import Object

UNKNOWN = "<unknown>"

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86_400, 365 * 86_400


def human_duration(duration: timedelta) -> str:
    """Two units at most, and only one where the second says little. Source: k8s.io/apimachinery/pkg/util/duration."""
    seconds = int(duration.total_seconds())
    if seconds < -1:
        return "<invalid>"
    if seconds < 2 * _MINUTE:
        return f"{max(seconds, 0)}s"
    if seconds < 10 * _MINUTE:
        return _two_units(seconds, _MINUTE, "m", 1, "s")
    if seconds < 3 * _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < 8 * _HOUR:
        return _two_units(seconds, _HOUR, "h", _MINUTE, "m")
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR}h"
    if seconds < 8 * _DAY:
        return _two_units(seconds, _DAY, "d", _HOUR, "h")
    if seconds < 2 * _YEAR:
        return f"{seconds // _DAY}d"
    if seconds < 8 * _YEAR:
        return _two_units(seconds, _YEAR, "y", _DAY, "d")
    return f"{seconds // _YEAR}y"


def _two_units(seconds: int, unit: int, name: str, smaller: int, smaller_name: str) -> str:
    rest = seconds % unit // smaller
    return f"{seconds // unit}{name}{f'{rest}{smaller_name}' if rest else ''}"


def moment(written: str) -> datetime:
    """A time as Kubernetes writes it, with or without fractions of a second."""
    return datetime.fromisoformat(written)


def since(written: str | None) -> str:
    """How long ago that was; `<unknown>` for no time."""
    return human_duration(datetime.now(UTC) - moment(written)) if written else UNKNOWN


def age(item: Object) -> str:
    return since(item["metadata"].get("creationTimestamp"))
