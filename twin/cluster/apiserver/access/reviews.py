"""Reviews: questions about access that are sent as objects, answered at once and never stored. Called by `http.operations`.

`kubectl auth can-i` asks by SelfSubjectAccessReview (and, with `--list`, SelfSubjectRulesReview), `kubectl auth whoami` by SelfSubjectReview.
https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access. Left out: selectors in attributes, TokenReview.
"""

from collections.abc import Callable, Mapping
from typing import Any

from twin.cluster.apiserver.access.rbac import Authorizer, Request
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.errors import bad_request
from twin.cluster.apiserver.objects import Object


def reviewed(authorizer: Authorizer, user: User, namespace: str, review: Object) -> Object:
    """`review` with its status. `user` asks; `namespace` is the one in the URL. Bad request for a question that can't be read."""
    return {**review, "status": _BY_KIND[review["kind"]](authorizer, user, namespace, review.get("spec") or {})}


def _of_self(authorizer: Authorizer, user: User, _: str, spec: Mapping[str, Any]) -> Object:
    return _access(authorizer, user, spec)


def _of_subject(authorizer: Authorizer, _: User, namespace: str, spec: Mapping[str, Any]) -> Object:
    if not spec.get("user") and not spec.get("groups"):
        raise bad_request('spec.user: Invalid value: "": at least one of user or group must be specified')
    if namespace and (spec.get("resourceAttributes") or {}).get("namespace") != namespace:
        raise bad_request("spec.resourceAttributes.namespace: Invalid value: must match metadata.namespace")
    return _access(authorizer, User(spec.get("user", ""), frozenset(spec.get("groups") or ())), spec)


def _access(authorizer: Authorizer, user: User, spec: Mapping[str, Any]) -> Object:
    resource, path = spec.get("resourceAttributes") or {}, spec.get("nonResourceAttributes") or {}
    if bool(resource) == bool(path):
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
    if path:
        reason = authorizer.path_allowed_by(user, path.get("verb", ""), path.get("path", ""))
    else:
        names = ("verb", "group", "resource", "subresource", "namespace", "name")
        reason = authorizer.allowed_by(user, Request(*(resource.get(name, "") for name in names)))
    return {"allowed": bool(reason)} | ({"reason": reason} if reason and not user.is_master else {})


def _rules(authorizer: Authorizer, user: User, _: str, spec: Mapping[str, Any]) -> Object:
    rules = authorizer.rules_of(user, spec.get("namespace", ""))
    told = ("verbs", "apiGroups", "resources", "resourceNames")
    of_resources = [{name: rule[name] for name in told if name in rule} for rule in rules if rule.get("resources")]
    of_paths = [{"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]} for rule in rules if rule.get("nonResourceURLs")]
    return {"resourceRules": of_resources, "nonResourceRules": of_paths, "incomplete": False}


def _who(_authorizer: Authorizer, user: User, _: str, _spec: Mapping[str, Any]) -> Object:
    return {"userInfo": {"username": user.name, "groups": sorted(user.groups)}}


_BY_KIND: Mapping[str, Callable[[Authorizer, User, str, Mapping[str, Any]], Object]] = {
    "LocalSubjectAccessReview": _of_subject,
    "SelfSubjectAccessReview": _of_self,
    "SelfSubjectReview": _who,
    "SelfSubjectRulesReview": _rules,
    "SubjectAccessReview": _of_subject,
}
