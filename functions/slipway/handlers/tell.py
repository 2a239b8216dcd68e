"""Tell: invoked by SQS with notices, up to ten at a time. Not a state: nothing waits for it.

Subjects that couldn't be told about go back into the queue, the others don't (partial batch response).
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field, ValidationError

from slipway.bootstrap import platform
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.handlers.deadline import call_ends
from slipway.steps.tell import TellRequest, tell
from slipway.telemetry import logger, metrics, traced


class _Notice(BaseModel):
    """The body of a message, as `adapters/sqs.py` writes it."""

    subject: str = Field(pattern=r"^(RUN|DEPLOYMENT)#.+$", max_length=200)


@traced
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Each subject once, whatever the number of its messages. What nobody can read is logged and dropped: reading it again wouldn't help."""
    logger.append_keys(function=context.function_name)
    logger.set_correlation_id("")
    messages: dict[str, list[str]] = {}
    for record in event["Records"]:
        try:
            subject = _Notice.model_validate_json(record["body"]).subject
        except ValidationError:
            logger.warning("a notice can't be read and is dropped", message_id=record["messageId"])
            metrics.add_metric(name="NoticesUnreadable", unit=MetricUnit.Count, value=1)
            continue
        messages.setdefault(subject, []).append(record["messageId"])
    until = call_ends(context, platform.clock())
    left = [subject for subject in messages if platform.clock() >= until or not _told(subject)]
    metrics.add_metric(name="NoticesPostponed", unit=MetricUnit.Count, value=len(left))
    return {"batchItemFailures": [{"itemIdentifier": message} for subject in left for message in messages[subject]]}


def _told(subject: str) -> bool:
    """False when it has to be tried again."""
    logger.set_correlation_id(subject)
    try:
        tell(
            TellRequest(subject),
            configurations=platform.configurations,
            runs=platform.runs,
            deployments=platform.deployments,
            timeline=platform.timeline,
            tellings=platform.tellings,
            news=platform.news,
            statuses=platform.commit_statuses,
            budget=platform.call_budget,
            now=platform.clock(),
        )
    except TemporarilyUnavailable as error:
        logger.info("people are told later", reason=str(error))
        return False
    except InvalidInput as error:
        logger.warning("there is nothing to tell", reason=str(error))
    except Exception:
        logger.exception("people can't be told, for a reason that nobody foresaw")
        metrics.add_metric(name="Unexpected", unit=MetricUnit.Count, value=1)
        return False
    return True
