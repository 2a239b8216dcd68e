"""Kubernetes' protobuf envelope, decoded into the object that the same request would send as JSON. Called by `body`.

Helm writes its release secrets this way, client-go's typed clients everything they create. Answers are never protobuf: clients take JSON as well.
https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from twin.cluster.apiserver import errors
from twin.cluster.apiserver.http.messages import MESSAGES, MapOf, Message, Moment, Repeated, Scalar, Type
from twin.cluster.apiserver.http.wire import fields, signed
from twin.cluster.apiserver.objects import Object, timestamp

MAGIC = b"k8s\x00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decode(raw: bytes) -> Object:
    """`raw` begins with MAGIC. 400 when it is damaged, 415 for a kind whose fields aren't known here."""
    try:
        envelope = dict(fields(raw.removeprefix(MAGIC)))
        about = {number: value.decode() for number, value in fields(_message(envelope.get(1, b""))) if isinstance(value, bytes)}
        kind = about.get(2, "")
        if kind not in MESSAGES:
            raise errors.unsupported_media_type(f"protobuf of kind {kind!r}")
        return {"apiVersion": about.get(1, ""), "kind": kind, **_decoded(_message(envelope.get(2, b"")), MESSAGES[kind])}
    except (ValueError, OverflowError) as error:
        raise errors.bad_request(f"couldn't decode the body of the request as protobuf: {error}") from error


def _decoded(raw: bytes, message: Message) -> Object:
    found: Object = {}
    for number, value in fields(raw):
        if number not in message.fields:
            continue
        name, kind = message.fields[number]
        match kind:
            case Repeated(of):
                found.setdefault(name, []).append(_value(value, of))
            case MapOf(of):
                entry = dict(fields(_message(value)))
                found.setdefault(name, {})[_message(entry.get(1, b"")).decode()] = _value(entry.get(2, b""), of)
            case _ if not _is_left_out(value, kind):
                found[name] = _value(value, kind)
    return found


def _is_left_out(value: int | bytes, kind: Type) -> bool:
    return not value and (kind in ("text", "bytes", "json", "number") or isinstance(kind, Moment))


def _value(value: int | bytes, kind: Type) -> Any:
    match kind:
        case Message():
            return _decoded(_message(value), kind)
        case Moment(micro):
            return _moment(_message(value), micro=micro)
        case Repeated() | MapOf():
            raise AssertionError("Kubernetes has no lists of lists or maps")
    return _scalar(value, kind)


def _scalar(value: int | bytes, kind: Scalar) -> Any:
    match kind:
        case "text":
            return _message(value).decode()
        case "bytes":
            return base64.b64encode(_message(value)).decode()
        case "json":
            return json.loads(_message(dict(fields(_message(value))).get(1, b"{}")))
        case "quantity":
            return _message(dict(fields(_message(value))).get(1, b"")).decode()
        case "number" | "pointed-number":
            return signed(_number(value))
        case "pointed-flag":
            return bool(_number(value))


def _moment(raw: bytes, *, micro: bool) -> str:
    parts = {number: signed(_number(value)) for number, value in fields(raw)}
    moment = _EPOCH + timedelta(seconds=parts.get(1, 0), microseconds=parts.get(2, 0) // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if micro else timestamp(moment)


def _message(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number where text or a message belongs")  # noqa: TRY004 the sender's fault, not a caller's
    return value


def _number(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise ValueError("text or a message where a number belongs")  # noqa: TRY004 the sender's fault, not a caller's
    return value
