"""`python -m twin.github`: the twin's GitHub as a process; prints `ready` when it serves.

Started by the supervisor, with the webhook's secret in its environment and the public key of the GitHub App that Slipway signs in as; without one there is no
App, and the paths that want one aren't there.
"""

import asyncio
import itertools
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from twin.github.api import Api
from twin.github.app import App
from twin.github.app_api import AppApi
from twin.github.arguments import Arguments, parse
from twin.github.board_api import BoardApi
from twin.github.deliveries import Deliveries, Hook
from twin.github.events import Place
from twin.github.git import Git, GitFailed
from twin.github.git_api import GitApi
from twin.github.limits import ContentLimit
from twin.github.page import Page
from twin.github.publishing import Published
from twin.github.repositories import open_repository
from twin.github.signing_in import Client, SigningIn
from twin.github.transfer import Transfer
from twin.launch import ready

SECRET_VARIABLE = "SLIPWAY_WEBHOOK_SECRET"
APP_KEY_VARIABLE = "SLIPWAY_GITHUB_APP_PUBLIC_KEY"
CLIENT_SECRET_VARIABLE = "SLIPWAY_GITHUB_CLIENT_SECRET"
_END_WITHIN_SECONDS = 2.0


async def publish(given: Arguments, hook: Hook, app: App | None, session: aiohttp.ClientSession) -> Mapping[str, Published]:
    """The repositories by full name, made where they aren't there yet. GitFailed or OSError when that can't be."""
    git, published, ids = Git(given.state), {}, itertools.count(1)
    for full_name, seeds in given.repositories.items():
        repository = await open_repository(full_name, seeds, given.state, git)
        place = Place(repository.owner, repository.name, f"http://127.0.0.1:{given.port}")
        published[full_name] = Published(repository, place, Deliveries(place, hook, session, ids), app.installation_id if app else None)
    return published


@asynccontextmanager
async def serving(published: Mapping[str, Published], app: App | None, client: Client | None, port: int) -> AsyncIterator[None]:
    """On 127.0.0.1:`port`. OSError when the port is taken."""
    application = web.Application()
    application.add_routes([*Transfer(published).routes(), *Api(published).routes(), *Page(published).routes()])
    if app is not None:
        application.add_routes([*AppApi(published, app).routes(), *GitApi(published, app).routes(), *BoardApi(published, app, ContentLimit()).routes()])
    if client is not None:
        application.add_routes(SigningIn(client).routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_END_WITHIN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


async def run(given: Arguments, secret: str, app: App | None, client: Client | None) -> None:
    """Until SIGTERM or SIGINT."""
    asked_to_end = asyncio.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(request, asked_to_end.set)
    async with aiohttp.ClientSession() as session:
        published = await publish(given, Hook(given.webhook_url, secret, app.id if app else ""), app, session)
        async with serving(published, app, client, given.port), asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run(), name=name) for name, each in published.items()]
            ready()
            await asked_to_end.wait()
            for task in tasks:
                task.cancel()


def main() -> int:
    """Exit status 1, with one line on stderr, when it can't start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    given = parse()
    secret = os.environ.get(SECRET_VARIABLE, "")
    if not secret:
        print(f"{SECRET_VARIABLE} is not set", file=sys.stderr, flush=True)
        return 1
    key = os.environ.get(APP_KEY_VARIABLE, "")
    app = App(given.app_id, key, list(given.repositories)) if key else None
    client_secret = os.environ.get(CLIENT_SECRET_VARIABLE, "")
    client = Client(given.client_id, client_secret, given.callback_url) if client_secret and given.client_id and given.callback_url else None
    try:
        asyncio.run(run(given, secret, app, client))
    except (OSError, GitFailed) as error:
        print(f"the twin's GitHub can't start: {getattr(error, 'strerror', None) or error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
