"""Where the process is in its life. Readiness reports it; the application and the server move it on."""

from enum import Enum


class Phase(Enum):
    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


class Lifecycle:
    """Draining is final: a start that ends late doesn't make a draining process ready."""

    def __init__(self) -> None:
        self._phase = Phase.STARTING

    @property
    def phase(self) -> Phase:
        return self._phase

    def started(self) -> None:
        if self._phase is Phase.STARTING:
            self._phase = Phase.READY

    def drain(self) -> None:
        self._phase = Phase.DRAINING
