"""The GitHub adapter against the twin's GitHub: a process with a real repository, signed in to with a real key."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from slipway.adapters.github.app import App
from tests.fakes.secrets import app_secret
from tests.unit.twin.github.site import APP_ID, Clone, GitHub, Receiver


@dataclass(frozen=True)
class Key:
    private: str = field(repr=False)
    public: str

    @classmethod
    def make(cls) -> "Key":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        return cls(private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


@pytest.fixture(scope="session")
def key() -> Key:
    return Key.make()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def github(tmp_path: Path, receiver: Receiver, key: Key) -> Iterator[GitHub]:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "main.py").write_text("print('hello')\n")
    github = GitHub(tmp_path / "github", receiver.url, f"service={tmp_path / 'source'}", app_key=key.public)
    yield github
    github.end()


@pytest.fixture
def clone(github: GitHub, tmp_path: Path) -> Clone:
    return Clone(github.clone_url, tmp_path / "clone")


@pytest.fixture
def app(github: GitHub, key: Key) -> App:
    return App(app_secret(APP_ID, key.private), github.url)
