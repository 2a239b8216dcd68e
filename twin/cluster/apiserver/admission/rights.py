"""Rules taken apart into single rights, to see which of them somebody lacks, and put together again to say so. Pure; used by `escalation`.

Source: component-helpers/auth/rbac/validation/policy_comparator.go and pkg/registry/rbac/validation/policy_compact.go of k8s.io/kubernetes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from twin.cluster.apiserver.access.rbac import Rule, includes, includes_path, includes_resource


@dataclass(frozen=True)
class Right:
    """One verb on one kind, or on its object `name`; or on one URL."""

    verb: str
    group: str = ""
    resource: str = ""
    name: str = ""
    url: str = ""


def missing_rights(held: Sequence[Rule], wanted: Iterable[Rule]) -> list[Right]:
    """Those of `wanted` that no rule of `held` gives. A right is given by one rule or by none: rules don't add up within it."""
    return [right for rule in wanted for right in _rights(rule) if not any(_gives(own, right) for own in held)]


def described(rights: Iterable[Right]) -> list[str]:
    """As a real server prints rules, sorted; verbs on the same kind stand together."""
    verbs: dict[Right, list[str]] = {}
    for right in rights:
        # Named objects and URLs aren't put together.
        verbs.setdefault(right if right.name or right.url else Right("", right.group, right.resource), []).append(right.verb)
    return sorted(_described(right, each) for right, each in verbs.items())


def quoted(values: Iterable[str]) -> str:
    """A list as Go's %q prints it."""
    return "[" + " ".join(f'"{value}"' for value in values) + "]"


def _described(right: Right, verbs: Sequence[str]) -> str:
    parts = [f"NonResourceURLs:{quoted([right.url])}"] if right.url else [f"APIGroups:{quoted([right.group])}", f"Resources:{quoted([right.resource])}"]
    if right.name:
        parts.append(f"ResourceNames:{quoted([right.name])}")
    return "{" + ", ".join([*parts, f"Verbs:{quoted(verbs)}"]) + "}"


def _rights(rule: Rule) -> Iterator[Right]:
    for group in rule.get("apiGroups", ()):
        for resource in rule.get("resources", ()):
            for verb in rule.get("verbs", ()):
                for name in rule.get("resourceNames") or ("",):
                    yield Right(verb, group, resource, name)
    for url in rule.get("nonResourceURLs", ()):
        for verb in rule.get("verbs", ()):
            yield Right(verb, url=url)


def _gives(own: Rule, right: Right) -> bool:
    if not includes(own.get("verbs", ()), right.verb):
        return False
    if right.url:
        return includes_path(own.get("nonResourceURLs", ()), right.url)
    names = own.get("resourceNames")
    return (
        includes(own.get("apiGroups", ()), right.group) and includes_resource(own.get("resources", ()), right.resource) and (not names or right.name in names)
    )
