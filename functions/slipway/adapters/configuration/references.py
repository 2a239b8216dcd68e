"""What parts of `slipway.yaml` say about each other: names that have to be defined, and rules that mustn't be looser than another.

Works on the plain document, tolerant of what else is wrong there, so that every fault is told at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from slipway.adapters.configuration.lines import Location
from slipway.domain import paths
from slipway.domain.smoke import placeholders

RELEASE_FIELDS = ("version", "commit", "digest")
"""What `{{ release.<field> }}` may name in a smoke check's expectation."""
Faults = Iterator[tuple[Location, str]]


def faults(document: Mapping[str, Any]) -> Faults:
    """Each with the place that is to be changed."""
    defined = document.get("environments")
    known = sorted(str(name) for name in defined) if isinstance(defined, dict) else []
    people = {name: dict(_items(person)) for name, person in _items(document.get("people"))}
    yield from _in_people(people)
    for service, given in _items(document.get("services")):
        body = dict(_items(given))
        targets = _items(body.get("environments"))
        for environment, target in targets:
            where: Location = ("services", service, "environments", environment)
            for location, sentence in _in_target(dict(_items(target)), environment, [name for name, _ in targets], people):
                yield (*where, *location), sentence
            if environment not in known:
                yield where, f"no such environment is defined. Allowed: {', '.join(known) or 'none is defined'}"
        for location, sentence in (*_in_smoke(_list(body.get("smoke"))), *_in_paths(body)):
            yield ("services", service, *location), sentence
    yield from _in_findings(dict(_items(document.get("findings"))), sorted(name for name, _ in _items(document.get("services"))))


def _in_findings(findings: Mapping[str, Any], services: Sequence[str]) -> Faults:
    for index, exception in enumerate(_list(findings.get("exceptions"))):
        for place, name in enumerate(_list(dict(_items(exception)).get("services"))):
            if name not in services:
                yield ("findings", "exceptions", index, "services", place), f"there is no such service. Allowed: {', '.join(services) or 'none is defined'}"


def _in_people(people: Mapping[str, Mapping[str, Any]]) -> Faults:
    """Two names of one person would be two votes, and an own push somebody else's. GitHub's logins ignore case, and so do mailboxes in practice."""
    for index, (name, person) in enumerate(people.items()):
        for field, same in (("email", _same_text), ("github", _same_text), ("aws", _may_be_same_principal)):
            mine = person.get(field)
            for other in list(people)[:index]:
                theirs = people[other].get(field)
                if isinstance(mine, str) and isinstance(theirs, str) and mine and theirs and same(mine, theirs):
                    yield ("people", name, field), f"is {other}'s, too; one person stands here under one name"
                    break


def _same_text(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _may_be_same_principal(one: str, other: str) -> bool:
    """Whether an ARN could fit both patterns, with every account and session name that one of them leaves open."""
    return fnmatchcase(one, other) or fnmatchcase(other, one)


def _in_smoke(checks: Sequence[object]) -> Faults:
    for index, check in enumerate(checks):
        expected = dict(_items(dict(_items(check)).get("expect"))).get("json")
        for field, value in _items(expected):
            for unknown in sorted(placeholders(value) - set(RELEASE_FIELDS)) if isinstance(value, str) else []:
                yield ("smoke", index, "expect", "json", field), f"there is no release.{unknown}. Allowed: {', '.join(RELEASE_FIELDS)}"


def _in_paths(service: Mapping[str, Any]) -> Faults:
    """Filters that pass over the service's own chart: what is changed there would never be released."""
    patterns, chart = [pattern for pattern in _list(service.get("paths")) if isinstance(pattern, str)], service.get("chart")
    if patterns and isinstance(chart, str) and not paths.touch(patterns, [f"{chart}/Chart.yaml"]):
        yield ("paths",), f"nothing of the chart is among them, so that a change there would never be released: add {chart}/**"


def _in_target(target: Mapping[str, Any], environment: str, targets: list[str], people: Mapping[str, Mapping[str, Any]]) -> Faults:
    before = targets[: targets.index(environment)]
    ran_in = dict(_items(target.get("requires"))).get("ran_in")
    if isinstance(ran_in, str) and ran_in not in before:
        yield ("requires", "ran_in"), f"no environment of that name stands before {environment}. Allowed: {', '.join(before) or 'none, it is the first'}"
    approval, override = dict(_items(target.get("approval"))), dict(_items(target.get("freeze_override")))
    for name, rule in (("approval", approval), ("freeze_override", override)):
        for location, sentence in _in_rule(rule, people):
            yield (name, *location), sentence
    if override and not _list(target.get("freeze")):
        yield ("freeze_override",), "there is no freeze that it would override"
    if override:
        for location, sentence in _looser(override, approval):
            yield ("freeze_override", *location), sentence


def _in_rule(rule: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]]) -> Faults:
    approvers = _list(rule.get("approvers"))
    for index, name in enumerate(approvers):
        if name not in people:
            yield ("approvers", index), f"there is no such person. Allowed: {', '.join(sorted(people)) or 'none is defined under people'}"
        elif not people[name].get("github") and not rule.get("self_approval"):
            yield ("approvers", index), "has no github login under people, so a push of their own couldn't be told from others'"
        elif not people[name].get("github") and rule.get("sign_in") is True:
            yield ("approvers", index), "has no github login under people, so they couldn't sign in"
        elif name in approvers[:index]:
            yield ("approvers", index), "stands here twice"
    required = rule.get("required")
    if isinstance(required, int) and approvers and required > len(approvers):
        yield ("required",), f"more than there are approvers ({len(approvers)})"


def _looser(override: Mapping[str, Any], approval: Mapping[str, Any]) -> Faults:
    """Who overrides a freeze decides about the release, too, and is asked once: that must not be the easier way.

    Without an `approval`, a freeze that whoever wants to pass it may lift alone would be none.
    """
    needed, given = approval.get("required", 1), override.get("required", 1)
    if isinstance(needed, int) and isinstance(given, int) and given < needed:
        yield ("required",) if "required" in override else (), f"fewer than approval wants at any other time: at least {needed}"
    if override.get("self_approval") is True and not approval:
        yield ("self_approval",), "whoever asks to pass the freeze could let themselves pass; it may only stand here when approval has it, too"
    elif override.get("self_approval") is True and approval.get("self_approval") is not True:
        yield ("self_approval",), "approval doesn't let people decide about their own push at any other time, either"
    if approval.get("sign_in") is True and override.get("sign_in") is not True:
        yield ("sign_in",) if "sign_in" in override else (), "approval wants people to sign in at any other time, too: sign_in: true"


def _items(value: object) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
