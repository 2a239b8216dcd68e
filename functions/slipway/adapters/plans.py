"""Plans in S3: a difference of manifests is too large for the table and for a state's payload."""

from dataclasses import asdict
from json import dumps

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from slipway.adapters.aws import client, error_code, translated
from slipway.domain.plan import PlanDocument

_DOCUMENT = TypeAdapter(PlanDocument)


class S3Plans:
    """Whoever may not list the bucket is told AccessDenied of a key that isn't there, so that counts as missing, too.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = client("s3")

    @translated()
    def save(self, deployment: str, plan: PlanDocument) -> None:
        """The newest plan of a deployment takes the place of the one before."""
        body = dumps(asdict(plan)).encode()
        self._client.put_object(Bucket=self._bucket, Key=_key(deployment), Body=body, ContentType="application/json")

    @translated()
    def read(self, deployment: str) -> PlanDocument | None:
        """None for a deployment that was never planned."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=_key(deployment))
        except ClientError as error:
            if error_code(error) in ("NoSuchKey", "AccessDenied"):
                return None
            raise
        return _DOCUMENT.validate_json(found["Body"].read())


def _key(deployment: str) -> str:
    return f"plans/{deployment}.json"
