"""The HTTP API of the twin as a client and a function meet it: the event, the answer, the errors that are API Gateway's own."""

import base64
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from twin.aws.gateway.routes import http_api
from twin.aws.gateway.server import BODY_LIMIT_BYTES, Gateway
from twin.aws.interpreter import Interpreter, interpreter
from twin.aws.loopback import serving

SERVER_ERROR = (500, {"message": "Internal Server Error"})


def _tell_event(event: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": 200, "body": json.dumps(event)}


def _say(event: dict[str, Any]) -> Any:
    """Answers with what the request holds."""
    return json.loads(event["body"])


def _fail(event: dict[str, Any]) -> None:
    raise ValueError("a secret of the function")


def _operation(function_arn: str, **more: Any) -> dict[str, Any]:
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "payloadFormatVersion": "2.0", "uri": uri}, **more}


def _paths(machines: Interpreter) -> dict[str, Any]:
    arn = machines.function_arn
    return {
        "/event/{name}": {"post": _operation(arn("tell-event")), "get": _operation(arn("tell-event"))},
        "/any/{link}": {"x-amazon-apigateway-any-method": _operation(arn("tell-event"))},
        "/say": {"post": _operation(arn("say"))},
        "/fail": {"get": _operation(arn("fail"))},
        "/missing": {"get": _operation(arn("no-such-function"))},
        "/signed": {"get": _operation(arn("tell-event"), security=[{"AWS_IAM": []}])},
    }


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with interpreter({"tell-event": _tell_event, "say": _say, "fail": _fail}) as machines:
        schemes = {"AWS_IAM": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}}
        api = http_api("api1234567", {"paths": _paths(machines), "components": {"securitySchemes": schemes}})
        with (
            serving(Gateway(machines.endpoint, [api])) as url,
            httpx.Client(base_url=url, trust_env=False, headers={"Accept": "*/*"}) as client,
        ):
            yield client


def _answered(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


def test_a_function_gets_the_request_as_payload_format_2_0(client: httpx.Client) -> None:
    headers = [("X-GitHub-Event", "push"), ("X-Twice", "1"), ("X-Twice", "2"), ("Cookie", "a=1; b=2"), ("Content-Type", "application/json")]
    response = client.post("/event/sample%20app?q=a&q=b&empty=&plus=1+1", headers=headers, content='{"text": "ü"}'.encode())
    event = response.json()
    context = event.pop("requestContext")
    sent = event.pop("headers")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /event/{name}",
        "rawPath": "/event/sample app",
        "rawQueryString": "q=a&q=b&empty=&plus=1+1",
        "cookies": ["a=1", "b=2"],
        "queryStringParameters": {"q": "a,b", "empty": "", "plus": "1 1"},
        "pathParameters": {"name": "sample app"},
        "body": '{"text": "ü"}',
        "isBase64Encoded": False,
    }
    assert {name: sent[name] for name in ("x-github-event", "x-twice", "content-type", "content-length")} == {
        "x-github-event": "push",
        "x-twice": "1,2",
        "content-type": "application/json",
        "content-length": "14",
    }
    assert "cookie" not in sent
    assert all(name == name.lower() for name in sent)
    assert context["http"] == {
        "method": "POST",
        "path": "/event/sample app",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": client.headers["User-Agent"],
    }
    assert (context["routeKey"], context["stage"], context["apiId"], context["accountId"]) == ("POST /event/{name}", "$default", "api1234567", "123456789012")
    assert isinstance(context["timeEpoch"], int)
    assert "authorizer" not in context


def test_what_a_request_lacks_is_not_in_the_event(client: httpx.Client) -> None:
    event = client.get("/event/x").json()
    assert (event["rawQueryString"], event["isBase64Encoded"]) == ("", False)
    assert not {"body", "cookies", "queryStringParameters"} & set(event)


@pytest.mark.parametrize("sent", ["%2F", "a%2Fb", "%2e%2e%2fa"])
def test_an_encoded_slash_separates_like_any_other(client: httpx.Client, sent: str) -> None:
    """Routes are found by the decoded path."""
    assert _answered(client.get(f"/event/{sent}")) == (404, {"message": "Not Found"})


def test_a_path_is_decoded_once(client: httpx.Client) -> None:
    event = client.get("/event/100%2525%C3%BC+%3D?q=%2525").json()
    assert (event["rawPath"], event["pathParameters"], event["rawQueryString"]) == ("/event/100%25ü+=", {"name": "100%25ü+="}, "q=%2525")


def test_a_long_link_arrives_whole(client: httpx.Client) -> None:
    link = "eyJhcHByb3ZhbCI6IjEifQ.ZXhhbXBsZQ-_~" * 50
    assert client.get(f"/event/{link}").json()["pathParameters"] == {"name": link}


def test_a_head_request_reaches_any_but_not_get_and_its_answer_has_no_body(client: httpx.Client) -> None:
    raw = {}
    for path in ("/any/x", "/event/x"):
        with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=30) as connection:
            connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            head, body = b"".join(iter(lambda: connection.recv(65536), b"")).split(b"\r\n\r\n", 1)
            raw[path] = (int(head.split()[1]), body)
    assert raw == {"/any/x": (200, b""), "/event/x": (404, b"")}


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/x-www-form-urlencoded", "image/png"])
def test_a_body_that_is_no_text_comes_in_base64(client: httpx.Client, kind: str) -> None:
    event = client.post("/event/x", content=b"\x00\xff", headers={"Content-Type": kind}).json()
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\x00\xff")


def test_the_caller_of_a_signed_route_is_in_the_context_and_others_are_turned_away(client: httpx.Client) -> None:
    assert _answered(client.get("/signed")) == (403, {"message": "Forbidden"})
    event = client.get("/signed", headers={"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20250101/us-east-1/execute-api/aws4_request"}).json()
    assert event["requestContext"]["authorizer"]["iam"]["accessKey"] == "AKIAEXAMPLE"


def test_an_answer_has_the_functions_status_headers_and_cookies(client: httpx.Client) -> None:
    said = {"statusCode": 201, "headers": {"Content-Type": "text/html", "X-Number": 7}, "cookies": ["a=1; Secure", "b=2"], "body": "<p>ü"}
    response = client.post("/say", json=said)
    assert (response.status_code, response.headers["Content-Type"], response.headers["X-Number"], response.text) == (201, "text/html", "7", "<p>ü")
    assert response.headers.get_list("Set-Cookie") == ["a=1; Secure", "b=2"]


def test_an_answer_in_base64_is_decoded(client: httpx.Client) -> None:
    said = {"statusCode": "200", "isBase64Encoded": True, "body": base64.b64encode(b"\x00\xff").decode()}
    assert client.post("/say", json=said).content == b"\x00\xff"


def test_a_result_without_a_status_is_the_body_of_an_answer(client: httpx.Client) -> None:
    response = client.post("/say", json={"message": "hello"})
    assert (_answered(response), response.headers["Content-Type"]) == ((200, {"message": "hello"}), "application/json")


@pytest.mark.parametrize(
    "said",
    [
        {"statusCode": "fine"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "isBase64Encoded": True, "body": "a"},
        {"statusCode": 200, "headers": ["X-Number: 7"]},
        {"statusCode": 200, "headers": {"X-Number": "7\r\nX-Other: 8"}},
        {"statusCode": 200, "cookies": 7},
    ],
    ids=lambda said: next(reversed(said)),
)
def test_a_result_that_is_no_answer_is_the_gateways_error(client: httpx.Client, said: dict[str, Any]) -> None:
    assert _answered(client.post("/say", json=said)) == SERVER_ERROR


@pytest.mark.parametrize("path", ["/fail", "/missing"])
def test_a_function_that_fails_or_is_not_there_is_the_gateways_error_and_tells_nothing(client: httpx.Client, path: str) -> None:
    assert _answered(client.get(path)) == SERVER_ERROR


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/say"), ("POST", "/say/more"), ("POST", "/event/")])
def test_an_unknown_route_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    assert _answered(client.request(method, path)) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_body_above_ten_megabytes_is_refused(client: httpx.Client, chunked: bool) -> None:
    body = b" " * (BODY_LIMIT_BYTES + 1)
    response = client.post("/say", content=iter([body]) if chunked else body, headers={"Content-Type": "application/json"})
    assert _answered(response) == (413, {"message": "Request Entity Too Large"})
