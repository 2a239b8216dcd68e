"""How a fault of an object is put into words, and what labels may look like. Used by `rules` and `pod_rules`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from twin.cluster.apiserver.schema.names import LABEL_VALUE

Fault: TypeAlias = tuple[str, str]
"""A field's path and what is wrong with it."""

_NAME = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def required(path: str) -> Fault:
    return path, "Required value"


def unsupported(path: str, value: object, supported: Sequence[str]) -> Fault:
    return path, f'Unsupported value: "{value}": supported values: ' + ", ".join(f'"{each}"' for each in supported)


def wrong_label_value(value: str) -> str:
    """Empty when it may be a label's value."""
    faults = LABEL_VALUE.faults(value)
    return f'Invalid value: "{value}": {faults[0]}' if faults else ""


def label_faults(labels: Mapping[str, str], path: str) -> Iterator[Fault]:
    for name, value in labels.items():
        if not _NAME.fullmatch(name):
            yield path, f"Invalid value: \"{name}\": name part must consist of alphanumeric characters, '-', '_' or '.'"
        if fault := wrong_label_value(value):
            yield path, fault
