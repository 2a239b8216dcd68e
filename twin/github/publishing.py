"""A repository as the site shows it, and the way from a push to its events. `transfer` tells of pushes, `deliveries` takes the events."""

import asyncio
import time

from twin.github import events
from twin.github.deliveries import Deliveries
from twin.github.events import Place
from twin.github.history import updates_between
from twin.github.repositories import Refs, Repository


class Published:
    """Events come out in the order of the pushes, while whoever pushed has long got an answer."""

    def __init__(self, repository: Repository, place: Place, deliveries: Deliveries) -> None:
        self.repository = repository
        self.place = place
        self.deliveries = deliveries
        self._pushes: asyncio.Queue[tuple[Refs, Refs, int]] = asyncio.Queue()

    def pushed(self, before: Refs, after: Refs) -> None:
        """All refs as they were before a push and after it. Returns at once."""
        self._pushes.put_nowait((before, after, int(time.time())))

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.deliveries.run())
            while True:
                before, after, pushed_at = await self._pushes.get()
                for update in events.announced(await updates_between(self.repository, before, after)):
                    self.deliveries.send("push", events.push(self.place, update, pushed_at))
