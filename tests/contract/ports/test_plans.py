"""What steps may rely on from the places where plans and gate reports are kept: the fakes, and the adapters on moto's S3."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from slipway.adapters.gate_reports import MOST_CHECKS, S3GateReports
from slipway.adapters.plans import S3Plans
from slipway.domain.plan import ManualChange, ManualChanges, NewCommits, PassedCheck, PlanDocument, PlannedCommit, Ran
from slipway.ports import GateReports, Plans
from tests.contract.account import account
from tests.fakes.plans import FakeGateReports, FakePlans

BUCKET = "slipway-bundles"
PLAN = PlanDocument("aaaaaaaaaaaa", "a" * 40, "bbbbbbbbbbbb", "b" * 40, "sha256:" + "c" * 64, "1 object changes", "--- Service/x\n+++ Service/x\n-'ü'\n")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with account(monkeypatch):
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield BUCKET


@pytest.fixture(params=["fake", "s3"])
def plans(request: pytest.FixtureRequest) -> Plans:
    return FakePlans() if request.param == "fake" else S3Plans(request.getfixturevalue("bucket"))


def test_a_plan_is_read_as_it_was_saved(plans: Plans) -> None:
    plans.save("run-1-dev", PLAN)
    plans.save("run-1-stage", replace(PLAN, from_version="", from_commit=""))
    assert plans.read("run-1-dev") == PLAN
    assert plans.read("run-1-stage") == replace(PLAN, from_version="", from_commit="")


def test_all_that_approvers_are_shown_is_kept(plans: Plans) -> None:
    since = datetime(2026, 11, 24, 12, tzinfo=UTC)
    whole = replace(
        PLAN,
        commits=NewCommits((PlannedCommit("d" * 40, "Ada (ada-l)", "Count faster 🚀"),), 3, ""),
        contributors=("ada-l", "web-flow"),
        manual_changes=ManualChanges((ManualChange("Deployment/x", "spec.replicas", "kubectl-scale", since),), 1, ""),
        checks=(PassedCheck("pytest", 1.5),),
        ran=(Ran("dev", since), Ran("stage")),
        round=2,
        required=2,
        approvers=("ada", "grace"),
    )
    plans.save("run-1-prod.2", whole)
    assert plans.read("run-1-prod.2") == whole


def test_a_plan_of_before_these_facts_were_kept_is_still_read(bucket: str) -> None:
    older = b'{"from_version": "", "from_commit": "", "to_version": "v1", "to_commit": "b", "digest": "d", "summary": "s", "difference": ""}'
    boto3.client("s3").put_object(Bucket=bucket, Key="plans/run-0-dev.json", Body=older)
    assert S3Plans(bucket).read("run-0-dev") == PlanDocument("", "", "v1", "b", "d", "s", "")


def test_a_deployment_that_is_planned_anew_has_its_newest_plan(plans: Plans) -> None:
    plans.save("run-1-dev", replace(PLAN, summary="nothing changes", difference=""))
    plans.save("run-1-dev", PLAN)
    assert plans.read("run-1-dev") == PLAN


def test_a_deployment_that_was_never_planned_has_no_plan(plans: Plans) -> None:
    plans.save("run-1-dev", PLAN)
    assert plans.read("run-1") is None


def test_a_bucket_that_is_not_there_is_an_error_and_not_a_missing_plan(bucket: str) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3Plans(f"{bucket}-of-another").read("run-1-dev")


def test_a_plan_lies_under_its_deployments_name_as_json(bucket: str) -> None:
    S3Plans(bucket).save("run-1-dev", PLAN)
    found = boto3.client("s3").get_object(Bucket=bucket, Key="plans/run-1-dev.json")
    assert found["ContentType"] == "application/json"
    assert b'"to_version":"bbbbbbbbbbbb"' in found["Body"].read()


CHECKS = [{"name": "ruff", "passed": True, "seconds": 0.5, "output": "hostile"}, {"name": "pytest", "passed": True, "seconds": 2, "output": ""}]


@pytest.fixture(params=["fake", "s3"])
def gate_reports(request: pytest.FixtureRequest) -> GateReports:
    """With a report on commit `c` of the sample service."""
    if request.param == "fake":
        return FakeGateReports({("sample-app", "c"): (PassedCheck("ruff", 0.5), PassedCheck("pytest", 2.0))})
    report(request.getfixturevalue("bucket"), {"passed": True, "checks": CHECKS})
    return S3GateReports(BUCKET)


def report(bucket: str, content: object) -> None:
    """As build/buildspec.yml leaves it."""
    boto3.client("s3").put_object(Bucket=bucket, Key="builds/sample-app/c/gate.json", Body=json.dumps(content).encode())


def test_the_checks_of_a_commit_are_read_in_their_order(gate_reports: GateReports) -> None:
    assert list(gate_reports.read("sample-app", "c")) == [PassedCheck("ruff", 0.5), PassedCheck("pytest", 2.0)]


def test_a_commit_without_a_report_has_no_checks(gate_reports: GateReports) -> None:
    assert list(gate_reports.read("sample-app", "another")) == []


def test_another_service_of_the_same_repository_has_reports_of_its_own(gate_reports: GateReports) -> None:
    assert list(gate_reports.read("worker", "c")) == []


@pytest.mark.parametrize(
    "content",
    [
        "text",
        [],
        {},
        {"checks": None},
        {"checks": ["x", {"name": "x"}, {"name": 1, "passed": True, "seconds": 1}, {"name": "x", "passed": False, "seconds": 1}]},
    ],
)
def test_a_report_that_is_not_understood_has_no_checks(bucket: str, content: object) -> None:
    report(bucket, content)
    assert list(S3GateReports(bucket).read("sample-app", "c")) == []


def test_a_hostile_report_is_cut_to_a_few_short_lines(bucket: str) -> None:
    report(bucket, {"checks": [{"name": "a\nb" + "x" * 500, "passed": True, "seconds": 1}] * 1000})
    found = S3GateReports(bucket).read("sample-app", "c")
    assert len(found) == MOST_CHECKS and all(len(check.name) <= 40 and check.name.isprintable() for check in found)
