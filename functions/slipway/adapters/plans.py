"""Plans in S3: a difference of manifests is too large for the table and for a state's payload."""

from pydantic import TypeAdapter

from slipway.adapters.aws import client, translated
from slipway.adapters.s3 import stored
from slipway.domain.plan import PlanDocument

_DOCUMENT = TypeAdapter(PlanDocument)


class S3Plans:
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
        body = stored(self._client, self._bucket, _key(question))
        return None if body is None else _DOCUMENT.validate_json(body)


def _key(question: str) -> str:
    return f"plans/{question}.json"
