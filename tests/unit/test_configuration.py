"""`slipway.yaml`: valid as a whole, or refused with every fault, its line and what is allowed."""

from pathlib import Path

import pytest

from slipway.adapters.configuration import parse
from slipway.errors import InvalidInput
from tests.fakes.control_plane import CONFIGURATION


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as raised:
        parse(text, "slipway.yaml")
    return str(raised.value).splitlines()


def test_the_projects_own_file_is_valid() -> None:
    configuration = parse(Path("slipway.yaml").read_text(), "slipway.yaml")
    assert configuration.services["sample-app"].environments_for("refs/heads/main")[0] == "dev"


def test_every_fault_is_told_at_once_with_its_line_and_what_is_allowed() -> None:
    broken = (
        CONFIGURATION.replace("    chart: helm/sample-app\n", "    chrt: helm/sample-app\n")
        .replace("stage: {on: {branches: [main, stage]}}", "staging: {on: {branches: [main]}}")
        .replace("namespace: sample-dev", "namespace: Sample_Dev")
        .replace("release.commit", "release.comit")
    )
    found = faults(broken)
    assert "slipway.yaml:7: services.sample-app.chart: Field required" in found
    assert any(line.startswith("slipway.yaml:9: services.sample-app.chrt: there is no such field; did you mean chart?") for line in found), found
    assert "slipway.yaml:12: services.sample-app.environments.staging: no such environment is defined. Allowed: dev, prod, stage" in found
    assert any(line.startswith("slipway.yaml:20: environments.dev.namespace: ") for line in found), found
    assert any("there is no release.comit. Allowed: version, commit, digest" in line for line in found), found
    assert any("services.sample-app.environments.prod.requires.ran_in: no environment of that name stands before prod" in line for line in found), found
    assert len(found) == 6


@pytest.mark.parametrize(
    ("written", "broken", "told"),
    [
        ("[ada, grace]", "[ada, hopper]", "approval.approvers.1: there is no such person. Allowed: ada, grace, linus"),
        ("[ada, grace]", "[ada, ada]", "approval.approvers.1: stands here twice"),
        ("[ada, grace]", "[]", "approval.approvers: List should have at least 1 item"),
        ("required: 1", "required: 3", "approval.required: more than there are approvers (2)"),
        ("expires: 24h", "expires: 1y", "a duration is a whole number and a unit"),
        ("expires: 24h", "expires: 5s", "at least 60s and at most 7d"),
        ("expires: 24h", "expire: 24h", "did you mean expires?"),
        ("ran_in: stage", "ran_in: prod", "no environment of that name stands before prod. Allowed: dev, stage"),
        ("ada@example.com", "ada", "people.ada.email: "),
        ("[ada, grace]", "[ada, linus]", "approval.approvers.1: has no github login under people"),
        ("arn:aws:iam::*:user/grace", "*/grace", "people.grace.aws: String should match pattern"),
        ("arn:aws:iam::*:user/grace", "arn:aws:sts::*:assumed-role/*/grace", "people.grace.aws: String should match pattern"),
        ('aws: "arn:aws:iam::*:user/grace"', "aws_arn: x", "there is no such field; did you mean aws? Allowed: email, github, aws"),
    ],
)
def test_who_decides_and_what_is_required_has_to_be_there(written: str, broken: str, told: str) -> None:
    found = faults(CONFIGURATION.replace(written, broken))
    assert len(found) == 1 and told in found[0], found


def test_people_are_found_by_what_they_sign_with() -> None:
    configuration = parse(CONFIGURATION, "slipway.yaml")
    found = configuration.person_of("arn:aws:iam::123456789012:user/grace")
    assert found is not None and found.name == "grace"
    assert configuration.person_of("arn:aws:iam::123456789012:user/somebody") is None


@pytest.mark.parametrize("chart", ["../outside", "/absolute", "a/../../b", ""])
def test_a_path_out_of_the_checkout_is_refused(chart: str) -> None:
    assert any("services.sample-app.chart" in line for line in faults(CONFIGURATION.replace("helm/sample-app", chart or "''")))


@pytest.mark.parametrize("text", ["services: [", "", "just text", "services: {}"])
def test_what_is_no_configuration_at_all_is_told_too(text: str) -> None:
    assert faults(text)[0].startswith("slipway.yaml:1: ")
