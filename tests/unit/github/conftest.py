"""A scripted GitHub and an App that signs in to it."""

from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from slipway.adapters.github.app import App
from tests.fakes.secrets import app_secret
from tests.unit.github.scripted import Script, Scripted

Play = Callable[[Script], tuple[Scripted, App]]


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def play(private_key: str, clock: Clock) -> Iterator[Play]:
    servers: list[Scripted] = []

    def start(script: Script) -> tuple[Scripted, App]:
        servers.append(Scripted(script))
        return servers[-1], App(app_secret("1", private_key), servers[-1].url, clock)

    yield start
    for server in servers:
        server.close()
