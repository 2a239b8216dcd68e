"""`template.yaml` as it is written: read, with parameters, and made self-contained for SAM's transform.

The transform wants code in S3 and definitions inline, so local paths (`CodeUri`, `ContentUri`, `DefinitionUri`) are taken
out before and kept beside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from samtranslator.yaml_helper import yaml_parse

from twin.aws.template.definition import read_definition
from twin.aws.template.errors import TemplateError

_PACKAGED = "s3://twin/packaged"
Template = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A self-contained SAM template. `code` is the folder that functions' code comes from, if they have one."""

    template: Template
    parameters: Mapping[str, Any]
    code: Path | None


def read_source(path: Path, parameters: Mapping[str, str]) -> Source:
    """Read a SAM template and give its parameters their values.

    TemplateError: no such file, not YAML, a parameter without value or with a forbidden one, functions with different CodeUris.
    """
    try:
        template = yaml_parse(path.read_text())
    except FileNotFoundError as error:
        raise TemplateError(f"{path}: there is no such template") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(template, dict) or "Resources" not in template:
        raise TemplateError(f"{path}: not a template, it has no Resources")
    codes = _take_code(template)
    if len(codes) > 1:
        raise TemplateError(f"{path}: functions come from more than one folder ({', '.join(sorted(codes))}); the twin supports one")
    _inline_definitions(template, path.parent)
    return Source(
        template=template,
        parameters=_parameter_values(template, parameters),
        code=path.parent / codes.pop() if codes else None,
    )


def _take_code(template: Template) -> set[str]:
    found: set[str] = set()
    shared = template.get("Globals", {}).get("Function", {})
    for properties, key in [
        (shared, "CodeUri"),
        *((resource.get("Properties", {}), "CodeUri") for resource in _of_type(template, "AWS::Serverless::Function")),
        *((resource.get("Properties", {}), "ContentUri") for resource in _of_type(template, "AWS::Serverless::LayerVersion")),
    ]:
        if isinstance(properties.get(key), str) and not properties[key].startswith("s3://"):
            if key == "CodeUri":
                found.add(properties[key])
            properties[key] = _PACKAGED
    return found


def _inline_definitions(template: Template, folder: Path) -> None:
    for machine in _of_type(template, "AWS::Serverless::StateMachine"):
        properties = machine["Properties"]
        uri = properties.get("DefinitionUri")
        if not isinstance(uri, str) or uri.startswith("s3://"):
            continue
        try:
            properties["Definition"] = read_definition(folder / uri)
        except (OSError, ValueError) as error:
            raise TemplateError(f"state machine definition {uri}: {error}") from error
        del properties["DefinitionUri"]


def _of_type(template: Template, kind: str) -> list[dict[str, Any]]:
    return [resource for resource in template["Resources"].values() if resource.get("Type") == kind]


def _parameter_values(template: Template, given: Mapping[str, str]) -> Mapping[str, Any]:
    declared = template.get("Parameters", {})
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}; it has {', '.join(sorted(declared)) or 'none'}")
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        if name not in given and "Default" not in parameter:
            raise TemplateError(f"parameter {name} needs a value")
        value = str(given.get(name, parameter.get("Default")))
        if (allowed := parameter.get("AllowedValues")) and value not in map(str, allowed):
            raise TemplateError(f"parameter {name} can't be {value!r}; allowed: {', '.join(map(str, allowed))}")
        values[name] = value.split(",") if parameter["Type"].startswith(("List<", "CommaDelimitedList")) else value
    return values
