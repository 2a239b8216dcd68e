"""From a SAM template to plain CloudFormation resources, by SAM's own transform, in an order in which they can be created."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from twin.aws.template.errors import TemplateError
from twin.aws.template.intrinsics import references
from twin.aws.template.source import Source


@dataclass(frozen=True)
class Resource:
    """One resource of the translated template; intrinsic functions in its properties are still unresolved."""

    name: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None
    after: frozenset[str]


@dataclass(frozen=True)
class Translation:
    """The plain template: resources in order of creation, and what is needed to resolve their properties."""

    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)


def transform(source: Source, *, region: str) -> Mapping[str, Any]:
    """The plain template as SAM's transform makes it. TemplateError when it refuses the template."""
    os.environ.setdefault("AWS_DEFAULT_REGION", region)  # the transform asks boto3 for the region's partition
    try:
        plain: Mapping[str, Any] = Translator({}, Parser()).translate(source.template, dict(source.parameters))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes) or error.message
        raise TemplateError(f"SAM refuses the template: {causes}") from error
    return plain


def translate(source: Source, *, region: str) -> Translation:
    """The plain template with its resources in order. TemplateError when SAM refuses it or resources refer to each other in a circle."""
    plain = transform(source, region=region)
    return Translation(
        resources=tuple(_in_order([_resource(name, definition, plain) for name, definition in plain["Resources"].items()])),
        outputs=plain.get("Outputs", {}),
        conditions=plain.get("Conditions", {}),
        mappings=plain.get("Mappings", {}),
    )


def _resource(name: str, definition: Mapping[str, Any], plain: Mapping[str, Any]) -> Resource:
    properties = definition.get("Properties", {})
    explicit = definition.get("DependsOn", [])
    after = {explicit} if isinstance(explicit, str) else set(explicit)
    return Resource(
        name=name,
        type=definition["Type"],
        properties=properties,
        condition=definition.get("Condition"),
        after=frozenset((after | references(properties)) & set(plain["Resources"])),
    )


def _in_order(resources: list[Resource]) -> Iterator[Resource]:
    by_name = {resource.name: resource for resource in resources}
    try:
        yield from (by_name[name] for name in TopologicalSorter({resource.name: resource.after for resource in resources}).static_order())
    except CycleError as error:
        raise TemplateError(f"resources refer to each other in a circle: {' → '.join(error.args[1])}") from error
