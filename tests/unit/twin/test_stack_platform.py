"""What the stack takes out of `slipway.yaml`, and that nothing starts on a broken one."""

from pathlib import Path

import pytest

from twin.stack.platform import Unusable, read_platform

ROOT = Path(__file__).resolve().parents[3]


def test_environments_get_the_group_and_principal_that_terraform_would_give_them() -> None:
    (environment,) = read_platform(ROOT / "slipway.yaml").environments
    assert (environment.namespace, environment.group) == ("sample-dev", "slipway:dev")
    assert environment.principal == "arn:aws:iam::123456789012:role/slipway-environment-dev"


def test_every_fault_of_a_broken_file_is_told_with_its_line_and_what_is_allowed(tmp_path: Path) -> None:
    broken = tmp_path / "slipway.yaml"
    broken.write_text((ROOT / "slipway.yaml").read_text().replace("dev: {on:", "dve: {on:").replace("chart:", "chrat:"))
    with pytest.raises(Unusable) as told:
        read_platform(broken)
    assert "slipway.yaml:5: services.sample-app.chrat: there is no such field; did you mean chart?" in str(told.value)
    assert "slipway.yaml:8: services.sample-app.environments.dve: no such environment is defined. Allowed: dev" in str(told.value)


def test_a_file_that_isnt_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"slipway\.yaml"):
        read_platform(tmp_path / "slipway.yaml")
