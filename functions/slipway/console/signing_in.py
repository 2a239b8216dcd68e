"""Signing in at GitHub, for environments whose approval wants more than a mail's link. The callback sets a cookie and changes nothing else.

The cookie of the attempt binds it to this browser: a callback that somebody else's browser began is refused (login cross-site request forgery). Both cookies
are `__Host-`: only this host's own HTTPS answers set them, and no script reads them. They are Lax, not Strict, since people come from a mail and from GitHub.
"""

import base64
import hashlib
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from slipway.bootstrap import Platform
from slipway.console.rendering import page
from slipway.domain.environment import Person

CALLBACK = "/signed-in"
SESSION, ATTEMPT = "__Host-slipway-session", "__Host-slipway-sign-in"
_SESSION_SECONDS, _ATTEMPT_SECONDS = 3600, 600
_LONGEST_PARAMETER = 200
_AGAIN = "Open the link of the mail again, and sign in from there, in the same browser and within ten minutes."


def routes(platform: Platform) -> APIRouter:
    router = APIRouter()

    @router.get(CALLBACK)
    async def come_back(request: Request, code: str = "", state: str = "", error: str = "") -> Response:
        """GitHub sends people here. `error` is set when they said no: https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps"""
        attempt = platform.sessions.resume(request.cookies.get(ATTEMPT, ""), state[:_LONGEST_PARAMETER], platform.clock())
        if attempt is None:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"This isn't the end of a sign-in that this browser began. {_AGAIN}")
        login = platform.accounts.login(code[:_LONGEST_PARAMETER], attempt.verifier) if code and not error else ""
        if not login:
            response = page(request, "notice.html", HTTPStatus.BAD_REQUEST, title="You aren't signed in", message=f"GitHub didn't say who you are. {_AGAIN}")
        else:
            response = RedirectResponse(f"/approvals/{attempt.link}", HTTPStatus.SEE_OTHER)
            _keep(response, SESSION, platform.sessions.make(login, platform.clock()), _SESSION_SECONDS)
        response.delete_cookie(ATTEMPT, path="/", secure=True, httponly=True, samesite="lax")
        return response

    return router


def begin(platform: Platform, link: str, person: Person) -> Response:
    """To GitHub, where the person says who they are. The address that it gets to see has nothing of the link."""
    attempt = platform.sessions.begin(link, platform.clock())
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    response = RedirectResponse(platform.accounts.page(attempt.state, challenge, person.github), HTTPStatus.SEE_OTHER)
    _keep(response, ATTEMPT, attempt.cookie, _ATTEMPT_SECONDS)
    return response


def signed_in(platform: Platform, request: Request) -> str:
    """The login of who has signed in with this browser; empty when nobody has."""
    return platform.sessions.read(request.cookies.get(SESSION, ""), platform.clock())


def _keep(response: Response, name: str, value: str, seconds: int) -> None:
    """https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes"""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")
