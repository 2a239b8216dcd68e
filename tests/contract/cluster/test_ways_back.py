"""A bad release is undone whatever its chart changed: the environment is then as it was, object by object. Real Helm, Roles and pods."""

import json
import re

import pytest

from tests.contract.cluster.changes import CRASHES, Change, added, colour, config_map, relabelled, removed, replaced
from tests.contract.cluster.deploying import SERVICE, Place, Site

pytestmark = [pytest.mark.timeout(200), pytest.mark.xdist_group("one cluster")]

SETTINGS = added("settings", config_map("settings", "data: {colour: green}"))
NO_LONGER = added("no-longer", config_map("no-longer", "data: {kept: 'yes'}"))
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: migration}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: x}]}}}
"""
ANOTHER_PORT = "    - {name: more, port: 9000, targetPort: http}\n"


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    """dev runs a good release; every test ends with it."""
    found = site.place("dev")
    found.make_live(SETTINGS, NO_LONGER)
    return found


def undone(place: Place, *changes: Change) -> str:
    """Deploy a release with these changes, which has to be undone: the environment is as before. Why it was undone."""
    before = place.objects()
    ended = place.deploy(place.release(SETTINGS, NO_LONGER, *changes))
    assert ended["outcome"] == "rolled-back", ended
    assert place.objects() == before
    assert place.plane.leases.read(SERVICE, "dev").owner == ""
    return str(ended["reason"])


def test_what_the_newer_chart_added_goes_and_what_it_removed_or_made_another_kind_comes_back(place: Place) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: settings}\nstringData: {colour: red}\n"
    port = replaced("templates/service.yaml", "    - {name: http, port: 8000,", f"{ANOTHER_PORT}    - {{name: http, port: 8000,")
    reason = undone(
        place, added("extra", config_map("extra")), removed("no-longer"), removed("ingress"), added("settings", secret), colour("red"), port, CRASHES
    )
    assert "exit code 7" in reason


def test_a_changed_selector_is_refused_in_the_api_servers_words_and_what_was_applied_before_it_is_taken_back(place: Place) -> None:
    (uid, _) = place.identities()["Deployment/sample-app"]
    reason = undone(place, relabelled(), colour("red"), added("extra", config_map("extra")))
    assert 'Deployment.apps "sample-app" is invalid: spec.selector' in reason
    assert "field is immutable" in reason
    assert place.identities()["Deployment/sample-app"][0] == uid


def test_a_service_that_becomes_headless_is_refused(place: Place) -> None:
    reason = undone(place, replaced("templates/service.yaml", "  type: ClusterIP\n", "  type: ClusterIP\n  clusterIP: None\n"), colour("red"))
    assert "spec.clusterIP" in reason
    assert "immutable" in reason


def test_a_full_namespace_is_told_from_its_pods_and_undone(place: Place) -> None:
    def allow(pods: int) -> None:
        place.kubectl("patch", "resourcequota", "environment", "--patch", json.dumps({"spec": {"hard": {"pods": str(pods)}}}))

    allow(1)
    reason = undone(place, colour("red"))
    allow(10)
    # Pods of the rollouts before may still be on their way out, and count until they are gone.
    assert re.search(r"exceeded quota: environment, requested: pods=1, used: pods=\d+, limited: pods=1", reason), reason


def test_a_kind_that_the_environments_role_does_not_have_is_refused_with_the_right_that_is_missing(place: Place) -> None:
    reason = undone(place, added("job", JOB), colour("red"))
    assert 'jobs.batch "migration" is forbidden' in reason
    assert 'cannot get resource "jobs" in API group "batch" in the namespace' in reason


def test_what_a_hook_made_stays(place: Place) -> None:
    """Helm doesn't count the objects of hooks among the release's: neither a rollback nor an uninstallation removes them. The next hook replaces them.

    https://helm.sh/docs/topics/charts_hooks/#hook-resources-are-not-managed-with-corresponding-releases
    """
    hook = added("hook", config_map("from-a-hook", about="annotations: {helm.sh/hook: pre-upgrade}"))
    before = place.objects()
    assert place.deploy(place.release(SETTINGS, NO_LONGER, hook, relabelled()))["outcome"] == "rolled-back"
    left = place.objects()
    del left["ConfigMap/from-a-hook"]
    assert left == before
    place.kubectl("delete", "configmap", "from-a-hook")


def test_what_people_deleted_and_added_by_hand_is_right_again_after_a_bad_release_is_undone(place: Place) -> None:
    before = place.objects()
    place.kubectl("delete", "configmap", "settings")
    place.kubectl("set", "env", "deployment/sample-app", "BY_HAND=yes")
    assert place.deploy(place.release(SETTINGS, NO_LONGER, CRASHES))["outcome"] == "rolled-back"
    assert place.objects() == before


def test_when_helm_has_forgotten_the_last_good_release_it_comes_from_its_bundle(place: Place) -> None:
    place.kubectl("delete", "secret", "--selector", "owner=helm")
    assert "exit code 7" in undone(place, added("extra", config_map("extra")), removed("no-longer"), CRASHES)


def test_where_going_back_is_refused_too_people_are_told_why_and_the_next_rollback_works(place: Place) -> None:
    """An administrator takes a right away meanwhile, and gives it back."""
    good, before = place.plane.environments.state(SERVICE, "dev").last_good, place.objects()
    role = json.loads(place.kubectl("get", "role", "slipway", "--output", "json"))
    rules = [{**rule, "resources": [each for each in rule["resources"] if each != "ingresses"]} for rule in role["rules"]]
    place.kubectl("patch", "role", "slipway", "--type", "merge", "--patch", json.dumps({"rules": rules}))
    ended = place.deploy(place.release(SETTINGS, NO_LONGER, colour("red")))
    place.kubectl("patch", "role", "slipway", "--type", "merge", "--patch", json.dumps({"rules": role["rules"]}))
    assert ended["outcome"] == "needs-attention"
    assert 'cannot get resource "ingresses"' in ended["reason"]
    assert place.plane.environments.state(SERVICE, "dev").needs_attention == ended["reason"]
    assert place.plane.leases.read(SERVICE, "dev").owner == ""
    back = place.rollback()
    assert (back["outcome"], back["commit"]) == ("live", good)
    assert place.objects() == before


def test_a_first_release_that_is_bad_leaves_nothing_behind(site: Site) -> None:
    place = site.place("dev")
    before = place.identities()
    assert place.deploy(place.release(CRASHES))["outcome"] == "rolled-back"
    assert place.identities() == before
    assert place.charts().history(SERVICE) == []
