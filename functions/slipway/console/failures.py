"""What people get when something goes wrong: a sentence, as JSON below `/api/`, as a page elsewhere. Nothing internal is in it; the log has that."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from slipway.console.rendering import HEADERS, page
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.telemetry import logger


def answer(request: Request, error: Exception) -> Response:
    """For every error that a route lets out."""
    match error:
        case HTTPException():
            response = failure(request, error.status_code, _SENTENCES.get(error.detail, error.detail))
            response.headers.update(error.headers or {})
            return response
        case RequestValidationError():
            faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
            return failure(request, HTTPStatus.BAD_REQUEST, f"The request is wrong: {'; '.join(faults)}.")
        case InvalidInput():
            return failure(request, HTTPStatus.BAD_REQUEST, str(error))
        case TemporarilyUnavailable():
            logger.warning("console can't answer now", exc_info=error)
            return failure(request, HTTPStatus.SERVICE_UNAVAILABLE, "Something that is needed for this doesn't answer right now. Try again in a minute.")
        case _:
            logger.error("console failed", exc_info=error)
            return failure(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here; the log has the details.")


def failure(request: Request, status: int, sentence: str) -> Response:
    """With the headers of every answer: what nobody foresaw is answered outside of the middleware that sets them elsewhere."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"message": sentence}, status, HEADERS)
    response = page(request, "notice.html", status, title=_TITLES.get(status, "That didn't work"), message=sentence)
    response.headers.update(HEADERS)
    return response


_TITLES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "That can't be done here",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not right now",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong",
}
_SENTENCES = {
    HTTPStatus.NOT_FOUND.phrase: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED.phrase: "This address doesn't take that method.",
}
"""For what the framework says by itself."""
