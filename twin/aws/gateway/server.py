"""The gateway as a WSGI application: finds the route, invokes the function through Lambda's API, answers.

Limits as on AWS: a body of at most 10 MB (413). A function that isn't there, fails or gives what isn't an answer is a
500; an unknown route a 404. Left out: throttling, the 30 s limit of an integration, CORS, JWT authorizers; signatures are read, not checked.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import ClientError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from twin.aws import server as aws
from twin.aws.gateway.payload import Caller, answer, event
from twin.aws.gateway.routes import HttpApi

LOG = logging.getLogger(__name__)
BODY_LIMIT_BYTES = 10 * 1024 * 1024
_PART_BYTES = 64 * 1024
_ACCESS_KEY = re.compile(r"Credential=([^/]+)/")


class Gateway:
    """A WSGI application for the APIs in `apis`, which may be filled after the server was started."""

    def __init__(self, endpoint: str, apis: Sequence[HttpApi]) -> None:
        self._endpoint = endpoint
        self._apis = apis
        self._functions = aws.client("lambda", endpoint)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self._respond(request)
        except RequestEntityTooLarge:
            response = _message(413, "Request Entity Too Large")
        except ClientDisconnected:
            response = _message(400, "Bad Request")
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        body = _body(request)
        for api in self._apis:
            if found := api.route(request.method, request.path):
                route, parameters = found
                caller = self._caller(request) if route.signed else None
                if route.signed and caller is None:
                    return _message(403, "Forbidden")
                return self._invoke(route.function_arn, event(request, body, route, parameters, api.identifier, caller))
        return _message(404, "Not Found")

    def _invoke(self, function_arn: str, payload: dict[str, Any]) -> Response:
        try:
            result = self._functions.invoke(FunctionName=function_arn, Payload=json.dumps(payload).encode())
        except ClientError as error:
            LOG.warning("%s can't be invoked: %s", function_arn, error)
            return _message(500, "Internal Server Error")
        body = result["Payload"].read()
        if "FunctionError" in result:
            LOG.warning("%s failed: %s", function_arn, body.decode(errors="replace")[:500])
            return _message(500, "Internal Server Error")
        try:
            return answer(body)
        except (ValueError, TypeError) as error:
            LOG.warning("%s gave no HTTP answer: %s", function_arn, error)
            return _message(500, "Internal Server Error")

    def _caller(self, request: Request) -> Caller | None:
        found = _ACCESS_KEY.search(request.headers.get("Authorization", ""))
        if not found:
            return None
        identity = aws.client("sts", self._endpoint, access_key=found.group(1)).get_caller_identity()
        return Caller(access_key=found.group(1), account=identity["Account"], arn=identity["Arn"], user_id=identity["UserId"])


def _body(request: Request) -> bytes:
    """The whole body. One that is too large is read to its end too: a client that still sends wouldn't see the answer."""
    kept = bytearray()
    while part := request.stream.read(_PART_BYTES):
        if len(kept) <= BODY_LIMIT_BYTES:
            kept += part
    if len(kept) > BODY_LIMIT_BYTES:
        raise RequestEntityTooLarge
    return bytes(kept)


def _message(status: int, text: str) -> Response:
    return Response(json.dumps({"message": text}), status, content_type="application/json")
