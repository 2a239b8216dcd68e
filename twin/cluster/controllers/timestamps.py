"""Moments as Kubernetes writes them: UTC, whole seconds."""

from datetime import UTC, datetime

_NOTATION = "%Y-%m-%dT%H:%M:%SZ"


def now() -> datetime:
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    return moment.strftime(_NOTATION)


def read(text: str) -> datetime:
    """Fractions of a second, as Leases have them, are understood too."""
    return datetime.fromisoformat(text)
