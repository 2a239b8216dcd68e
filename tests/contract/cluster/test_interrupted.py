"""A Helm that ended in the middle of something: whatever comes next brings the environment into order. Real Helm, killed by SIGKILL."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kubernetes.client
import kubernetes.config
import kubernetes.watch
import pytest

from slipway.errors import TemporarilyUnavailable
from tests.contract.cluster.changes import Change, added, colour, config_map, relabelled
from tests.contract.cluster.deploying import SERVICE, Objects, Place, Site
from twin import processes

pytestmark = [pytest.mark.timeout(200), pytest.mark.xdist_group("one cluster")]

COUNT, PATIENCE_SECONDS = 70, 30


def many_config_maps(about: str = "") -> Change:
    """Enough of them for Helm to be caught in the middle."""
    number = '{{ printf "%03d" . }}'
    return added("many", f"{{{{- range until {COUNT} }}}}\n---\n{config_map(f'many-{number}', about=about)}{{{{- end }}}}\n")


MANY = many_config_maps()
BEFORE_EVERYTHING = many_config_maps("annotations: {helm.sh/hook: pre-upgrade}")
AFTER_EVERYTHING = many_config_maps("annotations: {helm.sh/hook: post-install}")
"""Hooks are run one by one, while Helm's record of the revision is pending."""


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    """dev ran a release and runs another one of the same objects; every test ends with one of them."""
    found = site.place("dev")
    found.make_live(colour("green"))
    return found


@pytest.fixture(scope="module")
def green(place: Place) -> Objects:
    return place.objects()


@contextmanager
def helm_killed(place: Place) -> Iterator[None]:
    """Whatever Helm runs meanwhile is killed as soon as the eleventh of many ConfigMaps is there."""
    api = kubernetes.client.CoreV1Api(kubernetes.config.new_client_from_config(str(place.site.cluster.kubeconfig)))
    watch, killed = kubernetes.watch.Watch(), list[int]()

    def kill() -> None:
        for event in watch.stream(api.list_namespaced_config_map, place.environment().namespace, timeout_seconds=PATIENCE_SECONDS):
            if event["object"].metadata.name == "many-010":
                killed.extend(pid for pid in processes.descendants() if _is_helm(pid))
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)
                watch.stop()

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    yield
    thread.join(PATIENCE_SECONDS)
    assert len(killed) == 1


def _is_helm(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(b"helm")


def many(place: Place) -> int:
    return sum(name.startswith("ConfigMap/many-") for name in place.objects())


def status(place: Place) -> str:
    """Of the newest revision."""
    return place.charts().history(SERVICE)[-1].status


def upgrade(place: Place, commit: str) -> None:
    """As Apply does it, until Helm is killed."""
    with pytest.raises(TemporarilyUnavailable, match="helm upgrade was ended by signal 9"), helm_killed(place):
        place.charts().upgrade(SERVICE, place.chart(commit), place.values(commit), "values-dev.yaml", commit)


def test_an_upgrade_that_died_half_way_is_gone_after_a_rollback(place: Place, green: Objects) -> None:
    place.make_live(colour("red"))
    upgrade(place, place.release(MANY))
    assert status(place) == "pending-upgrade"
    assert 10 < many(place) < COUNT
    assert place.rollback()["outcome"] == "live"
    assert place.objects() == green
    place.resume()


def test_an_upgrade_that_died_before_it_applied_anything_is_in_nobodys_way(place: Place, green: Objects) -> None:
    upgrade(place, place.release(BEFORE_EVERYTHING, colour("red")))
    assert status(place) == "pending-upgrade"
    left = place.objects()
    assert {name: item for name, item in left.items() if not name.startswith("ConfigMap/many-")} == green
    place.make_live(colour("green"))
    place.kubectl("delete", "configmap", *(name.removeprefix("ConfigMap/") for name in left if name.startswith("ConfigMap/many-")))


def test_a_helm_killed_under_a_deployment_is_no_refusal_and_one_killed_under_its_own_rollback_is_cleared_by_the_next_push(place: Place, green: Objects) -> None:
    commit = place.release(MANY)
    with helm_killed(place):
        execution = place.start(commit)
    assert place.ended(execution)["outcome"] == "live"
    assert many(place) == COUNT
    (recovered,) = [event.message for event in place.plane.timeline.read(f"DEPLOYMENT#{execution.split(':')[-1]}") if event.kind == "recovered"]
    assert recovered.startswith("Went back to revision ")
    assert recovered.endswith(" pending-upgrade")
    revision = place.charts().history(SERVICE)[-1].revision
    place.make_live(colour("green"))
    assert place.objects().keys() == green.keys()
    with pytest.raises(TemporarilyUnavailable, match="helm rollback was ended by signal 9"), helm_killed(place):
        place.charts().rollback(SERVICE, revision)
    assert status(place) == "pending-rollback"
    place.make_live(colour("green"))
    assert place.objects().keys() == green.keys()


def test_an_upgrade_by_hand_that_failed_half_way_leaves_nothing_behind_after_the_next_push(place: Place, green: Objects) -> None:
    commit = place.release(relabelled(), added("extra", config_map("extra")))
    place.charts().upgrade(SERVICE, place.chart(commit), place.values(commit), "values-dev.yaml", commit)
    assert status(place) == "failed"
    assert place.objects().keys() - green.keys() == {"ConfigMap/extra"}
    place.make_live(colour("green"))
    assert place.objects().keys() == green.keys()


def test_a_first_installation_that_died_in_the_middle_is_removed_before_the_next_one(site: Site) -> None:
    place = site.place("dev")
    nothing = place.objects().keys()
    upgrade(place, place.release(AFTER_EVERYTHING, added("extra", config_map("extra"))))
    assert status(place) == "pending-install"
    assert "ConfigMap/extra" in place.objects()
    place.make_live()
    made = {name for name in place.objects().keys() - nothing if not name.startswith("ConfigMap/many-")}
    assert "Deployment/sample-app" in made
    assert "ConfigMap/extra" not in made
