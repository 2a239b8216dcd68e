"""Workflows at GitHub: who may do what there. What actions do is checked by zizmor (`make lint`); this is what Slipway wants of its own."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
CHOSEN_OUTSIDE = r"github\.(event|head_ref|ref_name|actor)|inputs\."


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> Mapping[Any, Any]:
    document: Mapping[Any, Any] = yaml.safe_load(request.param.read_text())
    return document


def triggers(workflow: Mapping[Any, Any]) -> Mapping[str, Any]:
    """YAML takes a bare `on` for a truth value."""
    found: Mapping[str, Any] = workflow[True]
    return found


def steps(workflow: Mapping[Any, Any]) -> Iterator[Mapping[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def signs_in(job: Mapping[str, Any]) -> bool:
    return bool(job["permissions"].get("id-token") == "write")


def test_there_are_checks_plans_and_deployments() -> None:
    assert [path.stem for path in WORKFLOWS] == ["checks", "deploy", "terraform"]
    checks = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text())
    assert [step["run"] for step in steps(checks) if "run" in step] == ["bash .ci/run"]


def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is() -> None:
    lines = [line for path in WORKFLOWS for line in path.read_text().splitlines() if re.search(r"\buses:", line)]
    assert lines
    assert [line for line in lines if not re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_an_action_is_used_in_one_version() -> None:
    pins = {line.split("uses: ")[1] for path in WORKFLOWS for line in path.read_text().splitlines() if "uses: " in line}
    assert len({pin.split("@")[0] for pin in pins}) == len(pins)


def test_nothing_runs_with_the_rights_of_the_base_for_a_pull_request(workflow: Mapping[Any, Any]) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers(workflow))


def test_every_job_names_its_permissions_and_ends_by_itself(workflow: Mapping[Any, Any]) -> None:
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert set(job["permissions"]) <= {"contents", "id-token"}, name
        assert job["permissions"]["contents"] == "read", name
        assert 0 < job["timeout-minutes"] <= 90, name


def test_what_changes_an_account_takes_turns_and_is_not_cancelled(workflow: Mapping[Any, Any]) -> None:
    assert workflow["concurrency"]["group"]
    if any(signs_in(job) for job in workflow["jobs"].values()):
        assert workflow["concurrency"]["cancel-in-progress"] is False


def test_who_signs_in_to_aws_does_so_from_an_environment_and_without_a_stored_key(workflow: Mapping[Any, Any]) -> None:
    for name, job in workflow["jobs"].items():
        asking = [step for step in job["steps"] if "configure-aws-credentials" in step.get("uses", "")]
        assert bool(asking) == signs_in(job), name
        assert not signs_in(job) or job.get("environment"), name
        assert all(set(step["with"]) == {"role-to-assume", "aws-region"} for step in asking), name


def test_no_secret_is_used(workflow: Mapping[Any, Any]) -> None:
    assert "secrets." not in yaml.safe_dump(workflow)


def test_a_pull_request_signs_in_as_nobody_but_who_plans(workflow: Mapping[Any, Any]) -> None:
    if "pull_request" in triggers(workflow):
        for job in workflow["jobs"].values():
            by_hand = "github.event_name == 'workflow_dispatch' && github.ref == 'refs/heads/main'" in job.get("if", "")
            assert not signs_in(job) or by_hand or job["environment"] == "plan"


def test_code_that_somebody_else_chose_is_not_part_of_a_command(workflow: Mapping[Any, Any]) -> None:
    for step in steps(workflow):
        assert "${{" not in step.get("run", "")
        assert not step.get("uses", "").startswith("actions/checkout") or step["with"]["persist-credentials"] is False
    environments = [job.get("env", {}) for job in workflow["jobs"].values()]
    chosen = {value for each in environments for value in each.values() if re.search(CHOSEN_OUTSIDE, value)}
    assert chosen <= {"${{ inputs.environment }}", "${{ inputs.environment || 'prod' }}"}, "a choice among three names"


def test_environments_are_those_of_slipway_yaml_and_one_for_plans() -> None:
    known = set(yaml.safe_load((ROOT / "slipway.yaml").read_text())["environments"])
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        dispatched = triggers(workflow).get("workflow_dispatch")
        assert dispatched is None or set(dispatched["inputs"]["environment"]["options"]) == known
        assert {job.get("environment", "plan") for job in workflow["jobs"].values()} <= {"plan", "${{ inputs.environment }}"}
    assert 'environments = { plan = "plan", deploy = "prod" }' in (ROOT / "terraform/environments/prod.tfvars").read_text()
