from fastapi import FastAPI
from fastapi.testclient import TestClient

from sample_app.lifecycle import Lifecycle, Phase


def test_a_started_service_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "alive"}
    assert client.get("/health/ready").status_code == 200


def test_a_starting_service_is_alive_but_not_ready(app: FastAPI) -> None:
    not_started = TestClient(app)
    assert not_started.get("/health/live").status_code == 200
    answer = not_started.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "starting"})


def test_a_draining_service_is_alive_and_answers_but_sends_clients_away(client: TestClient, app: FastAPI) -> None:
    assert "connection" not in client.get("/").headers
    app.state.lifecycle.drain()
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "draining"})
    front_page = client.get("/")
    assert (front_page.status_code, front_page.headers["connection"]) == (200, "close")


def test_a_start_that_ends_late_does_not_end_a_drain() -> None:
    lifecycle = Lifecycle()
    lifecycle.drain()
    lifecycle.started()
    assert lifecycle.phase is Phase.DRAINING
