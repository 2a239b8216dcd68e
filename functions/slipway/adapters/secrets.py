"""Secrets Manager. Secrets stay in this process's memory; a rotated one is seen when the cache runs out."""

import time
from collections.abc import Sequence

from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated

CACHED_SECONDS = 60


class SecretsManagerSecret:
    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._client = client("secretsmanager")
        self._values: Sequence[bytes] = ()
        self._read_at = float("-inf")

    def values(self) -> Sequence[bytes]:
        """The current value, then the previous one while a rotation is young."""
        if time.monotonic() - self._read_at > CACHED_SECONDS:
            stages = (self._stage("AWSCURRENT"), self._stage("AWSPREVIOUS"))
            self._values = tuple(value for value in stages if value)
            self._read_at = time.monotonic()
        return self._values

    @translated()
    def _stage(self, stage: str) -> bytes:
        """Empty when the secret has no value at that stage."""
        try:
            return str(self._client.get_secret_value(SecretId=self._arn, VersionStage=stage)["SecretString"]).encode()
        except ClientError as error:
            if stage == "AWSPREVIOUS" and error_code(error) == "ResourceNotFoundException":
                return b""
            raise
