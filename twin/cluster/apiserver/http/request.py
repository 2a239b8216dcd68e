"""A request line, read as Kubernetes reads it: which kind, which object, what is to be done. Called by the server before anything else.

Source: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go. Left out: the old `/watch/` paths.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.cluster.apiserver import errors
from twin.cluster.apiserver.discovery import verbs_of
from twin.cluster.apiserver.resources import NAMESPACE, Resource, find

_ITEM_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_COLLECTION_VERBS = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}


@dataclass(frozen=True)
class ResourceRequest:
    """`name` is empty for a whole collection, `namespace` for kinds of the whole cluster and for all namespaces at once.

    `verb` is what authorisation calls it: get, list, watch, create, update, patch, delete or deletecollection. `rest` is the path behind a `proxy`
    subresource, with its leading slash; there `name` may hold a scheme and a port (`http:web:80`).
    """

    resource: Resource
    namespace: str
    name: str
    subresource: str
    rest: str
    verb: str


def parse(method: str, path: str, query: Mapping[str, str]) -> ResourceRequest | None:
    """None when no kind is meant (discovery, /version, /healthz ...).

    404 for a group, version, kind or subresource that doesn't exist, and for a kind outside its scope; 405 for a method that isn't offered there.
    """
    match path.strip("/").split("/"):
        case ["api", version, first, *others]:
            group = ""
        case ["apis", group, version, first, *others]:
            pass
        case _:
            return None
    parts = [first, *others]
    namespace = ""
    if first == "namespaces" and len(others) > 1 and others[1] not in NAMESPACE.subresources:
        namespace, parts = others[0], others[1:]
    resource = find(group, version, parts[0])
    if resource is None:
        raise errors.no_such_path()
    name, subresource = (*parts[1:3], "", "")[:2]
    in_scope = (bool(namespace) or not name) if resource.namespaced else not namespace
    known = not subresource or subresource in resource.subresources
    proxied = subresource == "proxy"
    if not in_scope or not known or (len(parts) > 3 and not proxied):
        raise errors.no_such_path()
    verb = _verb(method, query, resource, namespace, name, subresource)
    return ResourceRequest(resource, namespace, name, subresource, _behind_proxy(path) if proxied else "", verb)


def _behind_proxy(path: str) -> str:
    """Slashes as they were sent: they may mean something to who gets the request."""
    head = path.lstrip("/").split("/")
    # Only pods and services have a proxy: /api/v1/namespaces/NAMESPACE/KIND/NAME/proxy is seven parts.
    return "/" + "/".join(head[7:])


def _verb(method: str, query: Mapping[str, str], resource: Resource, namespace: str, name: str, subresource: str) -> str:
    if name:
        verb = _ITEM_VERBS.get(method, "")
        offered = verbs_of(resource, subresource)
        allowed = verb in offered and (verb != "create" or bool(subresource))
    else:
        verb = _COLLECTION_VERBS.get(method, "")
        if verb == "list" and query.get("watch", "false").lower() not in ("false", "0"):
            verb = "watch"
        over_all_namespaces = resource.namespaced and not namespace
        allowed = verb in verbs_of(resource) and (verb in ("list", "watch") or not over_all_namespaces)
    if not allowed:
        raise errors.method_not_allowed()
    return verb
