"""What an operator asks for is what runs afterwards, object by object, whatever people did to the environment by hand. Real Helm, Roles and pods."""

import json

import pytest

from tests.contract.cluster.changes import added, colour, config_map, removed
from tests.contract.cluster.deploying import Objects, Place, Site

pytestmark = [pytest.mark.timeout(200), pytest.mark.xdist_group("one cluster")]


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    """dev ran a green release, then a red one with other objects: green is revision 1."""
    found = site.place("dev")
    found.make_live(colour("green"))
    return found


@pytest.fixture(scope="module")
def green(place: Place) -> Objects:
    return place.objects()


@pytest.fixture
def red(place: Place, green: Objects) -> Objects:
    """What runs when the operator comes."""
    place.resume()
    place.make_live(colour("red"), removed("ingress"), added("extra", config_map("extra")))
    return place.objects()


def test_the_release_before_comes_back_also_when_helm_has_forgotten_it(place: Place, green: Objects, red: Objects) -> None:
    assert red.keys() ^ green.keys() == {"Ingress/sample-app", "ConfigMap/extra"}
    place.kubectl("delete", "secret", "sh.helm.release.v1.sample-app.v1")
    assert place.rollback(revision=1)["outcome"] == "live"
    assert place.objects() == green


def test_what_people_changed_added_and_deleted_by_hand_is_gone_after_a_rollback(place: Place, green: Objects, red: Objects) -> None:
    """Labels and annotations that people add to objects stay: nothing runs by them."""
    place.kubectl("scale", "deployment/sample-app", "--replicas=2")
    place.kubectl("set", "image", "deployment/sample-app", "sample-app=registry.example/sample-app:v1")
    place.kubectl("set", "env", "deployment/sample-app", "BY_HAND=yes")
    place.kubectl("label", "service", "sample-app", "by-hand=yes", "slipway.dev/environment=other", "--overwrite")
    place.kubectl("annotate", "deployment", "sample-app", "by-hand=yes")
    place.kubectl("patch", "configmap", "sample-app", "--patch", json.dumps({"data": {"COLOUR": "blue", "BY_HAND": "yes"}}))
    place.kubectl("patch", "service", "sample-app", "--patch", json.dumps({"spec": {"selector": {"by-hand": "yes"}}}))
    place.kubectl("delete", "networkpolicy,serviceaccount", "sample-app")
    assert place.rollback()["outcome"] == "live"
    after = place.objects()
    assert after["Service/sample-app"]["labels"].pop("by-hand") == "yes"
    assert after["Deployment/sample-app"]["annotations"].pop("by-hand") == "yes"
    assert after == green
