import io
import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sample_app.application import create_app
from sample_app.logs import AccessLog, JsonFormatter
from sample_app.settings import Settings

COMMIT = "3f6c2d8e1b7a49505c3d2e1f0a9b8c7d6e5f4a3b"
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def settings() -> Settings:
    return Settings(version="1.4.0", commit=COMMIT, image_digest=DIGEST, environment="dev", port=0, drain_seconds=0.2)


@pytest.fixture
def app(settings: Settings, log: io.BytesIO) -> FastAPI:
    return create_app(settings, AccessLog(log))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Of a started application."""
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


@pytest.fixture
def log() -> Iterator[io.BytesIO]:
    """What the service logs at the usual level, a JSON object a line."""
    written = io.BytesIO()
    handler, logger = logging.StreamHandler(io.TextIOWrapper(written)), logging.getLogger("sample_app")
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)
