"""Pages from templates, and the headers of every answer. No page has a script; the one stylesheet is inlined and named by its hash."""

import base64
import hashlib
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from slipway.domain.plain_text import visible

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    finalize=lambda value: visible(str(value)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = base64.b64encode(hashlib.sha256(_TEMPLATES.get_template("style.css").render().encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""The address of an approval page is a personal key: it is kept by no cache, told to no other site and found by no search engine."""


def page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    """The page; for HEAD without its body."""
    answer = HTMLResponse(_TEMPLATES.get_template(template).render(values), status)
    return Response(status_code=status, headers={"Content-Type": answer.headers["Content-Type"]}) if request.method == "HEAD" else answer
