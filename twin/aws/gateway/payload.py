"""Payload format 2.0: a request as the event that Lambda gets, and Lambda's result as an HTTP answer.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from twin.aws import server
from twin.aws.gateway.routes import Route

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_TEXT_SUFFIXES = ("+json", "+xml")


@dataclass(frozen=True)
class Caller:
    """Who signed a request to a route with authorization type AWS_IAM."""

    access_key: str
    account: str
    arn: str
    user_id: str

    def context(self) -> dict[str, Any]:
        """`requestContext.authorizer`."""
        identity = {"accessKey": self.access_key, "accountId": self.account, "callerId": self.user_id, "userArn": self.arn, "userId": self.user_id}
        return {"iam": {**identity, "cognitoIdentity": None, "principalOrgId": None}}


def event(request: Request, body: bytes, route: Route, parameters: Mapping[str, str], api: str, caller: Caller | None) -> dict[str, Any]:
    """The event for a request. Bodies that aren't text are base64, forms among them, as on AWS.

    The path is decoded, in `rawPath` and in the path's parameters; the query string isn't in `rawQueryString`. That is how an HTTP API is, other than a REST
    API: https://github.com/honojs/hono/issues/2156, https://github.com/fastify/aws-lambda-fastify/issues/169. Left out: that it cuts the path at a decoded `?`.
    """
    now = datetime.now(UTC)
    context: dict[str, Any] = {
        "accountId": server.ACCOUNT,
        "apiId": api,
        "domainName": request.host,
        "domainPrefix": api,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": request.remote_addr,
            "userAgent": request.headers.get("User-Agent", ""),
        },
        "requestId": uuid.uuid4().hex[:16],
        "routeKey": route.key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if caller is not None:
        context["authorizer"] = caller.context()
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query_string.decode(),
        "headers": _headers(request),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if cookies := request.headers.get("Cookie"):
        made["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if request.args:
        made["queryStringParameters"] = {name: ",".join(values) for name, values in request.args.lists()}
    if parameters:
        made["pathParameters"] = dict(parameters)
    if body:
        encoded = not _is_text(request.mimetype)
        made |= {"body": base64.b64encode(body).decode() if encoded else body.decode(errors="replace"), "isBase64Encoded": encoded}
    return made


def answer(payload: bytes) -> Response:
    """The answer for a function's result; a result without `statusCode` is JSON with status 200. ValueError when it can't be one."""
    result = json.loads(payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        return Response(payload, 200, content_type="application/json")
    body = result.get("body") or ""
    if not isinstance(body, str):
        raise ValueError("the body isn't text")  # noqa: TRY004 - one kind of error for all faults of a result
    content = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    response = Response(content, int(result["statusCode"]))
    response.headers["Content-Type"] = "text/plain;charset=UTF-8"
    for name, value in dict(result.get("headers") or {}).items():
        response.headers[name] = str(value)
    for cookie in result.get("cookies") or []:
        response.headers.add("Set-Cookie", cookie)
    return response


def _headers(request: Request) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        if key != "cookie":
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _is_text(mimetype: str) -> bool:
    return mimetype.startswith(_TEXT) or mimetype.endswith(_TEXT_SUFFIXES)
