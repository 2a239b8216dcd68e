"""What a person would expect of each event that GitHub sends, with payloads as GitHub sends them."""

import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest

from slipway.adapters.configuration import parse
from slipway.steps.github_event import MOST_COMMITS, MOST_FILES, parse_push
from slipway.steps.webhook import LARGEST_BODY_BYTES, asked_at
from tests.fakes.control_plane import BAD, BETTER, CONFIGURATION, GOOD, NOW, ControlPlane
from tests.fakes.github_events import NO_COMMIT, Payload, commit, deletion, push, repository, tag, user
from tests.fakes.world import FakeWorkflows
from tests.unit.test_webhook import receive, signed, started

TAG_OBJECT = "e" * 40
WORKER = """
  worker:
    repository: Acme/Sample-App
    chart: helm/worker
    paths: ["worker/**", "helm/worker/**", "*.lock"]
    environments:
      dev: {on: {branches: [main]}}
      prod: {on: {tags: ["worker-*"]}}
"""
TWO = CONFIGURATION.replace("    chart: helm/sample-app\n", '    chart: helm/sample-app\n    paths: ["service/**", "helm/sample-app/**"]\n').replace(
    "\nenvironments:\n", WORKER + "environments:\n"
)


def runs(*payloads: Payload, configuration: str = CONFIGURATION, event: str = "push") -> list[Mapping[str, Any]]:
    """What each started run is told, after one delivery of each."""
    plane = ControlPlane()
    plane.configurations.configuration = parse(configuration, "slipway.yaml")
    for number, payload in enumerate(payloads):
        assert receive(plane, signed(payload, delivery=f"delivery-{number}", event=event)).status < HTTPStatus.BAD_REQUEST
    return [value for value in started(plane).values() if isinstance(value, Mapping)]


def message(payload: Payload, event: str = "push", configuration: str = CONFIGURATION) -> str:
    plane = ControlPlane()
    plane.configurations.configuration = parse(configuration, "slipway.yaml")
    return receive(plane, signed(payload, event=event)).message


def services(*payloads: Payload) -> list[str]:
    return [str(run["service"]) for run in runs(*payloads, configuration=TWO)]


def test_a_push_to_a_branch_releases_its_newest_commit() -> None:
    [run] = runs(push(BETTER, commit(GOOD), commit(BETTER)))
    assert (run["commit"], run["ref"], run["pusher"], run["by"]) == (BETTER, "refs/heads/main", "ada", "ada")


def test_a_lightweight_tag_is_released_as_its_commit() -> None:
    [run] = runs(tag("v1.0.0", GOOD, GOOD))
    assert (run["commit"], run["ref"]) == (GOOD, "refs/tags/v1.0.0")


def test_an_annotated_tag_is_released_as_the_commit_that_it_leads_to() -> None:
    [run] = runs(tag("v1.0.0", TAG_OBJECT, GOOD))
    assert run["commit"] == GOOD


def test_a_tag_of_something_else_than_a_commit_is_ignored() -> None:
    payload = tag("v1.0.0", TAG_OBJECT, GOOD, head_commit=None)
    assert (runs(payload), message(payload)) == ([], "refs/tags/v1.0.0 isn't the tag of a commit; nothing to deploy.")


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/v1.0.0"])
def test_a_deleted_branch_or_tag_deploys_nothing(ref: str) -> None:
    assert (runs(deletion(ref)), message(deletion(ref))) == ([], f"{ref} was deleted; nothing to deploy.")


def test_a_force_push_releases_what_the_branch_is_now() -> None:
    [run] = runs(push(GOOD, forced=True, before=BAD))
    assert run["commit"] == GOOD


def test_the_first_push_of_a_branch_releases_it() -> None:
    [run] = runs(push(GOOD, commit(GOOD), ref="refs/heads/develop", before=NO_COMMIT, created=True))
    assert (run["commit"], run["ref"]) == (GOOD, "refs/heads/develop")


def test_three_tags_of_one_push_are_three_runs_one_for_each_event() -> None:
    assert [run["ref"] for run in runs(*(tag(f"v1.0.{number}", GOOD, GOOD) for number in range(3)))] == [f"refs/tags/v1.0.{n}" for n in range(3)]


@pytest.mark.parametrize(
    ("event", "payload", "told"),
    [
        ("ping", {"zen": "Design for failure.", "hook_id": 1, "hook": {"type": "Repository"}, "repository": repository()}, "pong"),
        (
            "release",
            {"action": "published", "release": {"tag_name": "v1.0.0", "draft": False}, "repository": repository(), "sender": user("ada")},
            "The release of v1.0.0 was published; it is the push of its tag that deploys.",
        ),
        (
            "repository",
            {"action": "renamed", "changes": {"repository": {"name": {"from": "sample-app"}}}, "repository": repository("acme/shop"), "sender": user("ada")},
            "The repository was renamed and is acme/shop now: change `repository` in slipway.yaml, or its pushes start nothing.",
        ),
        (
            "repository",
            {"action": "transferred", "changes": {"owner": {"from": {"user": user("ada")}}}, "repository": repository("globex/sample-app")},
            "The repository was transferred and is globex/sample-app now: change `repository` in slipway.yaml, or its pushes start nothing.",
        ),
        (
            "create",
            {"ref": "v1.0.0", "ref_type": "tag", "pusher_type": "user", "repository": repository()},
            "Events of type create start nothing; send push events.",
        ),
        ("release", {"action": "published"}, "Events of type release start nothing; send push events."),
    ],
)
def test_other_events_start_nothing_and_say_what_does(event: str, payload: Payload, told: str) -> None:
    assert (runs(payload, event=event), message(payload, event)) == ([], told)


def test_a_push_to_a_renamed_repository_says_what_to_change() -> None:
    payload = push(GOOD, repository=repository("acme/shop"))
    assert message(payload) == "No service is deployed from acme/shop. If the repository was renamed or transferred, change `repository` in slipway.yaml."


@pytest.mark.parametrize(
    ("sender", "pusher", "login", "by"),
    [
        (user("ada"), {"name": "Ada"}, "ada", "Ada"),
        (user("github-actions[bot]", "Bot"), {"name": "github-actions[bot]", "email": None}, "", "github-actions[bot]"),
        (user("ada", "Bot"), {"name": "ada"}, "", "ada"),
        (user("ada", "Organization"), {"name": "ada"}, "", "ada"),
        ({"login": "ada"}, {"name": "ada"}, "", "ada"),
        (user("ada"), {"name": "deploy key"}, "", "deploy key (ada)"),
        (user("ada"), {"name": "grace"}, "", "grace (ada)"),
        (user("ada"), None, "ada", "ada"),
        (None, {"name": "ada"}, "", "ada"),
        ({"login": 3}, {"name": ["ada"]}, "", ""),
        (user("ada"), {"name": "x\nfailed: everything\x1b[2J"}, "", "x failed: everything\N{REPLACEMENT CHARACTER}[2J (ada)"),
    ],
)
def test_the_pusher_is_the_person_whom_github_has_authenticated_and_nobody_when_it_was_a_program(sender: object, pusher: object, login: str, by: str) -> None:
    [run] = runs(push(GOOD, sender="ada") | {"sender": sender, "pusher": pusher})
    assert (run["pusher"], run["by"]) == (login, by)


@pytest.mark.parametrize("missing", ["ref", "after", "repository"])
def test_a_push_that_lacks_what_it_is_about_is_a_bad_request(missing: str) -> None:
    payload = push(GOOD)
    del payload[missing]
    plane = ControlPlane()
    assert receive(plane, signed(payload)).status == HTTPStatus.BAD_REQUEST
    assert not started(plane)


@pytest.mark.parametrize(
    "missing", ["before", "pusher", "sender", "created", "deleted", "forced", "base_ref", "commits", "head_commit", "compare", "organization"]
)
def test_a_push_without_anything_else_is_released_all_the_same(missing: str) -> None:
    payload = push(GOOD, commit(GOOD, modified=["service/app.py"]))
    del payload[missing]
    assert [run["commit"] for run in runs(payload)] == [GOOD]


def test_a_ref_in_any_script_is_released_and_half_a_character_is_not() -> None:
    name = "v1.0-größe-日本語-👩‍💻"
    [run] = runs(tag(name, GOOD, GOOD))
    assert run["ref"] == f"refs/tags/{name}"
    assert str(run["run"]).isascii() and len(str(run["run"])) <= 60
    assert parse_push(push(GOOD, ref="refs/heads/\ud83d")) is None
    assert message(tag("v" + "日" * 200, GOOD, GOOD)) == "A ref of more than 512 bytes starts nothing."


def test_a_push_of_very_many_commits_fits() -> None:
    files = [f"service/{'x' * 60}/{number}.py" for number in range(15)]
    payload = push(GOOD, *(commit(f"{number:040x}", modified=files) for number in range(MOST_COMMITS)))
    assert 2_000_000 < len(json.dumps(payload)) < LARGEST_BODY_BYTES
    assert [run["commit"] for run in runs(payload)] == [GOOD]


# Several services in one repository


@pytest.mark.parametrize(
    ("files", "concerned"),
    [
        (["service/app.py"], ["sample-app"]),
        (["helm/worker/values.yaml"], ["worker"]),
        (["service/deep/down/app.py", "worker/main.py"], ["sample-app", "worker"]),
        (["uv.lock"], ["worker"]),
        (["docs/uv.lock", "README.md"], []),
        (["services/app.py"], []),
    ],
)
def test_a_push_starts_a_run_for_each_service_whose_files_it_touches(files: list[str], concerned: list[str]) -> None:
    for how in ("added", "removed", "modified"):
        assert services(push(GOOD, commit(BETTER), commit(GOOD, **{how: files}))) == concerned


def test_a_push_that_touches_nothing_of_ours_says_so() -> None:
    told = message(push(GOOD, commit(GOOD, modified=["README.md"])), configuration=TWO)
    assert told == "Nothing that was pushed to refs/heads/main belongs to sample-app, worker, by its `paths` in slipway.yaml."


def test_an_answer_names_every_service_that_is_released() -> None:
    told = message(push(GOOD, commit(GOOD, modified=["service/a", "worker/b"])), configuration=TWO)
    assert told == f"Releasing {GOOD[:12]} of sample-app to dev, stage; of worker to dev."


def test_only_services_with_an_environment_that_follows_the_ref_are_released() -> None:
    assert services(push(GOOD, commit(GOOD, modified=["service/a", "worker/b"]), ref="refs/heads/stage")) == ["sample-app"]
    assert services(tag("worker-1", GOOD, GOOD)) == ["worker"]


README = commit(GOOD, modified=["README.md"])


@pytest.mark.parametrize(
    "payload",
    [
        push(GOOD, README, forced=True),
        push(GOOD, README, created=True, before=NO_COMMIT),
        push(GOOD, *[README] * MOST_COMMITS),
        push(GOOD, commit(GOOD, modified=[f"docs/{number}" for number in range(MOST_FILES)])),
        push(GOOD, README, commits=None),
        push(GOOD, README, commits=[]),
        push(GOOD, README, commits=[{"id": GOOD}]),
        push(GOOD, README, commits=[{**README, "modified": [3]}]),
    ],
    ids=["force push", "new branch", "cut after 2,048 commits", "cut after 3,000 files", "no list", "an empty list", "no files", "no names"],
)
def test_when_the_list_of_files_may_lack_some_every_service_is_released(payload: Payload) -> None:
    assert services(payload) == ["sample-app", "worker"]


class CrashingAtTheSecond(FakeWorkflows):
    def start_release(self, name: str, request: Mapping[str, object]) -> bool:
        if self.started:
            raise KeyboardInterrupt
        return super().start_release(name, request)


def test_a_crash_between_the_runs_of_two_services_is_made_good_by_the_redelivery() -> None:
    crashing = CrashingAtTheSecond()
    plane = ControlPlane(workflows=crashing)
    plane.configurations.configuration = parse(TWO, "slipway.yaml")
    request = signed(push(GOOD, commit(GOOD, modified=["service/a", "worker/b"])))
    with pytest.raises(KeyboardInterrupt):
        receive(plane, request)
    plane.workflows = FakeWorkflows(started=crashing.started)
    answer = receive(plane, request)
    assert set(answer.runs) == set(started(plane)) and len(answer.runs) == 2
    assert receive(plane, request).message == "This delivery has started its run already."


def test_what_is_pushed_for_a_service_that_was_removed_starts_nothing() -> None:
    without = TWO.replace(WORKER, "\n")
    assert message(push(GOOD, commit(GOOD, modified=["worker/main.py"])), configuration=without).startswith(
        "Nothing that was pushed to refs/heads/main belongs to"
    )


# What leaves the image as it is


@pytest.mark.parametrize(
    ("files", "changes", "image_of"),
    [
        (["helm/sample-app/values-prod.yaml", "helm/sample-app/templates/service.yaml"], {}, "d" * 40),
        (["helm/sample-app/values.yaml", "service/app.py"], {}, None),
        (["helm/sample-app/values.yaml", "README.md"], {}, None),
        (["helm/sample-app-2/values.yaml"], {}, None),
        ([], {}, None),
        (["helm/sample-app/values.yaml"], {"forced": True}, None),
        (["helm/sample-app/values.yaml"], {"created": True, "before": NO_COMMIT}, None),
        (["helm/sample-app/values.yaml"], {"before": NO_COMMIT}, None),
        (["helm/sample-app/values.yaml"], {"ref": "refs/tags/v1.0.0"}, None),
    ],
)
def test_a_push_of_nothing_but_the_chart_keeps_the_image_of_what_the_branch_was(files: list[str], changes: Mapping[str, Any], image_of: str | None) -> None:
    [run] = runs(push(GOOD, commit(GOOD, modified=files), **changes))
    assert run.get("image_of") == image_of


def test_a_chart_inside_the_source_is_a_part_of_the_image() -> None:
    inside = CONFIGURATION.replace("chart: helm/sample-app", "chart: service/chart")
    [run] = runs(push(GOOD, commit(GOOD, modified=["service/chart/values.yaml"])), configuration=inside)
    assert "image_of" not in run


# Of two pushes the newer one wins


def test_pushes_are_ordered_by_when_they_were_pushed_not_by_when_their_events_come() -> None:
    older, newer = (parse_push(push(GOOD, repository=repository(pushed_at=NOW + timedelta(seconds=second)))) for second in (0, 1))
    assert older is not None and newer is not None
    assert asked_at(older, NOW + timedelta(hours=1)) < asked_at(newer, NOW + timedelta(seconds=1, milliseconds=1))


def test_within_a_second_what_comes_later_counts_as_later() -> None:
    same = parse_push(push(GOOD, repository=repository(pushed_at=NOW)))
    assert same is not None
    moments = [asked_at(same, NOW + timedelta(milliseconds=late)) for late in (1, 2, 999, 2000, 2001, 60000, 60010)]
    assert moments == sorted(set(moments)) and moments[-1] < NOW + timedelta(seconds=1)


@pytest.mark.parametrize("told", [None, "2026-11-24", True, -1])
def test_a_push_that_says_nothing_about_its_time_was_just_now(told: object) -> None:
    parsed = parse_push(push(GOOD, repository=repository() | {"pushed_at": told}))
    assert parsed is not None and asked_at(parsed, NOW) == NOW
