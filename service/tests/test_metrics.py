from fastapi import FastAPI
from fastapi.testclient import TestClient

from sample_app.settings import Settings


def test_requests_are_counted_by_method_route_and_status(client: TestClient) -> None:
    client.get("/")
    client.get("/")
    text = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/",status="200"} 2.0' in text
    assert 'http_request_duration_seconds_count{method="GET",route="/"} 2.0' in text
    assert 'http_request_duration_seconds_bucket{le="0.5",method="GET",route="/"} 2.0' in text


def test_routes_are_labelled_by_their_template(client: TestClient, app: FastAPI) -> None:
    @app.get("/things/{name}")
    async def thing(name: str) -> str:
        return name

    client.get("/things/one")
    client.get("/things/two")
    text = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/things/{name}",status="200"} 2.0' in text
    assert "/things/one" not in text


def test_unknown_paths_and_methods_add_no_labels_of_their_own(client: TestClient) -> None:
    client.get("/no/such/page")
    client.request("BREW", "/")
    text = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'http_requests_total{method="other",route="/",status="405"} 1.0' in text
    assert "/no/such/page" not in text
    assert "BREW" not in text


def test_a_request_that_raises_counts_as_500(client: TestClient, app: FastAPI) -> None:
    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("no")

    assert client.get("/broken").status_code == 500
    assert 'http_requests_total{method="GET",route="/broken",status="500"} 1.0' in client.get("/metrics").text


def test_the_build_is_a_metric(client: TestClient, settings: Settings) -> None:
    expected = f'sample_app_build_info{{commit="{settings.commit}",digest="{settings.image_digest}",version="1.4.0"}} 1.0'
    assert expected in client.get("/metrics").text
