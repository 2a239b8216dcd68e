"""The mailbox over HTTP: `/` and `/messages/{n}` for people, `/messages.json` for programs.

Mails are other people's text: everything is escaped, scripts run nowhere, and the HTML part sits in a sandboxed frame whose links open outside of it. A
request under another host's name is refused, so that no web page can read the links in here by giving its own name this address.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_host

from twin.aws.mail.mailbox import Mail, Mailbox

_LINK = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]])")
_HOSTS = ("127.0.0.1", "localhost")
_ENDPOINTS = {"/": "list", "/messages.json": "json", "/messages/<int:number>": "mail"}
_ROUTES = Map([Rule(path, endpoint=endpoint, methods=["GET"]) for path, endpoint in _ENDPOINTS.items()])
_HEADERS = {
    # The frame's document inherits this policy; mails style themselves inline.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_STYLE = (
    "body{font:15px/1.5 system-ui;max-width:60em;margin:2em auto}td,th{padding:.1em 1em .1em 0;text-align:left;vertical-align:top}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f4;padding:1em}iframe{width:100%;height:40em;border:1px solid #ccc}"
)
# A page that a link opens would be sandboxed like the frame, and its forms dead, if it could not escape.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


class Page:
    """A WSGI application that shows `mailbox`."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            response = self._respond(Request(environ))
        except HTTPException as error:
            response = Response(f"{error.name}\n", error.code, content_type="text/plain; charset=utf-8")
        response.headers.update(_HEADERS)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        get_host(request.environ, trusted_hosts=_HOSTS)
        endpoint, values = _ROUTES.bind("", "/").match(request.path, request.method)
        if endpoint == "json":
            return Response(json.dumps([_plain(mail) for mail in self._mailbox.newest_first()]), content_type="application/json")
        if endpoint == "list":
            return _html("Mailbox", _list(self._mailbox.newest_first()))
        mail = self._mailbox.mail(values["number"])
        if mail is None:
            raise NotFound
        return _html(mail.subject, _mail(mail))


def _plain(mail: Mail) -> dict[str, Any]:
    return {**dataclasses.asdict(mail), "sent_at": mail.sent_at.isoformat()}


def _html(title: str, body: str) -> Response:
    text = f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>{body}"
    return Response(text, content_type="text/html; charset=utf-8")


def _list(mails: list[Mail]) -> str:
    rows = "".join(
        f'<tr><td>{_time(mail)}<td>{escape(", ".join(mail.to))}<td><a href="/messages/{mail.id}">{escape(mail.subject) or "(no subject)"}</a>' for mail in mails
    )
    found = f"<table><tr><th>sent<th>to<th>subject{rows}</table>" if mails else "<p>Nobody has sent a mail yet."
    return f"<h1>Mailbox</h1><p>What Slipway sent, newest first.{found}"


def _mail(mail: Mail) -> str:
    headers = {"From": mail.sender, "To": ", ".join(mail.to), "Subject": mail.subject, "Sent": _time(mail)}
    rows = "".join(f"<tr><th>{name}<td>{escape(value)}" for name, value in headers.items())
    text = "" if mail.text is None else f"<h2>Text</h2><pre>{_linked(mail.text)}</pre>"
    framed = "" if mail.html is None else escape(f'<!doctype html><base target="_blank">{mail.html}')
    html = "" if mail.html is None else f'<h2>HTML</h2><iframe title="HTML part" sandbox="{_SANDBOX}" srcdoc="{framed}"></iframe>'
    return f'<p><a href="/">Mailbox</a><table>{rows}</table>{text}{html}'


def _linked(text: str) -> str:
    """Escaped text in which addresses of web pages can be clicked. A full stop or bracket at the end of a sentence isn't part of one."""
    pieces = _LINK.split(text)
    return "".join(
        f'<a href="{escape(piece)}" target="_blank" rel="noreferrer">{escape(piece)}</a>' if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )


def _time(mail: Mail) -> str:
    return f"{mail.sent_at:%Y-%m-%d %H:%M:%S} UTC"
