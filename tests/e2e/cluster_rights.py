"""Whether Slipway needs what it may do in the cluster: the rules of `helm/environment` beside what the tests of this folder have made it use.

The embedded API server decides (`twin.cluster.apiserver.access.rbac`) and keeps what it decided (`record`). A Role is the same in every environment, so that a
rule is needed when any of them has needed it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from twin.cluster.apiserver.access.record import FILE, Entry
from twin.stack.platform import ACCOUNT

_HOOK = "Helm watches a hook until it is there, and a chart may have one of every kind that it may render; tests/contract/cluster/test_walls.py has one"
_WATCHED = (
    *("configmaps", "horizontalpodautoscalers.autoscaling", "ingresses.networking.k8s.io", "networkpolicies.networking.k8s.io"),
    *("poddisruptionbudgets.policy", "secrets", "serviceaccounts", "services"),
)
UNSEEN: Mapping[str, str] = {
    **{f"slipway watch {kind}": _HOOK for kind in _WATCHED},
    "slipway patch secrets": "a chart that has a Secret of its own, which that of these tests hasn't",
}
"""By role and right: when Slipway needs what no test of this folder brings about."""
_NAMESPACE = "Helm looks whether the namespace is there, when an object isn't (`Info.Get` of k8s.io/cli-runtime), and goes on when it may not know"
REFUSED: Mapping[str, str] = {
    "slipway-environment-dev get configmaps in sample-prod": "test_walls pushes a chart that reaches into prod",
    **{f"slipway-environment-{name} get namespaces in sample-{name}": _NAMESPACE for name in ("dev", "stage", "prod")},
}
"""By role and right, with the namespace: why an environment's role may have been refused."""


def allowed(roles: Iterable[Mapping[str, Any]]) -> Mapping[str, Set[str]]:
    """What the rules of Roles name, by role."""
    found: dict[str, set[str]] = {}
    for role in roles:
        rights = found.setdefault(role["metadata"]["name"], set())
        for rule in role["rules"]:
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        rights |= {right(verb, group, resource, name) for name in rule.get("resourceNames") or [""]}
    return found


def entries(stack: Path) -> Sequence[Entry]:
    """What the cluster of a stack, whose folder this is, has decided."""
    return [Entry(**json.loads(line)) for line in (stack / "cluster" / FILE).read_text().splitlines()]


def used(decided: Iterable[Entry]) -> Mapping[str, Set[str]]:
    found: dict[str, set[str]] = {}
    for entry in decided:
        if entry.role:
            found.setdefault(entry.role, set()).add(right(entry.verb, entry.group, entry.resource, entry.name))
    return found


def refused(decided: Iterable[Entry]) -> Set[str]:
    """What roles of AWS, which are those of environments, were not allowed to do."""
    start = f"arn:aws:iam::{ACCOUNT}:role/"
    return {
        f"{entry.user.removeprefix(start)} {right(entry.verb, entry.group, entry.resource)} in {entry.namespace or 'the cluster'}"
        for entry in decided
        if not entry.role and entry.user.startswith(start)
    }


def right(verb: str, group: str, resource: str, name: str = "") -> str:
    """As `kubectl auth can-i` has it: `get deployments.apps`, `get pods/log`, `get secrets/one`."""
    return f"{verb} {resource}{'.' if group else ''}{group}{f'/{name}' if name else ''}"
