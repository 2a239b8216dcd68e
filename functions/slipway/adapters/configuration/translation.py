"""A valid document as what the steps work with."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from slipway.adapters.configuration import document as given
from slipway.adapters.configuration.durations import seconds
from slipway.domain.admission import Dependencies, FindingException, FindingsRule, Severity
from slipway.domain.environment import ApprovalRule, Configuration, Environment, Person, Service, SmokeCheck, Target, Triggers
from slipway.domain.freeze import Dates, Weekly, Window

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def configuration(document: given.Document) -> Configuration:
    services = {
        name: Service(
            name=name,
            repository=service.repository,
            chart=service.chart,
            source=service.source,
            targets={environment: _target(target) for environment, target in service.environments.items()},
            smoke=tuple(SmokeCheck(check.get, check.expect.status, check.expect.json_) for check in service.smoke),
            paths=tuple(service.paths or ()),
        )
        for name, service in document.services.items()
    }
    environments = {name: Environment(name=name, **environment.model_dump()) for name, environment in document.environments.items()}
    people = {name: Person(name=name, **person.model_dump()) for name, person in document.people.items()}
    return Configuration(services, environments, people, _findings(document.findings))


def _findings(findings: given.Findings) -> FindingsRule:
    return FindingsRule(
        refuse=frozenset(Severity(severity) for severity in findings.refuse),
        dependencies=Dependencies(findings.dependencies),
        takes_unscanned=findings.unscanned == "admit",
        exceptions=tuple(FindingException(entry.id, entry.until, entry.reason, tuple(entry.services)) for entry in findings.exceptions),
    )


def _target(target: given.Target) -> Target:
    requires = target.requires
    return Target(
        on=Triggers(tuple(target.on.branches), tuple(target.on.tags)),
        ran_in=requires.ran_in if requires is not None else "",
        approval=_rule(target.approval),
        ran_for=timedelta(seconds=seconds(requires.for_)) if requires is not None and requires.for_ else timedelta(),
        freeze=tuple(_window(window) for window in target.freeze),
        freeze_override=_rule(target.freeze_override),
    )


def _rule(rule: given.Approval | None) -> ApprovalRule | None:
    return ApprovalRule(tuple(rule.approvers), rule.required, seconds(rule.expires), rule.self_approval, rule.sign_in) if rule is not None else None


def _window(freeze: given.Freeze) -> Window:
    if freeze.from_ is not None and freeze.until is not None:
        return Dates(ZoneInfo(freeze.zone), freeze.from_, freeze.until)
    start, end = (int(moment[:2]) * 60 + int(moment[3:]) for moment in freeze.hours.split("-"))
    return Weekly(ZoneInfo(freeze.zone), frozenset(_DAYS.index(day) for day in freeze.days), start, end)
