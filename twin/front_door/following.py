"""Keeps the front door's table as the cluster is. Started by `__main__`; asked by `proxy` for every request.

A change is taken in as soon as it is heard: a request that comes later never goes to an address that has left its slices.
"""

import asyncio

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Informer
from twin.cluster.client.kinds import ENDPOINT_SLICES, INGRESSES, SERVICES, Object
from twin.front_door.backends import Target
from twin.front_door.balancing import Balancer
from twin.front_door.routing import Table, build_table


class NoRule(Exception):
    """No Ingress has a rule for this request, and none a default backend."""


class NoTarget(Exception):
    """There is a rule, and nothing behind it that could answer."""


class Cluster:
    """`run` follows the API server until it is cancelled; `synced` is set once the table is the cluster's."""

    def __init__(self, api: Api, balancer: Balancer) -> None:
        self._ingresses, self._services, self._slices = Informer(api, INGRESSES), Informer(api, SERVICES), Informer(api, ENDPOINT_SLICES)
        self._balancer = balancer
        self._table = Table()
        self.synced = asyncio.Event()

    async def run(self) -> None:
        informers = (self._ingresses, self._services, self._slices)
        async with asyncio.TaskGroup() as group:
            for informer in informers:
                group.create_task(informer.run(), name=informer.kind.plural)
            for informer in informers:
                await informer.synced.wait()
            for informer in informers:
                informer.listen(self._changed)
            self._rebuild()
            self.synced.set()

    def choose(self, host: str, path: str) -> Target:
        """The target for one request. NoRule or NoTarget when there is none; NoTarget before the table is the cluster's."""
        if not self.synced.is_set():
            raise NoTarget
        forward = self._table.find(host, path)
        if forward is None:
            raise NoRule
        target = self._balancer.choose(forward)
        if target is None:
            raise NoTarget
        return target

    def _changed(self, _before: Object | None, _now: Object | None) -> None:
        self._rebuild()

    def _rebuild(self) -> None:
        self._table = build_table(self._ingresses, self._services, self._slices)
        self._balancer.register(self._table.groups())
