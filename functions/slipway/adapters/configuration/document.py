"""The form of `slipway.yaml`: which fields there are and what each may hold. What fields say about each other is checked in `references`."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from slipway.adapters.configuration.durations import ToDecide, ToRun
from slipway.adapters.configuration.patterns import path_pattern, smoke_path
from slipway.adapters.configuration.zones import zone

Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,14}[a-z0-9])?$")]
"""Lower-case letters, digits and hyphens, 16 characters at most: it becomes part of namespaces and execution names."""
Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
RelativePath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.?[A-Za-z0-9_/-])*$")]
"""Relative, without `..`: it is looked up in a checkout."""
Zone = Annotated[str, AfterValidator(zone)]
PathPattern = Annotated[str, AfterValidator(path_pattern)]
Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class On(Strict):
    branches: list[str] = []
    tags: list[str] = []


class Requires(Strict):
    ran_in: str
    for_: ToRun | None = Field(None, alias="for")


class Approval(Strict):
    approvers: list[str] = Field(min_length=1)
    required: int = Field(1, ge=1)
    expires: ToDecide = "24h"
    self_approval: bool = False
    sign_in: bool = False


class Freeze(Strict):
    """Days of every week, all of them or some hours, or a span of dates; the last date is frozen as a whole."""

    zone: Zone
    days: list[Day] = []
    hours: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")] = "00:00-24:00"
    from_: date | None = Field(None, alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def is_of_one_kind(self) -> Self:
        if bool(self.days) == (self.from_ is not None or self.until is not None):
            raise ValueError("either days, with hours if you like, or from and until")
        if not self.days and (self.from_ is None or self.until is None):
            raise ValueError("from and until belong together")
        if not self.days and "hours" in self.model_fields_set:
            raise ValueError("hours go with days; from and until are whole days")
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError("until is before from")
        if self.hours[:5] == self.hours[6:]:
            raise ValueError("hours begin and end at the same time; for whole days leave them out")
        return self


class Target(Strict):
    on: On
    requires: Requires | None = None
    approval: Approval | None = None
    freeze: list[Freeze] = []
    freeze_override: Approval | None = None


_PRINCIPAL = r"^(arn:aws[a-z-]*:(iam::[0-9*]+:user/[^*?\[\]]+|sts::[0-9*]+:assumed-role/[^*?/\[\]]+/.+))?$"
"""An IAM user, or a session of a role that is named: who assumes a role chooses the session's name, so the role has to be one that only they can assume."""


class Person(Strict):
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s<>\"(),:;]+@[^@\s<>\"(),:;]+$", max_length=254)]
    github: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,39}$")] = ""
    aws: Annotated[str, StringConstraints(pattern=_PRINCIPAL)] = ""


class Expect(Strict):
    status: int = Field(200, ge=100, le=599)
    json_: dict[str, Any] = Field({}, alias="json")


class Smoke(Strict):
    get: Annotated[str, AfterValidator(smoke_path)]
    expect: Expect = Expect()


class Service(Strict):
    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
    chart: RelativePath
    source: RelativePath = "service"
    paths: Annotated[list[PathPattern], Field(min_length=1)] | None = None
    environments: dict[str, Target] = Field(min_length=1)
    smoke: list[Smoke] = []


class Environment(Strict):
    cluster: str
    namespace: Namespace
    values: RelativePath
    role: str
    rollout_timeout_seconds: int = Field(600, ge=10, le=3600)


class FindingException(Strict):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+[A-Za-z0-9:._-]+$", max_length=60)]
    until: date
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    services: list[str] = []


class Findings(Strict):
    refuse: list[Literal["critical", "high", "medium", "low", "informational", "undefined"]] = ["critical", "high"]
    dependencies: Literal["all", "fixable", "none"] = "fixable"
    unscanned: Literal["refuse", "admit"] = "refuse"
    exceptions: list[FindingException] = []


class Document(Strict):
    services: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$")], Service] = Field(min_length=1)
    environments: dict[Name, Environment] = Field(min_length=1)
    people: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][-a-z0-9]{0,38}$")], Person] = {}
    findings: Findings = Findings()


PARTS: dict[tuple[type[BaseModel], str], type[BaseModel]] = {
    (Document, "services"): Service,
    (Document, "environments"): Environment,
    (Document, "people"): Person,
    (Document, "findings"): Findings,
    (Findings, "exceptions"): FindingException,
    (Service, "environments"): Target,
    (Service, "smoke"): Smoke,
    (Target, "on"): On,
    (Target, "requires"): Requires,
    (Target, "approval"): Approval,
    (Target, "freeze"): Freeze,
    (Target, "freeze_override"): Approval,
    (Smoke, "expect"): Expect,
}
"""Which form a field of a form has, for `sentences`."""
