"""The values of an environment's Secrets, read when Helm has refused something, to be taken out of what it prints. They are kept nowhere."""

import json
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any

from slipway.domain.masking import texts_of
from slipway.errors import TemporarilyUnavailable


def values(get: Callable[[str], tuple[int, bytes]], namespace: str) -> Collection[str]:
    """As they are stored, in base64, and as they are read. Without Helm's own Secrets, which are large and hold manifests.

    `get` gives status and body of a path. TemporarilyUnavailable when they can't be read.
    """
    status, body = get(f"/api/v1/namespaces/{namespace}/secrets?fieldSelector=type!%3Dhelm.sh%2Frelease.v1")
    if status != HTTPStatus.OK:
        raise TemporarilyUnavailable(f"the Secrets of {namespace} can't be read: the API server answered {status}")
    listed: Mapping[str, Any] = json.loads(body)
    return [text for item in listed["items"] for text in texts_of({"kind": "Secret", **item})]
