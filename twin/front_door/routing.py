"""Which target groups a request goes to: Ingresses, Services and EndpointSlices → table; table, host and path → forward action. Pure.

Matching is Kubernetes' (https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types): the most specific host first, then the longest path,
Exact before Prefix. ImplementationSpecific is taken for Prefix; a wildcard host stands for one label.
Actions are the controller's (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions): a backend whose port
is named `use-annotation` forwards as the annotation `alb.ingress.kubernetes.io/actions.<name>` says. An action that can't be used has no target groups.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from twin.cluster.client.kinds import Object
from twin.front_door.backends import Backends, TargetGroup

LOG = logging.getLogger(__name__)
INGRESS_CLASS = "alb"

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_ACTION_ANNOTATION = "alb.ingress.kubernetes.io/actions."
_USE_ANNOTATION = "use-annotation"


@dataclass(frozen=True)
class Weighted:
    """A target group and its share of the requests: weight by the sum of all weights."""

    group: TargetGroup
    weight: int


@dataclass(frozen=True)
class Forward:
    """Nothing to forward to is an answer of 503, and so is a choice that falls on a group without targets: an ALB doesn't turn to another group."""

    groups: tuple[Weighted, ...]


@dataclass(frozen=True)
class Rule:
    """`host` is empty for any host; `path` has no trailing slash unless it is exact."""

    host: str
    path: str
    exact: bool
    forward: Forward

    def matches(self, host: str, path: str) -> bool:
        if not self._is_for(host):
            return False
        return path == self.path if self.exact else path == self.path or path.startswith(f"{self.path}/")

    def _is_for(self, host: str) -> bool:
        if self.host.startswith("*."):
            return host.partition(".")[2] == self.host[2:]
        return self.host in ("", host)

    @property
    def precedence(self) -> tuple[int, int, bool]:
        """Higher goes first."""
        specificity = 0 if not self.host else 1 if self.host.startswith("*.") else 2
        return specificity, len(self.path), self.exact


@dataclass(frozen=True)
class Table:
    """`rules` in the order in which they are tried."""

    rules: tuple[Rule, ...] = ()
    default: Forward | None = None

    def find(self, host: str, path: str) -> Forward | None:
        """`host` in lower case without a port, `path` as it was sent, without the query. None when no rule matches: an ALB answers 404 then."""
        return next((rule.forward for rule in self.rules if rule.matches(host, path)), self.default)

    def groups(self) -> Iterator[TargetGroup]:
        """All target groups, some more than once."""
        for forward in (*(rule.forward for rule in self.rules), *([self.default] if self.default else [])):
            yield from (each.group for each in forward.groups)


def build_table(ingresses: Iterable[Object], services: Iterable[Object], slices: Iterable[Object]) -> Table:
    """Of two rules that say the same, and of several default backends, the Ingress that comes first by namespace and name has its way."""
    backends = Backends(services, slices)
    ours = sorted((item for item in ingresses if _class_of(item) == INGRESS_CLASS), key=lambda item: (item["metadata"]["namespace"], item["metadata"]["name"]))
    rules = sorted((rule for item in ours for rule in _rules(item, backends)), key=lambda rule: rule.precedence, reverse=True)
    defaults = (_forward(item, item["spec"]["defaultBackend"], backends) for item in ours if item["spec"].get("defaultBackend"))
    return Table(tuple(rules), next(defaults, None))


def _class_of(ingress: Object) -> str | None:
    annotated: str | None = ingress["metadata"].get("annotations", {}).get(_CLASS_ANNOTATION)
    return ingress["spec"].get("ingressClassName") or annotated


def _rules(ingress: Object, backends: Backends) -> Iterator[Rule]:
    for rule in ingress["spec"].get("rules") or []:
        for path in (rule.get("http") or {}).get("paths", []):
            exact = path["pathType"] == "Exact"
            pattern = path.get("path") or "/"
            yield Rule((rule.get("host") or "").lower(), pattern if exact else pattern.rstrip("/"), exact, _forward(ingress, path["backend"], backends))


def _forward(ingress: Object, backend: Object, backends: Backends) -> Forward:
    namespace, service = ingress["metadata"]["namespace"], backend.get("service")
    if service is None:
        return Forward(())  # a backend that is a `resource`: the controller knows none
    if service["port"].get("name") == _USE_ANNOTATION:
        return _annotated(ingress, service["name"], backends)
    port = str(service["port"].get("name") or service["port"]["number"])
    return Forward((Weighted(backends.target_group(namespace, service["name"], port), 1),))


def _annotated(ingress: Object, action: str, backends: Backends) -> Forward:
    about = ingress["metadata"]
    try:
        # An action of another type than `forward` has no forwardConfig.
        target_groups: Any = json.loads(about.get("annotations", {})[_ACTION_ANNOTATION + action])["forwardConfig"]["targetGroups"]
        return Forward(tuple(_weighted(about["namespace"], each, backends) for each in target_groups))
    except (ValueError, KeyError, TypeError) as error:
        LOG.warning("Ingress %s/%s: action %s can't be used: %s %s", about["namespace"], about["name"], action, type(error).__name__, error)
        return Forward(())


def _weighted(namespace: str, target_group: Any, backends: Backends) -> Weighted:
    group = backends.target_group(namespace, str(target_group["serviceName"]), str(target_group["servicePort"]))
    return Weighted(group, max(0, int(target_group.get("weight", 1))))
