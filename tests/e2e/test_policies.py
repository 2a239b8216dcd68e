"""Deployments by hand, and pushes that change only the chart, on a real stack."""

import uuid

import pytest

from tests.e2e.promoting import Promoting
from tests.e2e.running import ENVIRONMENT, SERVICE

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]


def test_a_change_of_the_chart_alone_keeps_the_image_and_is_a_release_of_its_own(people: Promoting) -> None:
    running = people.running
    running.start_over()
    running.write_a_note()
    code = running.push("a change of the code")
    assert running.ended(code) == ("live", f"live in {ENVIRONMENT}")
    running.clone.add("helm/sample-app/note.txt", f"{uuid.uuid4().hex}\n")
    chart = running.push("a change of the chart")
    assert running.ended(chart) == ("live", f"live in {ENVIRONMENT}")
    before, after = (running.observer.records.item(f"RELEASE#{SERVICE}", commit) for commit in (code, chart))
    assert after["image_digest"] == before["image_digest"]
    assert after["bundle_digest"] != before["bundle_digest"]
    [run] = running.runs(chart)
    assert "image-kept" in {event["kind"] for event in running.observer.records.items(f"RUN#{run}", "EVENT#")}


def test_an_operator_brings_the_live_release_once_more(people: Promoting, live: str) -> None:
    again = people.slipway("deploy", SERVICE, ENVIRONMENT, "--reason", "the nodes were rebuilt", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "operator asked for" in again.stdout and f"{ENVIRONMENT} runs" in again.stdout
    named = people.slipway("deploy", SERVICE, ENVIRONMENT, "--commit", live[:12], "--yes")
    assert named.returncode == 0, named.stdout + named.stderr


def test_what_an_environment_does_not_take_by_hand_is_said_at_once(people: Promoting, live: str) -> None:
    missing = people.slipway("deploy", SERVICE, ENVIRONMENT, "--version", "v404", "--yes")
    assert missing.returncode == 2 and "has no release 'v404'" in missing.stderr
    frozen = people.slipway("deploy", SERVICE, ENVIRONMENT, "--commit", live[:12], "--override-freeze", "now", "--yes")
    assert frozen.returncode == 1 and "has no freeze_override in slipway.yaml" in frozen.stderr
