"""Plans in S3: a difference of manifests is too large for the table and for a state's payload."""

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
    def save(self, question: str, plan: PlanDocument) -> None:
        """The newest plan of a question takes the place of the one before."""
        body = _DOCUMENT.dump_json(plan)
        self._client.put_object(Bucket=self._bucket, Key=_key(question), Body=body, ContentType="application/json")

    @translated()
    def read(self, question: str) -> PlanDocument | None:
        """None for a question that was never planned."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=_key(question))
        except ClientError as error:
            if error_code(error) in ("NoSuchKey", "AccessDenied"):
                return None
            raise
        return _DOCUMENT.validate_json(found["Body"].read())


def _key(question: str) -> str:
    return f"plans/{question}.json"
