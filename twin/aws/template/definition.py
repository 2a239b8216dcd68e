"""State machine definitions: Amazon States Language files in YAML or JSON, with `${Name}` replaced.

Used for `DefinitionUri` and `DefinitionSubstitutions` of the template, and by the interpreter for tests. On AWS, SAM and
Step Functions do the same on the definition's text.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Definition = dict[str, Any]
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_.]+)\}")


def read_definition(path: Path) -> Definition:
    """Parse an ASL file. ValueError, naming the file, when it isn't YAML or not a mapping with States."""
    try:
        parsed = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(parsed, dict) or "States" not in parsed:
        raise ValueError(f"{path}: not a state machine definition")
    return parsed


def substituted(definition: Definition, values: Mapping[str, str]) -> Definition:
    """The definition with every `${Name}` replaced by its value. ValueError for a name without a value."""
    missing = sorted({name for name in _PLACEHOLDER.findall(str(definition)) if name not in values})
    if missing:
        raise ValueError(f"no substitution for {', '.join(missing)}")

    def replace(value: Any) -> Any:
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: str(values[found.group(1)]), value)
        if isinstance(value, list):
            return [replace(item) for item in value]
        if isinstance(value, dict):
            return {key: replace(item) for key, item in value.items()}
        return value

    replaced: Definition = replace(definition)
    return replaced
