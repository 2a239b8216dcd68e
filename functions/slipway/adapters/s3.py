"""Bundles in S3, addressed by digest: what doesn't have the digest that was recorded at build time isn't used."""

import hashlib
import io
import tarfile
from pathlib import Path

from slipway.adapters.aws import client, translated
from slipway.errors import InvalidInput


class S3Bundles:
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = client("s3")

    @translated()
    def unpack(self, digest: str, folder: Path) -> None:
        body = self._client.get_object(Bucket=self._bucket, Key=f"bundles/{digest.replace(':', '/')}.tgz")["Body"].read()
        if f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
            raise InvalidInput(f"The bundle that is stored as {digest} has other bytes; build the commit anew.")
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
            archive.extractall(folder, filter="data")
