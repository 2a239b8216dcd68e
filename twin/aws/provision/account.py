"""What a room of `provision` is given and what it gives back."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.aws import server
from twin.aws.gateway.routes import HttpApi


class Properties(Mapping[str, Any]):
    """Resolved properties of a resource. They know which of them were looked at, so that none is passed over in silence."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._passed_over = set(values)

    def __getitem__(self, name: str) -> Any:
        self._passed_over.discard(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def passed_over(self) -> list[str]:
        """Names of those that nobody has asked for."""
        return sorted(self._passed_over)


@dataclass(frozen=True)
class Wanted:
    """A resource to make: `name` is its logical name."""

    name: str
    type: str
    properties: Properties

    def only(self, *names: str) -> dict[str, Any]:
        """The named properties that are there."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def without_effect(self, *names: str) -> None:
        """Say that the twin knows these properties and leaves them out."""
        self.only(*names)


@dataclass(frozen=True)
class Created:
    """A made resource: what `!Ref` gives and what `!GetAtt` gives."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Account:
    """The account, region and stack that resources are made in. `apis` collects HTTP APIs for the gateway."""

    endpoint: str
    gateway: str
    stack: str
    identifier: str = server.ACCOUNT
    region: str = server.REGION
    apis: list[HttpApi] = field(default_factory=list)

    @functools.cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def client(self, service: str) -> Any:
        """A boto3 client, kept."""
        if service not in self._clients:
            self._clients[service] = server.client(service, self.endpoint)
        return self._clients[service]

    def physical_name(self, wanted: Wanted, property_name: str) -> str:
        """The name that the template gives, or one from the stack's and the logical name. CloudFormation adds random characters; the twin doesn't."""
        return str(wanted.properties.get(property_name) or f"{self.stack}-{wanted.name}")

    def arn(self, service: str, rest: str) -> str:
        """ARN of something in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.identifier}:{rest}"


def tags(wanted: Wanted) -> dict[str, str]:
    """Tags of a resource, which templates write as a list or as a mapping."""
    written = wanted.properties.get("Tags", {})
    return dict(written) if isinstance(written, dict) else {tag["Key"]: str(tag["Value"]) for tag in written}
