"""`template.yaml` after SAM's transform: what CloudFormation gets, with resources as they really are."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from scripts.lint_template import PARAMETERS
from twin.aws.server import REGION
from twin.aws.template.source import read_source
from twin.aws.template.translation import transform

Resources = Mapping[str, Mapping[str, Any]]


@cache
def translated() -> Mapping[str, Any]:
    """The whole template."""
    return transform(read_source(Path("template.yaml"), PARAMETERS), region=REGION)


def of_type(resources: Resources, kind: str) -> dict[str, Any]:
    """Properties by logical name."""
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}


def statements(resources: Resources, chosen: Callable[[str], bool] = lambda name: True) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every statement of roles' and managed policies, with the logical name of where it is."""
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if "PolicyDocument" in policy]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            documents.append(properties["PolicyDocument"])
        if chosen(name):
            yield from ((name, statement) for document in documents for statement in document["Statement"])
