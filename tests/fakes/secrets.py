"""A secret as Secrets Manager would hold it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class FakeSecret:
    value: bytes

    def values(self) -> Sequence[bytes]:
        return [self.value]


def app_secret(app_id: str, private_key: str) -> FakeSecret:
    """What an operator enters to connect a GitHub App."""
    return FakeSecret(json.dumps({"app_id": app_id, "private_key": private_key}).encode())
