"""Approval pages. GET and HEAD show what would change and write nothing, whoever opens them; only the form, sent by a person, votes.

The link names the person: no log line and no page repeats it. Where an environment wants people to sign in, the link alone shows but doesn't vote; the same
address with `?sign-in` leads to GitHub.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response

from slipway.bootstrap import Platform
from slipway.console import signing_in
from slipway.console.bodies import read_form
from slipway.console.deciding import cast, look
from slipway.console.rendering import page
from slipway.domain.approval import LONGEST_REASON
from slipway.domain.plain_text import one_line
from slipway.steps.show_approval import ShowApprovalRequest, ShownApproval
from slipway.steps.vote import VoteRequest

PATH = "/approvals/{link}"
SIGN_IN = "sign-in"
_UNKNOWN = "This link isn't valid: it may have been cut off on its way, or be too old. Copy the whole address from the mail."


@dataclass(frozen=True)
class _Line:
    """A line of the difference; `kind` is its class in the stylesheet."""

    kind: str
    text: str


def routes(platform: Platform) -> APIRouter:
    router = APIRouter()

    @router.api_route(PATH, methods=["GET", "HEAD"])
    async def show(request: Request, link: str) -> Response:
        shown = _shown(request, link)
        if SIGN_IN in request.query_params and request.method == "GET" and shown.sign_in and shown.person is not None:
            return signing_in.begin(platform, link, shown.person)
        return _question(request, link, shown)

    @router.post(PATH)
    async def decide(request: Request, link: str) -> Response:
        shown = _shown(request, link)
        form = await read_form(request)
        if not platform.form_tickets.is_ticket(link, form.ticket):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "This isn't the form of this page. Open the link of the mail again and use its buttons.")
        voted = cast(platform, VoteRequest(shown.approval.identity, request.state.person, form.choice, one_line(form.reason), request.state.way))
        status = HTTPStatus.OK if voted.counted else HTTPStatus.CONFLICT
        return _question(request, link, _shown(request, link), status, "Your vote is counted." if voted.counted else "Nothing has changed.", voted.message)

    def _shown(request: Request, link: str) -> ShownApproval:
        """HTTPException 404 for a link that was never sent, or whose approval is gone. Leaves for the log whom it names."""
        named = platform.links.read(link)
        if named is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, _UNKNOWN)
        request.state.approval, request.state.person = named
        request.state.way = _way(request, named[1])
        shown = look(platform, ShowApprovalRequest(*named, request.state.way))
        if shown is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, _UNKNOWN)
        return shown

    def _way(request: Request, name: str) -> str:
        """How well it is proved that the link's person is here: only a session of that very person adds to the link."""
        person, login = platform.configurations.read().people.get(name), signing_in.signed_in(platform, request)
        return "sign-in" if person is not None and login and person.github.lower() == login.lower() else "link"

    def _question(request: Request, link: str, shown: ShownApproval, status: int = HTTPStatus.OK, result: str = "", message: str = "") -> Response:
        """`result` and `message` say what a vote did; whoever isn't among the people any more doesn't see the plan."""
        return page(
            request,
            "question.html",
            status,
            shown=shown,
            plan=shown.plan if shown.person is not None else None,
            votes=shown.votes if shown.person is not None else [],
            difference=_lines(shown.plan.difference) if shown.plan is not None else [],
            account=signing_in.signed_in(platform, request) if shown.sign_in else "",
            now=platform.clock(),
            ticket="" if shown.obstacle else platform.form_tickets.make_ticket(link),
            result=result,
            message=message,
            longest_reason=LONGEST_REASON,
        )

    return router


def _lines(difference: str) -> Sequence[_Line]:
    """A unified diff, line by line."""
    kinds = {"+++": "head", "---": "head", "+": "added", "-": "removed", "@": "place"}
    return [
        _Line(next((kind for prefix, kind in kinds.items() if line.startswith(prefix)), "same"), line) for line in difference.removesuffix("\n").split("\n")
    ]
