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
    assert "slipway.yaml:3: services.sample-app.chart: Field required" in found
    assert any(line.startswith("slipway.yaml:5: services.sample-app.chrt: there is no such field; did you mean chart?") for line in found), found
    assert "slipway.yaml:8: services.sample-app.environments.staging: no such environment is defined. Allowed: dev, stage" in found
    assert any(line.startswith("slipway.yaml:12: environments.dev.namespace: ") for line in found), found
    assert any("there is no release.comit. Allowed: version, commit, digest" in line for line in found), found
    assert len(found) == 5


@pytest.mark.parametrize("chart", ["../outside", "/absolute", "a/../../b", ""])
def test_a_path_out_of_the_checkout_is_refused(chart: str) -> None:
    assert any("services.sample-app.chart" in line for line in faults(CONFIGURATION.replace("helm/sample-app", chart or "''")))


@pytest.mark.parametrize("text", ["services: [", "", "just text", "services: {}"])
def test_what_is_no_configuration_at_all_is_told_too(text: str) -> None:
    assert faults(text)[0].startswith("slipway.yaml:1: ")
