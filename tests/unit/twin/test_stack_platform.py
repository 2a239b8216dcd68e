"""What the stack takes out of `slipway.yaml`, and that nothing starts on a broken one."""

from pathlib import Path

import pytest

from twin.stack.platform import Unusable, read_platform

ROOT = Path(__file__).resolve().parents[3]
WITHOUT_PEOPLE = """\
services:
  sample-app:
    repository: acme/sample-app
    chart: helm/sample-app
    environments:
      dev: {on: {branches: [main]}}
environments:
  dev: {cluster: slipway, namespace: sample-dev, values: values-dev.yaml, role: slipway-environment-dev}
  spare: {cluster: slipway, namespace: sample-spare, values: values-dev.yaml, role: slipway-environment-spare}
"""


def test_environments_get_the_group_and_principal_that_terraform_would_give_them() -> None:
    dev = read_platform(ROOT / "slipway.yaml").environments[0]
    assert (dev.name, dev.namespace, dev.group) == ("dev", "sample-dev", "slipway:dev")
    assert dev.principal == "arn:aws:iam::123456789012:role/slipway-environment-dev"


def test_a_service_goes_to_its_own_environments_only_and_people_may_be_absent(tmp_path: Path) -> None:
    (tmp_path / "slipway.yaml").write_text(WITHOUT_PEOPLE)
    platform = read_platform(tmp_path / "slipway.yaml")
    assert [environment.name for environment in platform.environments] == ["dev", "spare"]
    assert [(service.name, service.environments) for service in platform.services] == [("sample-app", ("dev",))]


def test_every_fault_of_a_broken_file_is_told_with_its_line_and_what_is_allowed(tmp_path: Path) -> None:
    broken = tmp_path / "slipway.yaml"
    broken.write_text(WITHOUT_PEOPLE.replace("dev: {on:", "dve: {on:").replace("chart:", "chrat:"))
    with pytest.raises(Unusable) as told:
        read_platform(broken)
    assert "slipway.yaml:4: services.sample-app.chrat: there is no such field; did you mean chart?" in str(told.value)
    assert "slipway.yaml:6: services.sample-app.environments.dve: no such environment is defined. Allowed: dev, spare" in str(told.value)


def test_a_file_that_isnt_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"slipway\.yaml"):
        read_platform(tmp_path / "slipway.yaml")
