"""STS of the twin tells who somebody is, also by a presigned URL as EKS tokens carry it."""

from urllib.request import urlopen

import boto3

from tests.contract.needs import Sandbox, needs
from twin.aws import server

ROLE = f"arn:aws:iam::{server.ACCOUNT}:role/slipway-environment-dev"


@needs("a_presigned_identity_is_answered")
def test_a_presigned_url_tells_the_assumed_role(sandbox: Sandbox) -> None:
    given = sandbox.machines.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="plan")["Credentials"]
    holder = boto3.client(
        "sts",
        endpoint_url=sandbox.machines.endpoint,
        region_name=server.REGION,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    expected = f"arn:aws:sts::{server.ACCOUNT}:assumed-role/slipway-environment-dev/plan"
    assert holder.get_caller_identity()["Arn"] == expected
    with urlopen(holder.generate_presigned_url("get_caller_identity", ExpiresIn=60)) as answer:
        assert f"<Arn>{expected}</Arn>" in answer.read().decode()
