"""`slipway.yaml`: read once, valid as a whole or refused with every fault at once, each with file, line and what is allowed.

    python -m slipway.adapters.configuration slipway.yaml

prints the faults and exits 1: the checks and the twin ask before anything starts.
"""

from pathlib import Path

from pydantic import ValidationError

from slipway.adapters.configuration import references, translation
from slipway.adapters.configuration.document import Document
from slipway.adapters.configuration.durations import SHORTEST_APPROVAL
from slipway.adapters.configuration.lines import Location, line_of, read
from slipway.adapters.configuration.sentences import sentence
from slipway.domain.environment import Configuration
from slipway.errors import InvalidInput

__all__ = ["SHORTEST_APPROVAL", "FileConfigurations", "parse"]


class FileConfigurations:
    """Reads the file at the first use and keeps it: a new `slipway.yaml` comes with a new deployment of the functions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._configuration: Configuration | None = None

    def read(self) -> Configuration:
        if self._configuration is None:
            self._configuration = parse(self._path.read_text(), self._path.name)
        return self._configuration


def parse(text: str, name: str) -> Configuration:
    """InvalidInput with one line a fault: `slipway.yaml:12: services.sample-app.chart: Field required`."""
    document, node = read(text, name)
    faults: list[tuple[Location, str]] = []
    parsed = None
    try:
        parsed = Document.model_validate(document)
    except ValidationError as error:
        faults += [(tuple(fault["loc"]), sentence(fault["type"], fault["msg"], tuple(fault["loc"]))) for fault in error.errors()]
    if isinstance(document, dict):
        faults += list(references.faults(document))
    if faults or parsed is None:
        ordered = sorted({(line_of(node, location), ".".join(str(part) for part in location), told) for location, told in faults})
        raise InvalidInput("\n".join(f"{name}:{line}: {where or 'document'}: {told}" for line, where, told in ordered))
    return translation.configuration(parsed)
