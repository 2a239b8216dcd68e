"""When a Lambda call has to answer."""

from datetime import datetime, timedelta

from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE = timedelta(seconds=10)
"""Kept back for writing down what was seen."""


def call_ends(context: LambdaContext, now: datetime) -> datetime:
    return now + timedelta(milliseconds=context.get_remaining_time_in_millis()) - RESERVE
