"""May a user do this? Roles, and the bindings that give them to users. Called by `http` for every request, and by `admission.escalation`; tells `record`.

Source: plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/validation of k8s.io/kubernetes. As there, everything is forbidden that no rule allows.
Left out: aggregated roles, and the hint in a refusal that a bound role doesn't exist. What is stored need not be whole: a rule without verbs, a binding
without a role or a subject without a name gives nothing to anybody.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.errors import forbidden
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, RESOURCES, ROLE, ROLE_BINDING, Resource

Read: TypeAlias = Callable[[Resource, str], Iterable[Object]]
"""The stored objects of a kind in a namespace; the namespace is empty for kinds of the whole cluster."""
_OF_MASTERS = "system:masters may do everything"
Rule: TypeAlias = Mapping[str, Any]
"""A PolicyRule: apiGroups, resources, resourceNames, verbs, nonResourceURLs."""


@dataclass(frozen=True)
class Request:
    """`resource` is the plural; `subresource`, `namespace` and `name` are empty when the request has none."""

    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """As rules write it: `pods`, `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True)
class Grant:
    """A rule, and by what it is somebody's: `role` is the binding's reference, `reason` says it in a real server's words."""

    rule: Rule
    role: Mapping[str, str]
    reason: str


Note: TypeAlias = Callable[[User, Request, Grant | None], None]
"""What is to be told of a request: what allows it, None when nothing does."""


def _unnoted(_user: User, _request: Request, _grant: Grant | None) -> None:
    """Nobody wants to know."""


class Authorizer:
    """Looks every time at what is stored now: a changed role counts for the next request. `note` is told of what is checked for others than masters."""

    def __init__(self, read: Read, note: Note = _unnoted) -> None:
        self._read = read
        self._note = note

    def check(self, user: User, request: Request) -> None:
        """Forbidden, in a real server's words, unless a rule allows it."""
        if not self._is_granted(user, request):
            raise forbidden(refusal(user, request), _resource_of(request), request.name)

    def check_applied(self, user: User, request: Request) -> None:
        """The same for an object that server-side apply is about to create, where a real server doesn't say what is missing.

        Source: `withAuthorization` in k8s.io/apiserver/pkg/endpoints/handlers/update.go.
        """
        if not self._is_granted(user, request):
            raise forbidden(f"{_named(request)} is forbidden: ", _resource_of(request), request.name)

    def check_path(self, user: User, verb: str, path: str) -> None:
        """The same for a URL that isn't a resource's (discovery, OpenAPI); `verb` is the HTTP method in lower case."""
        if not self.path_allowed_by(user, verb, path):
            raise forbidden(f'forbidden: User "{user.name}" cannot {verb} path "{path}"')

    def allows(self, user: User, request: Request) -> bool:
        return bool(self.allowed_by(user, request))

    def allowed_by(self, user: User, request: Request) -> str:
        """Which binding allows it, in a real server's words; empty when none does."""
        return _OF_MASTERS if user.is_master else _reason_of(self._first(user, request.namespace, lambda rule: _allows(rule, request)))

    def path_allowed_by(self, user: User, verb: str, path: str) -> str:
        return _OF_MASTERS if user.is_master else _reason_of(self._first(user, "", lambda rule: _allows_path(rule, verb, path)))

    def rules_of(self, user: User, namespace: str) -> list[Rule]:
        """All that the user may do in `namespace`; empty: in the whole cluster."""
        return [grant.rule for grant in self._grants(user, namespace)]

    def rules_of_role(self, reference: Mapping[str, str], namespace: str) -> list[Rule] | None:
        """The rules of the role that a binding in `namespace` refers to; None when there is no such role."""
        kind, where = (ROLE, namespace) if reference.get("kind") == "Role" else (CLUSTER_ROLE, "")
        for role in self._read(kind, where):
            if role["metadata"]["name"] == reference.get("name"):
                rules: list[Rule] = role.get("rules", [])
                return rules
        return None

    def _is_granted(self, user: User, request: Request) -> bool:
        if user.is_master:
            return True
        grant = self._first(user, request.namespace, lambda rule: _allows(rule, request))
        self._note(user, request, grant)
        return grant is not None

    def _first(self, user: User, namespace: str, allows: Callable[[Rule], bool]) -> Grant | None:
        return next((grant for grant in self._grants(user, namespace) if allows(grant.rule)), None)

    def _grants(self, user: User, namespace: str) -> Iterator[Grant]:
        for kind, where in ((CLUSTER_ROLE_BINDING, ""), *([(ROLE_BINDING, namespace)] if namespace else ())):
            for binding in self._read(kind, where):
                if subject := next((each for each in binding.get("subjects", ()) if _is_meant(user, each, where)), None):
                    role, reason = binding.get("roleRef", {}), _reason(binding, subject, where)
                    yield from (Grant(rule, role, reason) for rule in self.rules_of_role(role, where) or ())


def _reason_of(grant: Grant | None) -> str:
    return grant.reason if grant else ""


def _reason(binding: Object, subject: Mapping[str, str], namespace: str) -> str:
    about, role, kind = binding["metadata"], binding.get("roleRef", {}), "RoleBinding" if namespace else "ClusterRoleBinding"
    whose = f"{about['name']}/{namespace}" if namespace else about["name"]
    name = f"{subject.get('name')}/{subject.get('namespace') or namespace}" if subject.get("kind") == "ServiceAccount" else subject.get("name")
    return f'RBAC: allowed by {kind} "{whose}" of {role.get("kind")} "{role.get("name")}" to {subject.get("kind")} "{name}"'


def _is_meant(user: User, subject: Mapping[str, str], namespace: str) -> bool:
    name = subject.get("name")
    match subject.get("kind"):
        case "User":
            return user.name == name
        case "Group":
            return name in user.groups
        case "ServiceAccount":
            return user.name == f"system:serviceaccount:{subject.get('namespace') or namespace}:{name}"
        case _:
            return False


def includes(values: Iterable[str], value: str) -> bool:
    """Does a rule's list name it, or everything?"""
    return any(each in ("*", value) for each in values)


def includes_resource(resources: Iterable[str], path: str) -> bool:
    """`path` is `pods` or `pods/log`; a rule may also say `*/log`, any kind's logs."""
    _, slash, subresource = path.partition("/")
    return includes(resources, path) or (bool(slash) and f"*/{subresource}" in resources)


def includes_path(urls: Iterable[str], path: str) -> bool:
    """A rule's URL may end in `*`."""
    return any(url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*"))) for url in urls)


def _allows(rule: Rule, request: Request) -> bool:
    names = rule.get("resourceNames")
    return (
        includes(rule.get("verbs", ()), request.verb)
        and includes(rule.get("apiGroups", ()), request.group)
        and includes_resource(rule.get("resources", ()), request.path)
        and (not names or request.name in names)
    )


def _allows_path(rule: Rule, verb: str, path: str) -> bool:
    return includes(rule.get("verbs", ()), verb) and includes_path(rule.get("nonResourceURLs", ()), path)


def refusal(user: User, request: Request) -> str:
    """Wording: `forbiddenMessage` of apiserver/pkg/endpoints/handlers/responsewriters/errors.go."""
    where = f'in the namespace "{request.namespace}"' if request.namespace else "at the cluster scope"
    return f'{_named(request)} is forbidden: User "{user.name}" cannot {request.verb} resource "{request.path}" in API group "{request.group}" {where}'


def _named(request: Request) -> str:
    qualified = f"{request.resource}.{request.group}" if request.group else request.resource
    return f'{qualified} "{request.name}"' if request.name else qualified


def _resource_of(request: Request) -> Resource | None:
    return next((each for each in RESOURCES if (each.group, each.plural) == (request.group, request.resource)), None)
