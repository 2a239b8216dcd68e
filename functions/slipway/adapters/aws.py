"""boto3 clients, and the one place where AWS's errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError

from slipway.errors import TemporarilyUnavailable

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=30)
_COME_BACK_LATER = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionInProgressException",
    }
)


@cache
def client(service: str, config: Config = CONFIG) -> Any:
    """One client for each service and process; boto3 clients are safe to share between threads."""
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated() -> Iterator[None]:
    """Makes "didn't answer" and "come back later" of AWS a TemporarilyUnavailable; other errors pass as they are. Also a decorator."""
    try:
        yield
    except ClientError as error:
        if error_code(error) in _COME_BACK_LATER or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise TemporarilyUnavailable(str(error)) from error
        raise
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise TemporarilyUnavailable(f"{type(error).__name__}: {error}") from error
