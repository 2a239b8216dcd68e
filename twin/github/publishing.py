"""A repository as the site shows it, and the way from a push to its events. `transfer` tells of pushes, `deliveries` takes the events."""

import asyncio
import itertools
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from twin.github import events
from twin.github.board import Board
from twin.github.deliveries import Deliveries
from twin.github.events import Place
from twin.github.history import Person, RefUpdate, updates_between
from twin.github.repositories import Refs, Repository

_MOST_ACTIVITIES = 1000


@dataclass(frozen=True)
class Activity:
    """What somebody did to a branch: push, force_push, branch_creation or branch_deletion."""

    id: int
    ref: str
    before: str
    after: str
    kind: str
    actor: Person
    at: datetime


class Published:
    """Events come out in the order of the pushes, while whoever pushed has long got an answer.

    `installation` is that of the App whose webhook tells of them.
    """

    def __init__(self, repository: Repository, place: Place, deliveries: Deliveries, installation: int | None = None) -> None:
        self.repository = repository
        self.place = place
        self.deliveries = deliveries
        self.board = Board()
        self.activities: deque[Activity] = deque(maxlen=_MOST_ACTIVITIES)
        self._installation = installation
        self._ids = itertools.count(1)
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
                updates = await updates_between(self.repository, before, after)
                self.activities.extend(self._activity(update, pushed_at) for update in updates if not update.is_tag)
                for update in events.announced(updates):
                    self.deliveries.send("push", events.push(self.place, update, pushed_at, self._installation))

    def _activity(self, update: RefUpdate, pushed_at: int) -> Activity:
        kind = "branch_creation" if update.created else "branch_deletion" if update.deleted else "force_push" if update.forced else "push"
        actor, at = events.pusher(self.place, update), datetime.fromtimestamp(pushed_at, UTC)
        return Activity(next(self._ids), update.ref, update.before, update.after, kind, actor, at)
