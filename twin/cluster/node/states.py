"""What is known about a container, before it becomes part of a pod's status. Made by `container`, read by `status`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias


@dataclass(frozen=True)
class Waiting:
    reason: str
    message: str = ""


@dataclass(frozen=True)
class Running:
    started_at: datetime


@dataclass(frozen=True)
class Terminated:
    """`exit_code` is 128 plus the signal for a killed process; the CRI knows no other way, so `signal` is never set."""

    exit_code: int
    reason: str
    started_at: datetime
    finished_at: datetime
    container_id: str
    message: str = ""


State: TypeAlias = Waiting | Running | Terminated


@dataclass(frozen=True)
class ContainerReport:
    """`restarts` counts starts after the first. `image_id` and `container_id` are empty before there is one."""

    name: str
    image: str
    state: State
    last: Terminated | None = None
    restarts: int = 0
    started: bool = False
    ready: bool = False
    image_id: str = ""
    container_id: str = ""


def now() -> datetime:
    """Times in a status have whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def as_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
