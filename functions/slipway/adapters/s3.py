"""What is stored in S3. Bundles are addressed by digest: what doesn't have the digest that was recorded at build time isn't used."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated
from slipway.errors import InvalidInput


def stored(s3: Any, bucket: str, key: str) -> bytes | None:
    """None for a key that isn't there.

    Whoever may not list the bucket, as no function may, is told AccessDenied of it: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) in ("NoSuchKey", "AccessDenied"):
            return None
        raise
    return body


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
