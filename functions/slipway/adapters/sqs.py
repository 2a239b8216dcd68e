"""The queue of notices: SQS, first in first out within a subject, so that nobody tells about the same thing at the same time as somebody else.

Lambda gives a function the messages of one group only while no other message of that group is being worked on.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#sqs-scaling-behavior
"""

import json
import uuid

from botocore.config import Config

from slipway.adapters.aws import client, translated

BRIEFLY = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=1, read_timeout=2)
"""Steps wait for it, and what is lost here is found again by `untold`: better lost than late."""


class SqsNotices:
    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url
        self._client = client("sqs", BRIEFLY)

    @translated()
    def put(self, subject: str) -> None:
        """Every message has an identity of its own: SQS would drop the newer one of two equal messages within five minutes.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
        """
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=json.dumps({"subject": subject}),
            MessageGroupId=subject,
            MessageDeduplicationId=uuid.uuid4().hex,
        )
