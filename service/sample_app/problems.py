"""Every error is `application/problem+json`: https://www.rfc-editor.org/rfc/rfc9457

400: the body can't be read. 422: it was read, and something in it, in the path or in the query isn't what the interface asks for
(https://www.rfc-editor.org/rfc/rfc9110#section-15.5.21; also FastAPI's own choice, which its clients know). 500 says nothing of its cause, which is in the log.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sample_app.correlation import current

MEDIA_TYPE = "application/problem+json"

_log = logging.getLogger("sample_app.problems")


class Problem(BaseModel):
    type: str = Field(default="about:blank", description="the status says all there is to say about its kind")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str | None = None
    instance: str | None = Field(default=None, description="this occurrence: its end is the answer's x-request-id")
    errors: list[dict[str, str]] | None = Field(default=None, description="each fault of the input: `location`, as in body/name, and `detail`")


_SCHEMA = Problem.model_json_schema()


def documented(description: str) -> dict[str, Any]:
    """A response of the OpenAPI document."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}


def problem(status: int, detail: str | None = None, errors: list[dict[str, str]] | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """What is None isn't in the answer."""
    correlation = current.get()
    found = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=f"urn:x-request-id:{correlation.request_id}" if correlation else None,
        errors=errors,
    )
    return Response(found.model_dump_json(exclude_none=True), status, headers, MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """What FastAPI refuses itself and every HTTPException."""

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, error.detail, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        faults = error.errors()
        if any(fault["type"] == "json_invalid" for fault in faults):
            return problem(400, "The body isn't JSON.")
        return problem(422, errors=[{"location": "/".join(str(part) for part in fault["loc"]), "detail": fault["msg"]} for fault in faults])

    app.add_middleware(AnswerFailures)


class AnswerFailures:
    """Makes what a handler raised a 500 and a line in the log. Once an answer has begun, its connection can only be broken off: the server does that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            _log.exception("a handler failed")
            await problem(500)(scope, receive, send)
