"""One informer per kind, shared by all controllers."""

import asyncio

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Informer
from twin.cluster.client.kinds import Kind, Object

_REMEMBERED = 10_000


class SharedInformer(Informer):
    """`answered` takes in what the server answered to a write of ours, so that we never act on an older picture than our own.

    The answer and the watch come on two connections. An answer that is read after the event of the object's deletion must not bring it back, as `saw` would:
    a Deployment that isn't there any more would get pods again and again.
    """

    def __init__(self, api: Api, kind: Kind) -> None:
        super().__init__(api, kind)
        self._gone: dict[str, None] = {}
        self.listen(self._remember)

    def answered(self, item: Object) -> None:
        if item["metadata"]["uid"] not in self._gone:
            self.saw(item)

    def _remember(self, before: Object | None, after: Object | None) -> None:
        if after is not None:
            self._gone.pop(after["metadata"]["uid"], None)
        elif before is not None:
            self._gone[before["metadata"]["uid"]] = None
            if len(self._gone) > _REMEMBERED:
                del self._gone[next(iter(self._gone))]


class Informers:
    """Controllers ask with `of` and `listen` while they are made; afterwards `run` keeps all copies current."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._informers: dict[Kind, SharedInformer] = {}

    def of(self, kind: Kind) -> SharedInformer:
        if kind not in self._informers:
            self._informers[kind] = SharedInformer(self._api, kind)
        return self._informers[kind]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for informer in self._informers.values():
                group.create_task(informer.run(), name=f"informer {informer.kind.plural}")

    async def synced(self) -> None:
        """Returns when every kind has been listed once."""
        for informer in self._informers.values():
            await informer.synced.wait()
