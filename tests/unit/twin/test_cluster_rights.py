"""The judge over rules of `helm/environment`, on what the API server has noted: a needless rule is found, and so is one that is missing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster_rights import allowed, entries, refused, used
from tests.e2e.rights import needless
from twin.cluster.apiserver.access.rbac import Authorizer, Request
from twin.cluster.apiserver.access.record import FILE, Record
from twin.cluster.apiserver.access.user import MASTERS, User
from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import CLUSTER_ROLE, ROLE, ROLE_BINDING, Resource

DEV = User("arn:aws:iam::123456789012:role/slipway-environment-dev", frozenset({"slipway:dev"}))
GET_PODS, GET_LOGS, PATCH_DEPLOYMENTS = (Request(verb, *rest, "sample-dev", "x") for verb, *rest in (
    ("get", "", "pods", ""), ("get", "", "pods", "log"), ("patch", "apps", "deployments", "")))  # fmt: skip
PODS = {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get"]}
DEPLOYMENTS = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}

Judged = Callable[..., tuple[list[str], set[str]]]


def role(*rules: Mapping[str, Any]) -> Object:
    return {"metadata": {"name": "slipway", "namespace": "sample-dev"}, "rules": [dict(rule) for rule in rules]}


def authorizer(found: Object, note: Record, kind: Resource = ROLE) -> Authorizer:
    reference = {"kind": kind.kind, "name": "slipway"}
    binding = {"metadata": {"name": "slipway"}, "roleRef": reference, "subjects": [{"kind": "Group", "name": "slipway:dev"}]}
    stored = {kind: found, ROLE_BINDING: binding}
    return Authorizer(lambda resource, _: [stored[resource]] if resource in stored else [], note.note)


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """Needless rights of a Role, and what was refused, after these requests."""

    def judge(found: Object, *requests: Request, user: User = DEV) -> tuple[list[str], set[str]]:
        (tmp_path / "cluster").mkdir()
        (tmp_path / "cluster" / FILE).touch()
        asked = authorizer(found, Record(tmp_path / "cluster" / FILE))
        for request in requests:
            try:
                asked.check(user, request)
            except ApiError as error:
                assert error.code == 403
        decided = entries(tmp_path)
        return needless(allowed([found]), used(decided), {}), set(refused(decided))

    return judge


def test_a_role_that_fits_passes(judged: Judged) -> None:
    assert judged(role(PODS, DEPLOYMENTS), GET_PODS, GET_LOGS, PATCH_DEPLOYMENTS) == ([], set())


def test_a_planted_extra_rule_is_found(judged: Judged) -> None:
    assert judged(role(PODS, DEPLOYMENTS), GET_PODS, GET_LOGS) == (["slipway patch deployments.apps"], set())


def test_a_planted_missing_rule_is_found(judged: Judged) -> None:
    refusal = "slipway-environment-dev patch deployments.apps in sample-dev"
    assert judged(role(PODS), GET_PODS, GET_LOGS, PATCH_DEPLOYMENTS) == ([], {refusal})


def test_a_wildcard_is_needless_whatever_was_used(judged: Judged) -> None:
    everything = {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["*"]}
    assert judged(role(everything), GET_PODS, GET_LOGS) == (["slipway * pods", "slipway * pods/log"], set())


def test_a_rule_for_named_objects_is_needed_by_those_only(judged: Judged) -> None:
    named = {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["x", "y"], "verbs": ["get"]}
    assert judged(role(named), GET_PODS) == (["slipway get pods/y"], set())


def test_who_administers_the_cluster_uses_no_rule(judged: Judged) -> None:
    assert judged(role(DEPLOYMENTS), PATCH_DEPLOYMENTS, user=User("admin", frozenset({MASTERS}))) == (["slipway patch deployments.apps"], set())


def test_a_refusal_is_logged_once_in_the_words_that_the_client_gets(judged: Judged, caplog: pytest.LogCaptureFixture) -> None:
    judged(role(PODS), PATCH_DEPLOYMENTS, PATCH_DEPLOYMENTS)
    words = f'deployments.apps "x" is forbidden: User "{DEV.name}" cannot patch resource "deployments" in API group "apps" in the namespace "sample-dev"'
    assert caplog.messages == [words]


def test_what_a_cluster_role_allows_is_not_noted(tmp_path: Path) -> None:
    authorizer(role(PODS), Record(tmp_path / FILE), CLUSTER_ROLE).check(DEV, GET_PODS)
    assert not (tmp_path / FILE).exists()
