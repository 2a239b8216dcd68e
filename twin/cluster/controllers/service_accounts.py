"""The service account controller: every namespace has a ServiceAccount `default`, which pods run as. Made by `control_plane`.

Left out: tokens, and the ConfigMap kube-root-ca.crt.
"""

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import NAMESPACES, SERVICE_ACCOUNTS, Object
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.queue import WorkQueue

_NAME = "default"


class ServiceAccountController:
    def __init__(self, api: Api, informers: Informers) -> None:
        self._api = api
        self._namespaces = informers.of(NAMESPACES)
        self._accounts = informers.of(SERVICE_ACCOUNTS)
        self.queue: WorkQueue[Key] = WorkQueue("service account", self._reconcile)
        self._namespaces.listen(lambda before, after: self.queue.add(key_of(after or before or {})))
        self._accounts.listen(self._account_changed)

    def _account_changed(self, before: Object | None, after: Object | None) -> None:
        if before is not None and after is None and before["metadata"]["name"] == _NAME:
            self.queue.add(("", before["metadata"]["namespace"]))

    async def _reconcile(self, key: Key) -> float | None:
        namespace = self._namespaces.get(*key)
        if namespace is None or namespace["metadata"].get("deletionTimestamp") or self._accounts.get(key[1], _NAME) is not None:
            return None
        account: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": _NAME, "namespace": key[1]}}
        try:
            self._accounts.answered(await self._api.create(SERVICE_ACCOUNTS, account))
        except ApiRefused as error:
            if error.reason != "AlreadyExists":
                raise
        return None
