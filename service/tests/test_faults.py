import pytest
from fastapi.testclient import TestClient

from sample_app.application import create_app
from sample_app.settings import read_settings


@pytest.fixture
def faulty() -> TestClient:
    return TestClient(create_app(read_settings({"FAULTS": "true"})), raise_server_exceptions=False)


def test_faults_are_there_only_where_they_are_turned_on(client: TestClient) -> None:
    assert client.get("/faults/error").status_code == client.get("/faults/slow").status_code == 404


def test_an_error_on_demand_counts_as_one(faulty: TestClient) -> None:
    assert faulty.get("/faults/error").status_code == 500
    assert 'http_requests_total{method="GET",route="/faults/error",status="500"} 1.0' in faulty.get("/metrics").text


def test_slowness_on_demand_is_measured(faulty: TestClient) -> None:
    assert faulty.get("/faults/slow", params={"seconds": 0.06}).status_code == 200
    text = faulty.get("/metrics").text
    assert 'http_request_duration_seconds_bucket{le="0.05",method="GET",route="/faults/slow"} 0.0' in text
    assert 'http_request_duration_seconds_count{method="GET",route="/faults/slow"} 1.0' in text
