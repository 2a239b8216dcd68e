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
from twin.aws.template.parameters import parameter_values

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

    TemplateError: no such file, not YAML, a parameter without value or with a forbidden one, a rule that doesn't hold, functions with different CodeUris.
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
        parameters=parameter_values(template, parameters),
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
