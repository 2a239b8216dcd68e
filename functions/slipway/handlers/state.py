"""What every state's handler has in common: typed request in, plain data out, telemetry around, only our errors through."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.exceptions import InvalidModelTypeError
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from slipway.errors import InvalidInput, SlipwayError, Unexpected
from slipway.telemetry import logger, metrics, traced

Request = TypeVar("Request")
Step = Callable[[Request, LambdaContext], object]
Handler = Callable[[dict[str, Any], LambdaContext], Any]


def state_handler(request_type: type[Request]) -> Callable[[Step[Request]], Handler]:
    """Makes `function(request, context)` a Lambda handler for the states that invoke it.

    The event is parsed into the dataclass; what doesn't fit is InvalidInput. The log's correlation id is the run or the
    deployment that the request names. What isn't an error of `errors.py` leaves as Unexpected, with its traceback in the log.
    """

    def decorate(function: Step[Request]) -> Handler:
        @wraps(function)
        def handler(event: dict[str, Any], context: LambdaContext) -> Any:
            logger.append_keys(function=context.function_name)
            named = event.get("run") or event.get("deployment") or event.get("build")
            logger.set_correlation_id(named if isinstance(named, str) else "")
            try:
                result = function(_parsed(event, request_type), context)
            except SlipwayError as error:
                logger.warning("step ended in an error", exc_info=error)
                metrics.add_metric(name=type(error).__name__, unit=MetricUnit.Count, value=1)
                raise
            except Exception as error:
                logger.exception("step ended in an error that nobody foresaw")
                metrics.add_metric(name="Unexpected", unit=MetricUnit.Count, value=1)
                raise Unexpected(f"{type(error).__name__}: {error}") from error
            metrics.add_metric(name="StepsDone", unit=MetricUnit.Count, value=1)
            return to_jsonable_python(result)

        return traced(metrics.log_metrics(handler))

    return decorate


def _parsed(event: dict[str, Any], request_type: type[Request]) -> Request:
    """The fault leaves without pydantic's own words, which repeat the input: a task token may be in it."""
    try:
        return parse(event, request_type)
    except (ValidationError, InvalidModelTypeError) as error:
        fields = (
            [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
            if isinstance(error, ValidationError)
            else [str(error)]
        )
        raise InvalidInput(f"The input of {request_type.__name__} is wrong: {'; '.join(fields)}") from None
