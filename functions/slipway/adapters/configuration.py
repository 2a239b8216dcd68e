"""`slipway.yaml`: read once, valid as a whole or refused with every fault at once, each with file, line and what is allowed.

    python -m slipway.adapters.configuration slipway.yaml

prints the faults and exits 1: the checks and the twin ask before anything starts.
"""

import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from slipway.domain.environment import ApprovalRule, Configuration, Environment, Person, Service, SmokeCheck, Target, Triggers
from slipway.domain.smoke import placeholders
from slipway.errors import InvalidInput

RELEASE_FIELDS = ("version", "commit", "digest")
"""What `{{ release.<field> }}` may name in a smoke check's expectation."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,14}[a-z0-9])?$")]
"""Lower-case letters, digits and hyphens, 16 characters at most: it becomes part of namespaces and execution names."""
Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
RelativePath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.?[A-Za-z0-9_/-])*$")]
"""Relative, without `..`: it is looked up in a checkout."""
Location = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """YAML 1.2's booleans: `on` is a field's name here, not "true"."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHORTEST_APPROVAL, LONGEST_APPROVAL = 60, 7 * 86400
"""Seconds: a function's time to send the mails, and a week, after which a plan says little about what it would change."""


def _seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]


def _duration(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,5}[smhd]", text):
        raise ValueError("a duration is a whole number and a unit, such as 90s, 30m, 24h or 7d")
    if not SHORTEST_APPROVAL <= _seconds(text) <= LONGEST_APPROVAL:
        raise ValueError("at least 60s and at most 7d")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _On(_Strict):
    branches: list[str] = []
    tags: list[str] = []


class _Requires(_Strict):
    ran_in: str


class _Approval(_Strict):
    approvers: list[str] = Field(min_length=1)
    required: int = Field(1, ge=1)
    expires: Annotated[str, AfterValidator(_duration)] = "24h"
    self_approval: bool = False


class _Target(_Strict):
    on: _On
    requires: _Requires | None = None
    approval: _Approval | None = None


_PRINCIPAL = r"^(arn:aws[a-z-]*:(iam::[0-9*]+:user/[^*?\[\]]+|sts::[0-9*]+:assumed-role/[^*?/\[\]]+/.+))?$"
"""An IAM user, or a session of a role that is named: who assumes a role chooses the session's name, so the role has to be one that only they can assume."""


class _Person(_Strict):
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s<>\"(),:;]+@[^@\s<>\"(),:;]+$", max_length=254)]
    github: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,39}$")] = ""
    aws: Annotated[str, StringConstraints(pattern=_PRINCIPAL)] = ""


class _Expect(_Strict):
    status: int = Field(200, ge=100, le=599)
    json_: dict[str, Any] = Field({}, alias="json")


class _Smoke(_Strict):
    get: Annotated[str, StringConstraints(pattern=r"^/[^?#\s]*$")]
    expect: _Expect = _Expect()


class _Service(_Strict):
    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
    chart: RelativePath
    source: RelativePath = "service"
    environments: dict[str, _Target] = Field(min_length=1)
    smoke: list[_Smoke] = []


class _Environment(_Strict):
    cluster: str
    namespace: Namespace
    values: RelativePath
    role: str
    rollout_timeout_seconds: int = Field(600, ge=10, le=3600)


class _Document(_Strict):
    services: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$")], _Service] = Field(min_length=1)
    environments: dict[Name, _Environment] = Field(min_length=1)
    people: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][-a-z0-9]{0,38}$")], _Person] = {}


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
    try:
        node = yaml.compose(text, Loader=_Loader)
        document = yaml.load(text, Loader=_Loader)  # nosec B506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidInput(f"{name}:{line}: {error.problem}") from error
    faults: list[tuple[Location, str]] = []
    parsed = None
    try:
        parsed = _Document.model_validate(document)
    except ValidationError as error:
        faults += [(tuple(fault["loc"]), _sentence(fault["type"], fault["msg"], tuple(fault["loc"]))) for fault in error.errors()]
    if isinstance(document, dict):
        faults += list(_unknown_references(document))
    if faults or parsed is None:
        ordered = sorted({(_line(node, location), ".".join(str(part) for part in location), sentence) for location, sentence in faults})
        raise InvalidInput("\n".join(f"{name}:{line}: {where or 'document'}: {sentence}" for line, where, sentence in ordered))
    return _domain(parsed)


def _sentence(kind: str, message: str, location: Location) -> str:
    """pydantic's message; for an unknown field, which fields there are and which was probably meant."""
    if kind != "extra_forbidden":
        return message
    allowed = _fields_at(location[:-1])
    close = difflib.get_close_matches(str(location[-1]), allowed, n=1)
    return f"there is no such field{f'; did you mean {close[0]}?' if close else ''} Allowed: {', '.join(allowed)}"


def _fields_at(location: Location) -> list[str]:
    model: type[BaseModel] = _Document
    steps: dict[tuple[type[BaseModel], str], type[BaseModel]] = {
        (_Document, "services"): _Service,
        (_Document, "environments"): _Environment,
        (_Document, "people"): _Person,
        (_Service, "environments"): _Target,
        (_Service, "smoke"): _Smoke,
        (_Target, "on"): _On,
        (_Target, "requires"): _Requires,
        (_Target, "approval"): _Approval,
        (_Smoke, "expect"): _Expect,
    }
    for part in location:
        model = steps.get((model, str(part)), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _unknown_references(document: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Environments that services name but nobody defines, and placeholders that don't exist; tolerant of what else is wrong."""
    defined = document.get("environments")
    known = sorted(str(name) for name in defined) if isinstance(defined, dict) else []
    people = {name: dict(_items(person)) for name, person in _items(document.get("people"))}
    for service, body in _items(document.get("services")):
        targets = _items(body.get("environments") if isinstance(body, dict) else None)
        for environment, target in targets:
            for location, sentence in _unknown_in_target(target, environment, [name for name, _ in targets], people):
                yield ("services", service, "environments", environment, *location), sentence
            if environment not in known:
                yield ("services", service, "environments", environment), f"no such environment is defined. Allowed: {', '.join(known) or 'none is defined'}"
        for index, check in enumerate(body.get("smoke") or [] if isinstance(body, dict) else []):
            expected = check.get("expect", {}).get("json", {}) if isinstance(check, dict) and isinstance(check.get("expect"), dict) else {}
            for field, value in _items(expected):
                for unknown in sorted(placeholders(value) - set(RELEASE_FIELDS)) if isinstance(value, str) else []:
                    yield ("services", service, "smoke", index, "expect", "json", field), f"there is no release.{unknown}. Allowed: {', '.join(RELEASE_FIELDS)}"


def _unknown_in_target(target: object, environment: str, targets: list[str], people: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Location, str]]:
    """Names that a target's `requires` and `approval` use."""
    parts = dict(_items(target))
    before = targets[: targets.index(environment)]
    ran_in = dict(_items(parts.get("requires"))).get("ran_in")
    if isinstance(ran_in, str) and ran_in not in before:
        yield ("requires", "ran_in"), f"no environment of that name stands before {environment}. Allowed: {', '.join(before) or 'none, it is the first'}"
    approval = dict(_items(parts.get("approval")))
    approvers = approval.get("approvers") if isinstance(approval.get("approvers"), list) else []
    for index, name in enumerate(approvers or []):
        if name not in people:
            yield ("approval", "approvers", index), f"there is no such person. Allowed: {', '.join(sorted(people)) or 'none is defined under people'}"
        elif not people[name].get("github") and not approval.get("self_approval"):
            yield ("approval", "approvers", index), "has no github login under people, so a push of their own couldn't be told from others'"
        elif name in (approvers or [])[:index]:
            yield ("approval", "approvers", index), "stands here twice"
    required = approval.get("required")
    if isinstance(required, int) and approvers and required > len(approvers):
        yield ("approval", "required"), f"more than there are approvers ({len(approvers)})"


def _items(value: object) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _line(node: Any, location: Location) -> int:
    """The line where the innermost part of the location stands that the text has."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                return int(line)
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return int(line)
    return int(line)


def _domain(document: _Document) -> Configuration:
    services = {
        name: Service(
            name=name,
            repository=service.repository,
            chart=service.chart,
            source=service.source,
            targets={environment: _target(target) for environment, target in service.environments.items()},
            smoke=tuple(SmokeCheck(check.get, check.expect.status, check.expect.json_) for check in service.smoke),
        )
        for name, service in document.services.items()
    }
    environments = {name: Environment(name=name, **environment.model_dump()) for name, environment in document.environments.items()}
    people = {name: Person(name=name, **person.model_dump()) for name, person in document.people.items()}
    return Configuration(services, environments, people)


def _target(target: _Target) -> Target:
    rule = target.approval
    approval = ApprovalRule(tuple(rule.approvers), rule.required, _seconds(rule.expires), rule.self_approval) if rule is not None else None
    on = Triggers(tuple(target.on.branches), tuple(target.on.tags))
    return Target(on, target.requires.ran_in if target.requires is not None else "", approval)


def main(path: Path) -> int:
    """0 when the file is valid, 1 with its faults on stderr."""
    try:
        FileConfigurations(path).read()
    except (InvalidInput, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
