"""What runs in a namespace, asked as an operator asks: with kubectl and Helm, and through the front door as a user."""

import json
import subprocess
from typing import Any

import httpx

from twin.demo.facts import Answer, HelmSeen
from twin.stack.description import Description
from twin.stack.settings import ROOT

_TOOLS = ROOT / ".slipway" / "bin"
_OK = 200
_TIMEOUT_SECONDS = 30


class Namespace:
    """An environment's namespace on the stack's cluster, for one service."""

    def __init__(self, stack: Description, environment: str, service: str) -> None:
        self._stack, self._service = stack, service
        self._namespace = stack.namespaces[environment]

    def host(self) -> str:
        """The name under which users reach the service: its Ingress's first host. LookupError when there is none."""
        ingresses = self._kubectl("get", "ingress")["items"]
        hosts = [str(rule["host"]) for ingress in ingresses for rule in ingress["spec"]["rules"] if rule.get("host")]
        return hosts[0]

    def answer(self) -> Answer:
        """Of the service's `/`, through the front door."""
        try:
            response = httpx.get(f"{self._stack.front_door}/", headers={"Host": self.host()}, timeout=_TIMEOUT_SECONDS)
        except (httpx.HTTPError, LookupError):
            return Answer()
        if response.status_code != _OK:
            return Answer()
        return Answer(str(response.json().get("commit", "")), str(response.json().get("digest", "")))

    def pod_digests(self) -> frozenset[str]:
        """Image digests of the service's pods that aren't on their way out."""
        pods = self._kubectl("get", "pods", "--selector", f"app.kubernetes.io/instance={self._service}")["items"]
        staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        return frozenset(container["image"].rpartition("@")[2] for pod in staying for container in pod["spec"]["containers"])

    def helm(self) -> HelmSeen:
        """Without a history when nothing is installed."""
        if not self._run("helm", "list", "--filter", f"^{self._service}$"):
            return HelmSeen({}, "")
        history = self._run("helm", "history", self._service, "--max", "256")
        values = self._run("helm", "get", "values", self._service)
        return HelmSeen({int(entry["revision"]): str(entry["status"]) for entry in history}, str(values["image"]["digest"]))

    def _kubectl(self, *arguments: str) -> Any:
        return self._run("kubectl", *arguments)

    def _run(self, tool: str, *arguments: str) -> Any:
        command = [str(_TOOLS / tool), *arguments, "--namespace", self._namespace, "--kubeconfig", str(self._stack.kubeconfig), "--output", "json"]
        environment = {"HOME": str(self._stack.folder / "home"), "PATH": ""}
        return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=_TIMEOUT_SECONDS).stdout)
