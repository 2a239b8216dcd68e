"""Faults that the demo itself can commit, so that everybody sees it fail when it should: `python -m twin.demo --fault NAME`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from twin.demo.observe import until
from twin.demo.scene import Scene
from twin.demo.story import PROD
from twin.demo.traffic import REQUESTS_PER_SECOND

_SEEN_WITHIN_SECONDS = 30


class FaultName(StrEnum):
    """As people type it."""

    PROD_UNREACHABLE = "prod-unreachable"


@dataclass(frozen=True)
class Fault:
    """Something that no step of the story explains."""

    title: str
    strike: Callable[[Scene], None]


def _prod_unreachable(scene: Scene) -> None:
    """For as long as it takes to lose a second's requests; a second's were answered before. NotInTime when nothing gets lost."""
    until(lambda: scene.load.so_far(PROD).requests >= REQUESTS_PER_SECOND or None, _SEEN_WITHIN_SECONDS, "the users of prod sent no requests")
    with scene.namespaces[PROD].unreachable():
        scene.report.say("the Service of prod selects no pod any more")
        until(lambda: len(scene.load.so_far(PROD).failures) >= REQUESTS_PER_SECOND or None, _SEEN_WITHIN_SECONDS, "no request to prod was lost")
    scene.report.say("the Service of prod is as it was")


FAULTS: Mapping[FaultName, Fault] = {FaultName.PROD_UNREACHABLE: Fault("prod is unreachable for a second", _prod_unreachable)}
