"""Nobody makes or binds a role with rights that they don't have themselves, so that "may write roles" isn't "may do everything".

Source: pkg/registry/rbac of k8s.io/kubernetes, whose way of saying what is missing is shortened here to the rules themselves.
"""

from collections.abc import Iterator

from twin.cluster.apiserver.access.rbac import Authorizer, Request, Rule, includes, includes_path, includes_resource
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.errors import forbidden, not_found
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING, Resource


def check_escalation(user: User, resource: Resource, item: Object, old: Object | None, authorizer: Authorizer) -> None:
    """Forbidden unless the user has every right that the role or binding gives, or the verb `escalate` (roles) or `bind` (bindings) for it."""
    name, namespace = item["metadata"]["name"], item["metadata"].get("namespace", "")
    if user.is_master:
        return
    if resource in (ROLE, CLUSTER_ROLE):
        given, verb, about = item.get("rules") or [], "escalate", (resource.plural, name)
        if old is not None and old.get("rules") == item.get("rules"):
            return
    elif resource in (ROLE_BINDING, CLUSTER_ROLE_BINDING):
        reference = item["roleRef"]
        rules = authorizer.rules_of_role(reference, namespace)
        kind = ROLE if reference["kind"] == "Role" else CLUSTER_ROLE
        if rules is None:
            raise not_found(kind, reference["name"])
        given, verb, about = rules, "bind", (kind.plural, reference["name"])
    else:
        return
    if authorizer.allows(user, Request(verb, ROLE.group, about[0], "", namespace, about[1])):
        return
    held = authorizer.rules_of(user, namespace)
    missing = [rule for rule in given if not all(any(_covers(own, single) for own in held) for single in _singles(rule))]
    if missing:
        raise forbidden(
            f'{resource.qualified} "{name}" is forbidden: user "{user.name}" (groups={sorted(user.groups)}) is attempting to grant RBAC permissions '
            f"not currently held:\n" + "\n".join(str(dict(rule)) for rule in missing),
            resource,
            name,
        )


def _singles(rule: Rule) -> Iterator[Rule]:
    """A rule as rules of one verb and one resource or URL each."""
    for verb in rule["verbs"]:
        for url in rule.get("nonResourceURLs") or ():
            yield {"verbs": [verb], "nonResourceURLs": [url]}
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                for name in rule.get("resourceNames") or ("",):
                    yield {"verbs": [verb], "apiGroups": [group], "resources": [resource], "resourceNames": [name] if name else []}


def _covers(own: Rule, single: Rule) -> bool:
    """Does a rule that the user has allow all that a single rule allows?"""
    if not includes(own["verbs"], single["verbs"][0]):
        return False
    if urls := single.get("nonResourceURLs"):
        return includes_path(own.get("nonResourceURLs") or (), urls[0])
    names = own.get("resourceNames")
    return (
        includes(own.get("apiGroups") or (), single["apiGroups"][0])
        and includes_resource(own.get("resources") or (), single["resources"][0])
        and (not names or (bool(single["resourceNames"]) and single["resourceNames"][0] in names))
    )
