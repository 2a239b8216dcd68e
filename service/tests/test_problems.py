"""https://www.rfc-editor.org/rfc/rfc9457"""

import io
import json
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from sample_app.bodies import LONGEST_BODY_BYTES


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "title"),
    [
        ("GET", "/no/such/page", b"", 404, "Not Found"),
        ("GET", "/items/1", b"", 404, "Not Found"),
        ("DELETE", "/items", b"", 405, "Method Not Allowed"),
        ("BREW", "/", b"", 405, "Method Not Allowed"),
        ("POST", "/items", b'{"name": ', 400, "Bad Request"),
        ("POST", "/items", b'{"name": "\xff"}', 400, "Bad Request"),
        pytest.param("POST", "/items", b" " * (LONGEST_BODY_BYTES + 1), 413, None, id="long"),
        ("POST", "/items", b"", 422, None),
        ("POST", "/items", b'{"name": "\\ud800"}', 422, None),
        ("GET", "/items/first", b"", 422, None),
    ],
)
def test_every_refusal_is_a_problem_that_names_its_request(client: TestClient, method: str, path: str, body: bytes, status: int, title: str | None) -> None:
    answer = client.request(method, path, content=body, headers={"content-type": "application/json", "x-request-id": "call-19"})
    assert (answer.status_code, answer.headers["content-type"], answer.headers["x-request-id"]) == (status, "application/problem+json", "call-19")
    found = answer.json()
    assert (found["type"], found["status"], found["instance"]) == ("about:blank", status, "urn:x-request-id:call-19")
    assert title in (None, found["title"]) and None not in found.values()


def test_a_long_body_that_does_not_announce_its_length_is_a_problem_too(client: TestClient) -> None:
    answer = client.post("/items", content=iter([b"[" * LONGEST_BODY_BYTES, b"["]), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_a_wrong_method_is_told_the_right_ones(client: TestClient) -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6"""
    assert client.delete("/").headers["allow"] == "GET"


def test_an_unexpected_failure_says_nothing_about_us_and_all_in_the_log(client: TestClient, app: FastAPI, log: io.BytesIO) -> None:
    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is swordfish")

    answer = client.get("/broken", headers={"x-request-id": "call-20"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json() == {"type": "about:blank", "title": "Internal Server Error", "status": 500, "instance": "urn:x-request-id:call-20"}
    failure, request = (json.loads(line) for line in log.getvalue().splitlines())
    assert (failure["level"], failure["request_id"], request["status"]) == ("ERROR", "call-20", 500)
    assert "RuntimeError: the password is swordfish" in failure["exception"]


def test_an_answer_that_fails_after_its_beginning_is_broken_off(app: FastAPI) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("no")

    @app.get("/half")
    async def half() -> StreamingResponse:
        return StreamingResponse(pieces())

    with pytest.raises(RuntimeError, match="no"), TestClient(app) as client:
        client.get("/half")


def test_the_interface_describes_its_problems(client: TestClient) -> None:
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for operation in operations.values():
            refusals = {status: answer for status, answer in operation["responses"].items() if status == "default" or status.startswith("4")}
            assert "default" in refusals, path
            assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals.values()), path
