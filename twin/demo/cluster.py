"""What runs in a namespace, asked as an operator asks: with kubectl and Helm, and through the front door as a user."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import httpx

from twin.demo.facts import Answer, HelmSeen
from twin.stack.description import Description
from twin.stack.settings import ROOT

_TOOLS = ROOT / ".slipway" / "bin"
_OK = 200
_TIMEOUT_SECONDS = 30
_NOWHERE = "demo/unreachable"


class Namespace:
    """An environment's namespace on the stack's cluster, for one service."""

    def __init__(self, stack: Description, environment: str, service: str) -> None:
        self._stack, self._service = stack, service
        self._namespace = stack.namespaces[environment]

    @cached_property
    def host(self) -> str:
        """The name under which users reach the service: its Ingress's first host. LookupError when there is none yet."""
        ingresses = self._run("kubectl", "get", "ingress")["items"]
        hosts = [str(rule["host"]) for ingress in ingresses for rule in ingress["spec"]["rules"] if rule.get("host")]
        return hosts[0]

    def answer(self) -> Answer:
        """Of the service's `/`, through the front door."""
        try:
            response = httpx.get(f"{self._stack.front_door}/", headers={"Host": self.host}, timeout=_TIMEOUT_SECONDS)
        except (httpx.HTTPError, LookupError):
            return Answer()
        if response.status_code != _OK:
            return Answer()
        return Answer(str(response.json().get("commit", "")), str(response.json().get("digest", "")))

    def pod_digests(self) -> frozenset[str]:
        """Image digests of the service's pods that aren't on their way out."""
        pods = self._run("kubectl", "get", "pods", *self._of_service)["items"]
        staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        return frozenset(container["image"].rpartition("@")[2] for pod in staying for container in pod["spec"]["containers"])

    def helm(self) -> HelmSeen:
        """Without a history when nothing is installed."""
        if not self._run("helm", "list", "--filter", f"^{self._service}$"):
            return HelmSeen({}, "")
        history = self._run("helm", "history", self._service, "--max", "256")
        values = self._run("helm", "get", "values", self._service)
        return HelmSeen({int(entry["revision"]): str(entry["status"]) for entry in history}, str(values["image"]["digest"]))

    @contextlib.contextmanager
    def unreachable(self) -> Iterator[None]:
        """The service's Services select no pod inside the block."""
        self._select("nothing")
        try:
            yield
        finally:
            self._select(None)

    @property
    def _of_service(self) -> tuple[str, ...]:
        return ("--selector", f"app.kubernetes.io/instance={self._service}")

    def _select(self, nowhere: str | None) -> None:
        for found in self._run("kubectl", "get", "services", *self._of_service)["items"]:
            patch = json.dumps({"spec": {"selector": {_NOWHERE: nowhere}}})
            self._run("kubectl", "patch", "service", found["metadata"]["name"], "--patch", patch)

    def _run(self, tool: str, *arguments: str) -> Any:
        command = [str(_TOOLS / tool), *arguments, "--namespace", self._namespace, "--kubeconfig", str(self._stack.kubeconfig), "--output", "json"]
        environment = {"HOME": str(self._stack.folder / "home"), "PATH": ""}
        return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=_TIMEOUT_SECONDS).stdout)
