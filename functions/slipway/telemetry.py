"""Logger, metrics and tracing of every function, configured by the POWERTOOLS_* variables of `template.yaml`."""

import os
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics

Handler = Callable[..., Any]

logger = Logger()
"""JSON lines with the run's or deployment's identity as correlation id. Never give it a task token or a secret."""
metrics = Metrics()


def traced(handler: Handler) -> Handler:
    """A handler as a subsegment of X-Ray, without its results, where a daemon takes them: Lambda sets the address of one.

    Elsewhere the SDK isn't even imported, which is a third of a cold start.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    if "AWS_XRAY_DAEMON_ADDRESS" not in os.environ:
        return handler
    from aws_lambda_powertools import Tracer

    return Tracer().capture_lambda_handler(handler, capture_response=False)
