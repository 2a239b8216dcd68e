"""One informer per kind, shared by all controllers."""

import asyncio

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Informer
from twin.cluster.client.kinds import Kind


class Informers:
    """Controllers ask with `of` and `listen` while they are made; afterwards `run` keeps all copies current."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._informers: dict[Kind, Informer] = {}

    def of(self, kind: Kind) -> Informer:
        if kind not in self._informers:
            self._informers[kind] = Informer(self._api, kind)
        return self._informers[kind]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for informer in self._informers.values():
                group.create_task(informer.run(), name=f"informer {informer.kind.plural}")

    async def synced(self) -> None:
        """Returns when every kind has been listed once."""
        for informer in self._informers.values():
            await informer.synced.wait()
