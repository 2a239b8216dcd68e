"""The console's entry point: FastAPI behind Mangum, one Lambda for all of its routes.

A log line names the route's template, the status, the person and the approval; an approval page's own path is a key and is never written down.
"""

import asyncio
import logging
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from mangum import Mangum
from mangum.types import LambdaContext
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from slipway.bootstrap import Platform, platform
from slipway.console import api, deployments, failures, pages, signing_in
from slipway.console.rendering import HEADERS
from slipway.errors import SlipwayError
from slipway.telemetry import logger, metrics, traced


def create(platform: Platform) -> FastAPI:
    """The application over a platform's adapters; it asks for each only when a request needs it."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(pages.routes(platform))
    app.include_router(signing_in.routes(platform))
    app.include_router(api.routes(platform))
    app.include_router(deployments.routes(platform))
    for kind in (HTTPException, RequestValidationError, SlipwayError, Exception):
        app.add_exception_handler(kind, failures.answer)

    @app.middleware("http")
    async def observe(request: Request, call_next: RequestResponseEndpoint) -> Response:
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            response = await call_next(request)
            status = response.status_code
        finally:
            logger.info(
                "console answered",
                method=request.method,
                route=getattr(request.scope.get("route"), "path", ""),
                status=status,
                person=getattr(request.state, "person", ""),
                approval=getattr(request.state, "approval", ""),
            )
        response.headers.update(HEADERS)
        return response

    return app


# It would log every path, and every failure once more.
logging.getLogger("mangum.http").setLevel(logging.CRITICAL)
_adapter = Mangum(create(platform), lifespan="off")
_loop = asyncio.new_event_loop()
"""Mangum takes the current thread's loop, and there is none where something has used `asyncio.run` before."""


@traced
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    asyncio.set_event_loop(_loop)
    answer = _adapter(event, context)
    metrics.add_metric(name="ConsoleFailures", unit=MetricUnit.Count, value=int(answer["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR))
    return answer
