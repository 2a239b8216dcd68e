"""Services, environments and people as `slipway.yaml` describes them, and what an environment runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

LONGEST_ECHO = 60
"""Characters of a wrong name that are repeated to whoever gave it."""


@dataclass(frozen=True)
class Environment:
    """A namespace on a cluster, with the role that may change it and the chart's values file for it."""

    name: str
    cluster: str
    namespace: str
    values: str
    role: str
    rollout_timeout_seconds: int = 600


@dataclass(frozen=True)
class Triggers:
    """Which pushed refs go to an environment; `*` in a pattern matches within the whole name (shell style)."""

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def match(self, ref: str) -> bool:
        """`ref` as GitHub sends it: `refs/heads/main` or `refs/tags/v1.0.0`."""
        kind, _, name = ref.removeprefix("refs/").partition("/")
        patterns = {"heads": self.branches, "tags": self.tags}.get(kind, ())
        return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Person:
    """Who may be asked. `github` is a login; `aws` a shell pattern of the ARNs that the person signs AWS requests with."""

    name: str
    email: str
    github: str = ""
    aws: str = ""


@dataclass(frozen=True)
class ApprovalRule:
    """Who decides about a deployment: `required` of the `approvers` (names of people), within `expires_seconds`."""

    approvers: tuple[str, ...]
    required: int = 1
    expires_seconds: int = 86400
    self_approval: bool = False
    """Whether who pushed the release may approve it."""


@dataclass(frozen=True)
class Target:
    """How a service reaches an environment. `ran_in` names an environment where the release must have been healthy before; empty: none."""

    on: Triggers
    ran_in: str = ""
    approval: ApprovalRule | None = None


@dataclass(frozen=True)
class SmokeCheck:
    """A GET against every new pod. `json` holds the fields that must be in the answer; strings may name `{{ release.* }}`."""

    path: str
    status: int = 200
    json: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """Something deployed from one repository. `targets` keeps the order of the flow: earlier environments first."""

    name: str
    repository: str
    chart: str
    source: str
    targets: Mapping[str, Target]
    smoke: tuple[SmokeCheck, ...] = ()

    def environments_for(self, ref: str) -> list[str]:
        return [name for name, target in self.targets.items() if target.on.match(ref)]


@dataclass(frozen=True)
class Configuration:
    """`slipway.yaml`, valid as a whole."""

    services: Mapping[str, Service]
    environments: Mapping[str, Environment]
    people: Mapping[str, Person] = field(default_factory=dict)

    def service_of(self, repository: str) -> Service | None:
        """The service that is deployed from `owner/name`. GitHub's names ignore case."""
        return next((service for service in self.services.values() if service.repository.lower() == repository.lower()), None)

    def fault(self, service: str, environment: str) -> str:
        """What is wrong with the pair, with the valid ones; empty when that service goes to that environment."""
        if service not in self.services:
            return f"There is no service {service[:LONGEST_ECHO]!r}; slipway.yaml has {', '.join(sorted(self.services))}."
        if environment not in self.services[service].targets:
            return f"{service} has no environment {environment[:LONGEST_ECHO]!r}; it has {', '.join(self.services[service].targets)}."
        return ""

    def person_of(self, principal: str) -> Person | None:
        """Who signs AWS requests as this principal (its ARN)."""
        return next((person for person in self.people.values() if person.aws and fnmatchcase(principal, person.aws)), None)


@dataclass(frozen=True)
class EnvironmentState:
    """What an environment runs now and what it ran well: commits of releases, empty before the first."""

    live: str = ""
    last_good: str = ""
    needs_attention: str = ""
