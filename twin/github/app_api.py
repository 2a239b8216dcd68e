"""GitHub's REST paths for an App about itself: its installation, its tokens, its webhook's deliveries.

https://docs.github.com/en/rest/apps/apps https://docs.github.com/en/rest/apps/webhooks. Every path wants the App's JSON web token.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from twin.github.answers import body_of, number, refusal, repository_of
from twin.github.api import summary
from twin.github.app import App
from twin.github.deliveries import Delivery
from twin.github.publishing import Published

_PER_PAGE = 30
_MOST_PER_PAGE = 100


class AppApi:
    """`published` by full name. The App's webhook gets the events of all of them."""

    def __init__(self, published: Mapping[str, Published], app: App) -> None:
        self._published = published
        self._app = app

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/repos/{owner}/{name}/installation", self._installation),
            web.post(r"/app/installations/{installation:\d+}/access_tokens", self._token),
            web.get("/app/hook/deliveries", self._deliveries),
            web.post(r"/app/hook/deliveries/{delivery:\d+}/attempts", self._redeliver),
        ]

    async def _installation(self, request: web.Request) -> web.Response:
        self._app.check_itself(request)
        place = repository_of(self._published, request).place
        if not self._app.is_installed_on(place.full_name):
            raise refusal(404, "Not Found")
        return web.json_response({"id": self._app.installation_id, "app_id": int(self._app.id), "account": {"login": place.owner}, "suspended_at": None})

    async def _token(self, request: web.Request) -> web.Response:
        self._app.check_itself(request)
        if int(request.match_info["installation"]) != self._app.installation_id:
            raise refusal(404, "Not Found")
        body = await body_of(request)
        token = self._app.issue(body.get("repositories"), body.get("permissions"))
        ends = datetime.fromtimestamp(token.ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        selection = "selected" if "repositories" in body else "all"
        answer = {"token": token.value, "expires_at": ends, "permissions": token.permissions, "repository_selection": selection}
        return web.json_response(answer, status=201)

    async def _deliveries(self, request: web.Request) -> web.Response:
        """Newest first; `cursor` is the delivery that a page begins with, the Link header leads to the next."""
        self._app.check_itself(request)
        count = min(number(request, "per_page", _PER_PAGE), _MOST_PER_PAGE)
        cursor = number(request, "cursor", 0)
        found = [each for each in self._attempts() if not cursor or each[1].id <= cursor]
        headers = {}
        if len(found) > count:
            headers["Link"] = f'<{request.url.update_query(per_page=count, cursor=found[count][1].id)}>; rel="next"'
        return web.json_response(
            [{**summary(published, each), "installation_id": self._app.installation_id} for published, each in found[:count]], headers=headers
        )

    async def _redeliver(self, request: web.Request) -> web.Response:
        self._app.check_itself(request)
        wanted = int(request.match_info["delivery"])
        for published, each in self._attempts():
            if each.id == wanted:
                published.deliveries.send_again(each)
                return web.json_response({}, status=202)
        raise refusal(404, "Not Found")

    def _attempts(self) -> list[tuple[Published, Delivery]]:
        return sorted(((published, each) for published in self._published.values() for each in published.deliveries), key=lambda found: -found[1].id)
