"""`python -m twin.github`: the twin's GitHub as a process; prints `ready` when it serves.

Started by the supervisor, with the webhook's secret in its environment.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from twin.github.api import Api
from twin.github.arguments import Arguments, parse
from twin.github.deliveries import Deliveries, Hook
from twin.github.events import Place
from twin.github.git import Git, GitFailed
from twin.github.page import Page
from twin.github.publishing import Published
from twin.github.repositories import open_repository
from twin.github.transfer import Transfer

SECRET_VARIABLE = "SLIPWAY_WEBHOOK_SECRET"
_END_WITHIN_SECONDS = 2.0


async def publish(given: Arguments, hook: Hook, session: aiohttp.ClientSession) -> Mapping[str, Published]:
    """The repositories by full name, made where they aren't there yet. GitFailed or OSError when that can't be."""
    git, published = Git(given.state), {}
    for full_name, seeds in given.repositories.items():
        repository = await open_repository(full_name, seeds, given.state, git)
        place = Place(repository.owner, repository.name, f"http://127.0.0.1:{given.port}")
        published[full_name] = Published(repository, place, Deliveries(place, hook, session))
    return published


@asynccontextmanager
async def serving(published: Mapping[str, Published], port: int) -> AsyncIterator[None]:
    """On 127.0.0.1:`port`. OSError when the port is taken."""
    application = web.Application()
    for part in (Transfer(published), Api(published), Page(published)):
        application.add_routes(part.routes())
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_END_WITHIN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


async def run(given: Arguments, secret: str) -> None:
    """Until SIGTERM or SIGINT."""
    asked_to_end = asyncio.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(request, asked_to_end.set)
    async with aiohttp.ClientSession() as session:
        published = await publish(given, Hook(given.webhook_url, secret), session)
        async with serving(published, given.port), asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run(), name=name) for name, each in published.items()]
            print("ready", flush=True)
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
    try:
        asyncio.run(run(given, secret))
    except (OSError, GitFailed) as error:
        print(f"the twin's GitHub can't start: {getattr(error, 'strerror', None) or error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
