"""A pod's life with real processes, seen through what its node tells the API server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from twin import processes
from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.kinds import Kind, Object
from twin.cluster.node import termination
from twin.cluster.node.environment import PodFacts
from twin.cluster.node.images import Images
from twin.cluster.node.interpreter import Interpreter
from twin.cluster.node.launch import NodeServices
from twin.cluster.node.pod import Pod
from twin.registry.layout import Layout, layer

PATIENCE_SECONDS = 30
ADDRESS = "127.199.0.1"
SERVER = b"""
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: (print("bye", flush=True), os._exit(0)))
print("listening as", os.environ["WHO"], flush=True)
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
CRASHER = b"import sys; print('going', flush=True); sys.exit(3)"
IDLER = b"import signal; signal.pause()"
STUBBORN = b"""
import os, signal, socket
signal.signal(signal.SIGTERM, signal.SIG_IGN)
listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
while True: signal.pause()
"""


@dataclass
class Server:
    """Keeps the statuses that a node writes, in place of an API server."""

    statuses: list[Object] = field(default_factory=list)
    deleted: list[int | None] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def get(self, kind: Kind, namespace: str, name: str) -> Object:
        raise ApiRefused(404, "NotFound", f'{kind.plural} "{name}" not found')

    async def patch(self, kind: Kind, item: Object, change: Object, subresource: str = "") -> Object:
        assert (kind.kind, subresource, change["metadata"]) == ("Pod", "status", {"uid": "uid-1"})
        async with self.changed:
            self.statuses.append(change["status"])
            self.changed.notify_all()
        return item

    async def delete(self, kind: Kind, item: Object, *, grace_seconds: int | None = None) -> Object:
        self.deleted.append(grace_seconds)
        return item

    async def until(self, told: Callable[[Object], bool]) -> Object:
        """The first status of which `told` is true."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.changed:
            await self.changed.wait_for(lambda: any(map(told, self.statuses)))
            return next(status for status in self.statuses if told(status))


def container(status: Object) -> Object:
    return cast(Object, status["containerStatuses"][0])


def ready(status: Object) -> bool:
    return bool(container(status)["ready"])


@dataclass(frozen=True)
class Life:
    pod: Pod
    server: Server
    task: asyncio.Task[None]


@asynccontextmanager
async def life(root: Path, program: bytes, **spec: Any) -> AsyncIterator[Life]:
    """One pod with one container that runs `program`; `spec` goes over the container's own. Killed at the end."""
    digest, _ = Layout(root / "registry/web").write("v1", [layer({"app/main.py": program})], {"Entrypoint": ["python", "/app/main.py"], "WorkingDir": "/app"})
    interpreter = Interpreter(root / "interpreter")
    interpreter.make()
    server = Server()
    main = {"name": "web", "image": f"r.local/web@{digest}", "command": ["python", "main.py"], **spec}
    item: Object = {"metadata": {"name": "web-1", "namespace": "shop", "uid": "uid-1"}, "spec": {"terminationGracePeriodSeconds": 5, "containers": [main]}}
    async with aiohttp.ClientSession() as http:
        node = NodeServices(cast(Api, server), Images(root / "registry", root / "images"), interpreter, root / "bytecode", http)
        pod = Pod(item, PodFacts(ADDRESS, "127.0.0.1"), root / "pods/uid-1", node)
        task = asyncio.create_task(pod.live())
        try:
            yield Life(pod, server, task)
        finally:
            await pod.kill()
            await task


def log(pod: Pod, *, previous: bool = False) -> str:
    found = pod.container("web")
    assert found is not None
    return found.log(previous=previous).read_text()


def server_spec(**probe: Any) -> dict[str, Any]:
    """Variables, port and a readiness probe with a period that a test never waits for; `probe` is its handler."""
    port = processes.free_port(ADDRESS)
    return {
        "env": [
            {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "PORT", "value": str(port)},
            {"name": "WHO", "value": "web"},
        ],
        "ports": [{"name": "http", "containerPort": port}],
        "readinessProbe": {**probe, "periodSeconds": 3600, "timeoutSeconds": 5},
    }


def test_a_pod_is_ready_as_soon_as_it_listens_and_goes_when_it_is_told_to(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with life(tmp_path, SERVER, **server_spec(httpGet={"path": "/ready", "port": "http"})) as running:
            status = await running.server.until(ready)
            assert (status["phase"], status["podIP"], container(status)["restartCount"]) == ("Running", ADDRESS, 0)
            assert log(running.pod) == "listening as web\n"

            await running.pod.terminate(5)

            last = running.server.statuses[-1]
            assert (last["phase"], container(last)["state"]["terminated"]["reason"], ready(last)) == ("Succeeded", "Completed", False)
            assert running.server.deleted == [0]
            assert log(running.pod) == "listening as web\nbye\n"

    asyncio.run(scenario())


def test_a_stranger_on_the_pods_address_does_not_make_it_ready(tmp_path: Path) -> None:
    async def scenario() -> None:
        port = processes.free_port(ADDRESS)
        probe = {"tcpSocket": {"port": port}, "failureThreshold": 1}
        async with await asyncio.start_server(lambda _, writer: writer.close(), ADDRESS, port), life(tmp_path, IDLER, startupProbe=probe) as running:
            ended = await running.server.until(lambda status: "terminated" in container(status)["state"])
            assert container(ended)["state"]["terminated"]["exitCode"] == 143
            assert not any(container(status)["started"] for status in running.server.statuses)

    asyncio.run(scenario())


def test_a_crash_loop_restarts_at_once_and_then_backs_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with life(tmp_path, CRASHER) as running:
            status = await running.server.until(lambda status: "CrashLoopBackOff" in str(container(status)["state"]))
            assert container(status)["restartCount"] == 1
            assert container(status)["lastState"]["terminated"]["exitCode"] == 3
            assert container(status)["state"]["waiting"]["message"] == "back-off 10s restarting failed container=web pod=web-1_shop(uid-1)"
            assert (status["phase"], log(running.pod, previous=True)) == ("Running", "going\n")

    asyncio.run(scenario())


def test_what_does_not_end_within_its_grace_period_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(termination, "LEAST_SECONDS", 0.1)

    async def scenario() -> None:
        async with life(tmp_path, STUBBORN, **server_spec(tcpSocket={"port": "http"})) as running:
            await running.server.until(ready)
            await running.pod.terminate(0)
            terminated = container(running.server.statuses[-1])["state"]["terminated"]
            assert (terminated["exitCode"], terminated["reason"]) == (137, "Error")

    asyncio.run(scenario())


def test_a_damaged_image_is_not_started(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with life(tmp_path, CRASHER) as running:
            # Before the pod's task has run for the first time.
            for blob in (tmp_path / "registry/web/blobs/sha256").iterdir():
                blob.write_bytes(blob.read_bytes()[:-1] + b"?")
            status = await running.server.until(lambda status: "waiting" in container(status)["state"] and "ErrImagePull" in str(status))
            assert container(status)["state"]["waiting"]["reason"] == "ErrImagePull"
            assert (status["phase"], container(status)["restartCount"], container(status)["imageID"]) == ("Pending", 0, "")

    asyncio.run(scenario())


def test_missing_configuration_is_named(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with life(tmp_path, CRASHER, envFrom=[{"configMapRef": {"name": "settings"}}]) as running:
            status = await running.server.until(lambda status: container(status)["state"].get("waiting", {}).get("reason") == "CreateContainerConfigError")
            assert container(status)["state"]["waiting"]["message"] == 'configmap "settings" not found'

    asyncio.run(scenario())
