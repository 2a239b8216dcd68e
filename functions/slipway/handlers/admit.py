"""Admit, a state of release."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.admit import AdmitRequest, admit


@state_handler(AdmitRequest)
def handler(request: AdmitRequest, context: LambdaContext) -> object:
    return admit(
        request,
        configurations=platform.configurations,
        releases=platform.releases,
        registry=platform.registry,
        advisories=platform.advisories,
        signatures=platform.signatures,
        timeline=platform.timeline,
        now=platform.clock(),
    )
