"""What an operator may type, and what they are told when it can't be carried out. prod ran v1.0.0 (revision 1) and runs v1.1.0 (revision 2)."""

from datetime import timedelta

import pytest

from slipway.domain.environment import EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.errors import InvalidInput
from tests.fakes.control_plane import BAD, BETTER, GOOD, NOW, ControlPlane

BACK = {"service": "sample-app", "environment": "prod"}


@pytest.fixture
def plane() -> ControlPlane:
    plane = ControlPlane()
    for index, (commit, version, before) in enumerate(((GOOD, "v1.0.0", ""), (BETTER, "v1.1.0", GOOD))):
        healthy = HealthyRelease(commit, f"sha256:{commit}", (version,), (index + 1,), NOW + timedelta(hours=index), before)
        plane.environments.releases["sample-app", "prod", commit] = healthy
    plane.environments.states["sample-app", "prod"] = EnvironmentState(live=BETTER, last_good=BETTER)
    return plane


def chosen(plane: ControlPlane, given: object) -> dict[str, str]:
    found: dict[str, str] = plane.run_step("choose_target", {"request": given, "execution": "arn:execution", "run": "rollback-1"})
    return found


@pytest.mark.parametrize("named", [{}, {"revision": 1}, {"version": "v1.0.0"}, {"version": GOOD[:12]}, {"version": GOOD}])
def test_a_release_is_named_by_nothing_revision_version_or_commit(plane: ControlPlane, named: dict[str, object]) -> None:
    found = chosen(plane, {**BACK, **named, "reason": "orders fail"})
    assert (found["commit"], found["version"], found["kind"]) == (GOOD, "v1.0.0", "rollback")
    assert found["cause"] == "an operator started a rollback: orders fail"


def test_the_deployments_name_is_that_of_the_execution_and_fits(plane: ControlPlane) -> None:
    names = {chosen(plane, BACK)["deployment"] for _ in range(2)}
    assert len(names) == 1 and len(names.pop()) <= 80


VALID = "Valid: v1.1.0 (revision 2), v1.0.0 (revision 1)."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"service": "nonsense", "environment": "prod"}, "There is no service 'nonsense'; slipway.yaml has sample-app."),
        ({"service": "sample-app", "environment": "production"}, "sample-app has no environment 'production'; it has dev, stage, prod."),
        ({**BACK, "revision": 7}, f"Revision 7 was never healthy for sample-app in prod. {VALID}"),
        ({**BACK, "version": "v9.9.9"}, f"Version 'v9.9.9' was never healthy for sample-app in prod. {VALID}"),
        ({**BACK, "version": BAD}, f"Version '{BAD}' was never healthy for sample-app in prod. {VALID}"),
        ({"service": "sample-app", "environment": "stage"}, "No release of sample-app in stage was ever healthy there: there is nothing to go back to."),
        ({"service": "sample-app", "enviroment": "prod"}, "there is no field 'enviroment', did you mean environment?; environment is missing."),
        ({**BACK, "revision": "1"}, "revision must be a whole number above 0, as `helm history` shows it, without quotation marks."),
        ({**BACK, "revision": True}, "revision must be a whole number above 0"),
        ({**BACK, "revision": 1, "version": "v1.0.0"}, "revision and version can't both be given"),
        ({**BACK, "service": 3}, "service must be text"),
        ({**BACK, "reason": "x" * 501}, "reason has more than 500 characters"),
        ({}, "service is missing; environment is missing."),
        (["sample-app", "prod"], "The input must be a JSON object such as"),
    ],
)
def test_a_wrong_input_is_answered_with_a_sentence_that_says_what_is_right(plane: ControlPlane, given: object, sentence: str) -> None:
    with pytest.raises(InvalidInput) as told:
        chosen(plane, given)
    assert sentence in str(told.value)
    assert plane.audit.entries == []
