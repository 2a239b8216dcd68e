from fastapi.testclient import TestClient

from sample_app.settings import Settings


def test_the_front_page_says_which_release_runs_where(client: TestClient, settings: Settings) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.json() == {
        "service": "sample-app",
        "version": "1.4.0",
        "commit": settings.commit,
        "digest": settings.image_digest,
        "environment": "dev",
    }


def test_the_interface_is_described(client: TestClient) -> None:
    assert {"/", "/items", "/items/{item_id}", "/health/live", "/health/ready", "/metrics"} == set(client.get("/openapi.json").json()["paths"])
