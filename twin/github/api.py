"""GitHub's REST paths for the webhooks of a repository. https://docs.github.com/en/rest/repos/webhooks

Open to whoever reaches the loopback address; an Authorization header is neither needed nor looked at. A repository has exactly the one hook that the twin
was started with. Where an App is connected it is the App's hook (`app_api`), shown here as well, for a person without a key.
"""

import json
from collections.abc import Mapping

from aiohttp import web

from twin.github import events
from twin.github.answers import number, refusal
from twin.github.deliveries import Delivery
from twin.github.events import Payload
from twin.github.publishing import Published

_PER_PAGE = 30
_MOST_PER_PAGE = 100
_HOOKS = "/repos/{owner}/{name}/hooks"
_HOOK = _HOOKS + r"/{hook:\d+}"
_DELIVERY = _HOOK + r"/deliveries/{delivery:\d+}"


class Api:
    """`published` by full name."""

    def __init__(self, published: Mapping[str, Published]) -> None:
        self._published = published

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_HOOKS, self._list_hooks),
            web.get(_HOOK, self._get_hook),
            web.post(f"{_HOOK}/pings", self._ping),
            web.get(f"{_HOOK}/deliveries", self._list_deliveries),
            web.get(_DELIVERY, self._get_delivery),
            web.post(f"{_DELIVERY}/attempts", self._redeliver),
        ]

    async def _list_hooks(self, request: web.Request) -> web.Response:
        return web.json_response([_hook(self._find(request))])

    async def _get_hook(self, request: web.Request) -> web.Response:
        return web.json_response(_hook(self._find(request)))

    async def _ping(self, request: web.Request) -> web.Response:
        published = self._find(request)
        published.deliveries.send("ping", events.ping(published.place, _hook(published)))
        return web.Response(status=204)

    async def _list_deliveries(self, request: web.Request) -> web.Response:
        """Newest first; `cursor` is the delivery that a page begins with, the Link header leads to the next."""
        published = self._find(request)
        count = min(number(request, "per_page", _PER_PAGE), _MOST_PER_PAGE)
        cursor = number(request, "cursor", 0)
        found = [each for each in published.deliveries if not cursor or each.id <= cursor]
        headers = {}
        if len(found) > count:
            following = request.url.update_query(per_page=count, cursor=found[count].id)
            headers["Link"] = f'<{following}>; rel="next"'
        return web.json_response([summary(published, each) for each in found[:count]], headers=headers)

    async def _get_delivery(self, request: web.Request) -> web.Response:
        published = self._find(request)
        return web.json_response(_in_full(published, _delivery(published, request)))

    async def _redeliver(self, request: web.Request) -> web.Response:
        published = self._find(request)
        published.deliveries.send_again(_delivery(published, request))
        return web.json_response({}, status=202)

    def _find(self, request: web.Request) -> Published:
        published = self._published.get(f"{request.match_info['owner']}/{request.match_info['name']}")
        if published is None or request.match_info.get("hook", str(published.deliveries.hook_id)) != str(published.deliveries.hook_id):
            raise refusal(404, "Not Found")
        return published


def _delivery(published: Published, request: web.Request) -> Delivery:
    delivery = published.deliveries.find(int(request.match_info["delivery"]))
    if delivery is None:
        raise refusal(404, "Not Found")
    return delivery


def _hook(published: Published) -> Payload:
    deliveries = published.deliveries
    url = f"{published.place.url}/repos/{published.place.full_name}/hooks/{deliveries.hook_id}"
    last = next(iter(deliveries), None)
    return {
        "type": "Repository",
        "id": deliveries.hook_id,
        "name": "web",
        "active": True,
        "events": ["push"],
        "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": deliveries.hook.url},
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": last.outcome.code if last else None, "status": last.outcome.status if last else "unused", "message": None},
    }


def summary(published: Published, delivery: Delivery) -> Payload:
    """An attempt as lists show it."""
    return {
        "id": delivery.id,
        "guid": delivery.message.guid,
        "delivered_at": delivery.delivered_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "redelivery": delivery.redelivery,
        "duration": round(delivery.duration_seconds, 2),
        "status": delivery.outcome.status,
        "status_code": delivery.outcome.code,
        "event": delivery.message.event,
        "action": None,
        "installation_id": None,
        "repository_id": published.place.id,
        "throttled_at": None,
    }


def _in_full(published: Published, delivery: Delivery) -> Payload:
    return {
        **summary(published, delivery),
        "url": published.deliveries.hook.url,
        "request": {"headers": dict(delivery.headers), "payload": json.loads(delivery.message.body)},
        "response": {"headers": dict(delivery.outcome.headers), "payload": delivery.outcome.body or None},
    }
