"""When a Lambda call has to answer."""

import time
from datetime import datetime, timedelta

from aws_lambda_powertools.utilities.typing import LambdaContext

PAUSE_SECONDS = 0.5
RESERVE = timedelta(seconds=10)
"""Kept back for writing down what was seen."""


def killed_at(context: LambdaContext, now: datetime) -> datetime:
    """When Lambda ends the call, if it hasn't ended by itself."""
    return now + timedelta(milliseconds=context.get_remaining_time_in_millis())


def call_ends(context: LambdaContext, now: datetime) -> datetime:
    return killed_at(context, now) - RESERVE


def pause() -> None:
    """A moment between two looks at what another function writes into the table."""
    time.sleep(PAUSE_SECONDS)
