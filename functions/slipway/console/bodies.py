"""Bodies of requests, hostile until parsed: limited in bytes, of one form, without fields that nobody asked for."""

from http import HTTPStatus
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slipway.domain.approval import LONGEST_REASON, Choice

LARGEST_JSON_BYTES = 16 * 1024
LARGEST_FORM_BYTES = 8 * 1024
_MOST_FIELDS = 8
Body = TypeVar("Body", bound="_Strict")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reasoned(_Strict):
    reason: Annotated[str, Field(max_length=LONGEST_REASON, strict=True)] = ""


class Ballot(Reasoned):
    """The JSON of a vote."""

    choice: Choice


class Wish(Reasoned):
    """The JSON of a deployment by hand. `key` is chosen by whoever asks: the same one again is the same deployment."""

    key: Annotated[str, Field(pattern="^[A-Za-z0-9-]{8,64}$")]
    version: Annotated[str, Field(max_length=200)] = ""
    commit: Annotated[str, Field(max_length=40, pattern="^[0-9a-f]*$")] = ""
    override_freeze: Annotated[bool, Field(strict=True)] = False


class Form(_Strict):
    """The form of the approval page. What a reason has too much is cut off later: nobody's vote is lost for that."""

    choice: Choice
    ticket: str
    reason: str = ""


async def read_json(request: Request, kind: type[Body]) -> Body:
    """HTTPException 413 or 400 with a sentence. An empty body counts as `{}`."""
    body = await _limited(request, LARGEST_JSON_BYTES)
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise _wrong(error) from error


async def read_form(request: Request) -> Form:
    """A form as browsers send it without JavaScript (`application/x-www-form-urlencoded`, UTF-8). HTTPException 413 or 400 with a sentence."""
    body = await _limited(request, LARGEST_FORM_BYTES)
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "This isn't the form of this page.") from error
    if len(dict(fields)) < len(fields):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The form has a field twice.")
    try:
        return Form.model_validate(dict(fields))
    except ValidationError as error:
        raise _wrong(error) from error


async def _limited(request: Request, most_bytes: int) -> bytes:
    body = await request.body()
    if len(body) > most_bytes:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has {len(body)} bytes; at most {most_bytes} are taken.")
    return body


def _wrong(error: ValidationError) -> HTTPException:
    faults = [": ".join(part for part in (".".join(str(step) for step in fault["loc"]), fault["msg"]) if part) for fault in error.errors()]
    return HTTPException(HTTPStatus.BAD_REQUEST, f"What was sent is wrong: {'; '.join(faults)}.")
