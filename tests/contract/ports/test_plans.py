"""What steps may rely on from the place where plans are kept: the fake, and the adapter on moto's S3."""

from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from slipway.adapters import aws
from slipway.adapters.plans import S3Plans
from slipway.domain.plan import PlanDocument
from slipway.ports import Plans
from tests.fakes.plans import FakePlans

BUCKET = "slipway-bundles"
PLAN = PlanDocument("aaaaaaaaaaaa", "a" * 40, "bbbbbbbbbbbb", "b" * 40, "sha256:" + "c" * 64, "1 object changes", "--- Service/x\n+++ Service/x\n-'ü'\n")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        aws.client.cache_clear()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield BUCKET
    aws.client.cache_clear()


@pytest.fixture(params=["fake", "s3"])
def plans(request: pytest.FixtureRequest) -> Plans:
    return FakePlans() if request.param == "fake" else S3Plans(request.getfixturevalue("bucket"))


def test_a_plan_is_read_as_it_was_saved(plans: Plans) -> None:
    plans.save("run-1-dev", PLAN)
    plans.save("run-1-stage", replace(PLAN, from_version="", from_commit=""))
    assert plans.read("run-1-dev") == PLAN
    assert plans.read("run-1-stage") == replace(PLAN, from_version="", from_commit="")


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
    assert b'"to_version": "bbbbbbbbbbbb"' in found["Body"].read()
