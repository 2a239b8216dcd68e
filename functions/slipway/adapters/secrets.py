"""Secrets Manager. Secrets stay in this process's memory; a rotated one is seen when the cache runs out."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated

CACHED_SECONDS = 60
YOUNG = timedelta(hours=24)
"""How long after a rotation the value of before still holds: what it has signed, and whoever still has to be given the new one, get that much time.

Secrets Manager itself keeps the previous version for ever. To revoke a value at once, rotate twice: then it is neither current nor previous.
"""


class SecretsManagerSecret:
    """`clock` gives the time of day."""

    def __init__(self, arn: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._arn = arn
        self._clock = clock
        self._client = client("secretsmanager")
        self._values: Sequence[bytes] = ()
        self._read_at = float("-inf")

    def values(self) -> Sequence[bytes]:
        """The current value, then the previous one while the current one is `YOUNG`."""
        if time.monotonic() - self._read_at > CACHED_SECONDS:
            current, created = self._version("AWSCURRENT")
            previous = self._previous() if self._clock() - created < YOUNG else b""
            self._values = tuple(value for value in (current, previous) if value)
            self._read_at = time.monotonic()
        return self._values

    def _previous(self) -> bytes:
        """Empty when the secret was never changed."""
        try:
            return self._version("AWSPREVIOUS")[0]
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return b""
            raise

    @translated()
    def _version(self, stage: str) -> tuple[bytes, datetime]:
        """Its value, and when that version was created.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html (`CreatedDate`)
        """
        found = self._client.get_secret_value(SecretId=self._arn, VersionStage=stage)
        return str(found["SecretString"]).encode(), found["CreatedDate"]
