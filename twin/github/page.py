"""GET /: repositories, refs, statuses, deployments and deliveries, for a person who wants to see what was pushed and what came of it."""

from collections.abc import Mapping
from html import escape

from aiohttp import web

from twin.github.board import Board
from twin.github.deliveries import Delivery
from twin.github.publishing import Published
from twin.github.repositories import Refs

_BAD = ("error", "failure")
_STYLE = "body{font:15px/1.5 system-ui;max-width:60em;margin:2em auto}td,th{padding:.1em 1em .1em 0;text-align:left}.no{color:#b00}code{font-size:.95em}"


class Page:
    """`published` by full name."""

    def __init__(self, published: Mapping[str, Published]) -> None:
        self._published = published

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self._show)]

    async def _show(self, _request: web.Request) -> web.Response:
        parts = [_repository(each, await each.repository.refs()) for each in self._published.values()]
        text = f"<!doctype html><meta charset=utf-8><title>GitHub, the twin</title><style>{_STYLE}</style>{''.join(parts)}"
        return web.Response(text=text, content_type="text/html")


def _repository(published: Published, refs: Refs) -> str:
    place = published.place
    heading = f"<h1>{escape(place.full_name)}</h1><p><code>git clone {escape(place.html_url)}.git</code></p>"
    rows = "".join(f"<tr><td>{escape(name)}<td><code>{escape(hash_[:12])}</code>" for name, hash_ in refs.items())
    sent = "".join(_delivery(each) for each in published.deliveries)
    to = f"<p>Deliveries to {escape(published.deliveries.hook.url)}, newest first:</p>"
    board = _board(published.board)
    return f"{heading}<table><tr><th>ref<th>object{rows}</table>{board}{to}<table><tr><th>at<th>event<th>answer<th>seconds<th>delivery{sent}</table>"


def _board(board: Board) -> str:
    """The newest status of each context and the newest of each deployment; nothing where there is none."""
    statuses = "".join(
        _row(each.state in _BAD, commit[:12], each.context, each.state, each.description)
        for commit in board.commits()
        for each in board.latest(commit).values()
    )
    deployments = "".join(
        _row(each.state in _BAD, each.commit[:12], each.environment, each.state, each.statuses[-1].description if each.statuses else each.description)
        for each in board.deployments()
    )
    shown = f"<p>Commit statuses, newest first:</p><table><tr><th>commit<th>context<th>state<th>description{statuses}</table>" if statuses else ""
    return shown + (
        f"<p>Deployments, newest first:</p><table><tr><th>commit<th>environment<th>state<th>description{deployments}</table>" if deployments else ""
    )


def _row(bad: bool, *cells: str) -> str:
    return f"<tr{' class=no' if bad else ''}>" + "".join(f"<td>{escape(cell)}" for cell in cells)


def _delivery(delivery: Delivery) -> str:
    event = delivery.message.event + (" (again)" if delivery.redelivery else "")
    cells = (
        f"{delivery.delivered_at:%Y-%m-%d %H:%M:%S} UTC",
        event,
        f"{delivery.outcome.code} {delivery.outcome.status}",
        f"{delivery.duration_seconds:.2f}",
        delivery.message.guid,
    )
    return _row(not delivery.succeeded, *cells)
