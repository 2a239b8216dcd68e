"""Nobody makes or binds a role with rights that they don't have themselves, so that "may write roles" isn't "may do everything".

Source: pkg/registry/rbac of k8s.io/kubernetes. Left out: that an aggregated role wants all rights there are (nothing aggregates roles here).
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
"""

from collections.abc import Mapping

from twin.cluster.apiserver.access.rbac import Authorizer, Request
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.admission.refusal import refused
from twin.cluster.apiserver.admission.rights import described, missing_rights, quoted
from twin.cluster.apiserver.errors import not_found
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING, Resource

_OF_THE_COLLECTOR = frozenset({"ownerReferences", "finalizers", "managedFields", "resourceVersion"})
"""Metadata that may change with an object's going: whoever cleans up needs no rights that a role gives."""


def check_escalation(user: User, resource: Resource, item: Object, old: Object | None, authorizer: Authorizer) -> None:
    """Forbidden unless the user has every right that the role or binding gives, or the verb `escalate` (roles) or `bind` (bindings) for it.

    Not found for a binding to a role that isn't there. `old` is None for a new object.
    """
    if user.is_master or (old is not None and _lasting(item) == _lasting(old)):
        return
    name, namespace = item["metadata"]["name"], item["metadata"].get("namespace", "")
    if resource in (ROLE, CLUSTER_ROLE):
        permission, given = Request("escalate", resource.group, resource.plural, "", namespace, name), item.get("rules", [])
    elif resource in (ROLE_BINDING, CLUSTER_ROLE_BINDING):
        role = item.get("roleRef", {})
        kind, role_name = ROLE if role.get("kind") == "Role" else CLUSTER_ROLE, role.get("name", "")
        permission = Request("bind", kind.group, kind.plural, "", namespace, role_name)
        found = authorizer.rules_of_role(role, namespace)
        if found is None:
            raise not_found(kind, role_name)
        given = found
    else:
        return
    if authorizer.allows(user, permission):
        return
    if missing := missing_rights(authorizer.rules_of(user, namespace), given):
        who = f'user "{user.name}" (groups={quoted(sorted(user.groups))})'
        raise refused(resource, item, "\n".join([f"{who} is attempting to grant RBAC permissions not currently held:", *described(missing)]))


def _lasting(item: Mapping[str, Object]) -> Object:
    return {**item, "metadata": {name: value for name, value in item["metadata"].items() if name not in _OF_THE_COLLECTOR}}
