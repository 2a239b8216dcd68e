"""Services, environments and people as `slipway.yaml` describes them, and what an environment runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase

from slipway.domain.admission import FindingsRule
from slipway.domain.freeze import Window

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
    """Who may be asked. `github` is a login; `aws` the ARN that the person signs AWS requests with, of an IAM user or of a session of a role.

    In it, `*` stands for digits of the account's number, and in a session's name for whatever the session's name may hold.
    """

    name: str
    email: str
    github: str = ""
    aws: str = ""

    def signs_as(self, principal: str) -> bool:
        """Whether that ARN is the person's. The name of a user and the path before it may hold colons, and count letter by letter.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
        """
        given, known = principal.split(":", 5), self.aws.split(":", 5)
        if len(given) != 6 or len(known) != 6 or given[:4] != known[:4]:
            return False
        account = re.fullmatch(re.escape(known[4]).replace(r"\*", "[0-9]*"), given[4])
        return account is not None and _same_resource(given[5], known[5])


def _same_resource(given: str, known: str) -> bool:
    """`user/...`, or `assumed-role/ROLE/SESSION`, where only the session may be a pattern."""
    if not known.startswith("assumed-role/"):
        return given == known
    role, _, session = known.rpartition("/")
    given_role, _, given_session = given.rpartition("/")
    return given_role == role and fnmatchcase(given_session, session)


@dataclass(frozen=True)
class ApprovalRule:
    """Who decides about a deployment: `required` of the `approvers` (names of people), within `expires_seconds`."""

    approvers: tuple[str, ...]
    required: int = 1
    expires_seconds: int = 86400
    self_approval: bool = False
    """Whether who pushed the release, or wrote a part of what is new in it, may approve it."""
    sign_in: bool = False
    """Whether the vote by a mail's link also needs a session, signed in at GitHub as the person whom the link names."""


@dataclass(frozen=True)
class Target:
    """How a service reaches an environment.

    `ran_in` names an environment where the release must have been healthy before, `ran_for` how long it must have been live there; empty: none.
    `freeze` holds when nothing new is taken, and `freeze_override` who may decide otherwise: they then decide about the release, too.
    """

    on: Triggers
    ran_in: str = ""
    approval: ApprovalRule | None = None
    ran_for: timedelta = timedelta()
    freeze: tuple[Window, ...] = ()
    freeze_override: ApprovalRule | None = None


@dataclass(frozen=True)
class SmokeCheck:
    """A GET against every new pod. `json` holds the fields that must be in the answer; strings may name `{{ release.* }}`."""

    path: str
    status: int = 200
    json: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """Something deployed from one repository, which may hold several. `targets` keeps the order of the flow: earlier environments first.

    `paths` are the patterns of the files that it is made of (`paths.touch`); empty: every file of the repository.
    """

    name: str
    repository: str
    chart: str
    source: str
    targets: Mapping[str, Target]
    smoke: tuple[SmokeCheck, ...] = ()
    paths: tuple[str, ...] = ()

    def environments_for(self, ref: str) -> list[str]:
        return [name for name, target in self.targets.items() if target.on.match(ref)]


@dataclass(frozen=True)
class Configuration:
    """`slipway.yaml`, valid as a whole."""

    services: Mapping[str, Service]
    environments: Mapping[str, Environment]
    people: Mapping[str, Person] = field(default_factory=dict)
    findings: FindingsRule = field(default_factory=FindingsRule)

    def services_of(self, repository: str) -> list[Service]:
        """The services that are deployed from `owner/name`. GitHub's names ignore case."""
        return [service for service in self.services.values() if service.repository.lower() == repository.lower()]

    def fault(self, service: str, environment: str) -> str:
        """What is wrong with the pair, with the valid ones; empty when that service goes to that environment."""
        if service not in self.services:
            return f"There is no service {service[:LONGEST_ECHO]!r}; slipway.yaml has {', '.join(sorted(self.services))}."
        if environment not in self.services[service].targets:
            return f"{service} has no environment {environment[:LONGEST_ECHO]!r}; it has {', '.join(self.services[service].targets)}."
        return ""

    def person_of(self, principal: str) -> Person | None:
        """Who signs AWS requests as this principal (its ARN)."""
        return next((person for person in self.people.values() if person.signs_as(principal)), None)


@dataclass(frozen=True)
class EnvironmentState:
    """What an environment runs now and what it ran well: commits of releases, empty before the first."""

    live: str = ""
    last_good: str = ""
    needs_attention: str = ""
