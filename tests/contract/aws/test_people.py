"""People of `slipway.yaml` as AWS users: their credentials' files work with boto3, and a signed route of the translated template sees who they are."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.contract.aws.stacks import settings
from twin.aws.foundation import read_foundation
from twin.aws.stack import Running, running

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::HttpApi, Properties: {Auth: {EnableIamAuthorizer: true}}}
  Teller:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: teller
      CodeUri: code
      Handler: teller.tell
      Runtime: python3.13
      Timeout: 20
      Events:
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/approvals/{link}", Method: GET}}
        Signed: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/api/{proxy+}", Method: ANY, Auth: {Authorizer: AWS_IAM}}}
"""
HANDLER = """\
def tell(event, context):
    iam = event["requestContext"].get("authorizer", {}).get("iam", {})
    return {"userArn": iam.get("userArn"), "accountId": iam.get("accountId"), "routeKey": event["routeKey"], **event["pathParameters"]}
"""
PEOPLE = """\
people:
  ada: {email: ada@example.com, github: ada, aws: "*/ada"}
  grace.hopper: {email: grace@example.com}
  "[evil]\\nx": {email: mallory@example.com}
  7: {email: seven@example.com}
"""
PROFILES = ["ada", "grace.hopper", "operator"]
Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    (folder / "code").mkdir()
    (folder / "code" / "teller.py").write_text(HANDLER)
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "slipway.yaml").write_text(dedent(PEOPLE))
    return folder


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Running]:
    with running(settings(folder, folder / "template.yaml")) as stack:
        yield stack


@pytest.fixture
def session(folder: Path, stack: Running, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], boto3.Session]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "state" / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "state" / "config"))
    return lambda profile: boto3.Session(profile_name=profile)


@pytest.fixture
def ask(stack: Running, session: Callable[[str], boto3.Session]) -> Ask:
    def ask(path: str, profile: str = "", method: str = "GET") -> httpx.Response:
        request = AWSRequest(method, stack.gateway + path)
        if profile:
            SigV4Auth(session(profile).get_credentials(), "execute-api", "us-east-1").add_auth(request)
        return httpx.request(method, stack.gateway + path, headers=dict(request.headers), timeout=30, trust_env=False)

    return ask


def test_everybody_who_can_be_a_user_has_a_profile_and_so_has_the_operator(session: Callable[[str], boto3.Session]) -> None:
    assert sorted(session("operator").available_profiles) == PROFILES


@pytest.mark.parametrize("person", PROFILES)
def test_a_persons_credentials_are_those_of_an_iam_user_of_that_name(person: str, stack: Running, session: Callable[[str], boto3.Session]) -> None:
    theirs = session(person)
    assert theirs.region_name == "us-east-1"
    assert theirs.client("sts", endpoint_url=stack.endpoint).get_caller_identity()["Arn"] == f"arn:aws:iam::123456789012:user/{person}"


def test_credentials_are_for_their_owner_only(stack: Running, folder: Path) -> None:
    assert stat.S_IMODE((folder / "state" / "credentials").stat().st_mode) == 0o600


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_signed_route_tells_its_function_who_asks(ask: Ask, method: str) -> None:
    answer = ask("/api/rollbacks/7", "ada", method)
    assert answer.json() == {
        "userArn": "arn:aws:iam::123456789012:user/ada",
        "accountId": "123456789012",
        "routeKey": "ANY /api/{proxy+}",
        "proxy": "rollbacks/7",
    }


def test_without_a_signature_only_the_open_route_is_reached(ask: Ask) -> None:
    assert ask("/api/rollbacks/7").status_code == 403
    link = "eyJhIjoiYiJ9.Zm9v-_x~%3D" * 20
    assert ask(f"/approvals/{link}").json() == {"userArn": None, "accountId": None, "routeKey": "GET /approvals/{link}", "link": link.replace("%3D", "=")}


@pytest.mark.parametrize("text", ["", "services: {}", "people:"])
def test_a_configuration_without_people_is_no_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "slipway.yaml").write_text(text)
    assert read_foundation(tmp_path / "slipway.yaml").people == frozenset()
