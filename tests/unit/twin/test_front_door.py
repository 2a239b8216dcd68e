"""The front door routes as Kubernetes and the AWS load balancer controller define it, and never loses or doubles a request of its own accord."""

import asyncio
import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web

from twin import processes
from twin.cluster.client.api import Api
from twin.cluster.client.kubeconfig import Access
from twin.front_door.__main__ import serving
from twin.front_door.backends import Target
from twin.front_door.balancing import Balancer
from twin.front_door.following import Cluster
from twin.front_door.proxy import Proxy
from twin.front_door.routing import Table, build_table

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 10
HOST = "app.example.com"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


# --- objects -----------------------------------------------------------------------------------------------------------------------------------------


def service(name: str, ports: dict[str, int] | None = None) -> dict[str, Any]:
    listed = [{"name": port, "port": number} for port, number in (ports or {"http": 80}).items()]
    return {"metadata": {"namespace": "n", "name": name}, "spec": {"ports": listed}}


def endpoint_slice(name: str, *addresses: str, port: int = 8080, port_name: str = "http", ready: bool | None = True, suffix: str = "a") -> dict[str, Any]:
    return {
        "metadata": {"namespace": "n", "name": f"{name}-{suffix}", "labels": {"kubernetes.io/service-name": name}},
        "endpoints": [{"addresses": [address], "conditions": {} if ready is None else {"ready": ready}} for address in addresses],
        "ports": [{"name": port_name, "port": port}],
    }


def to(name: str, port: str | int = "http") -> dict[str, Any]:
    return {"service": {"name": name, "port": {"name": port} if isinstance(port, str) else {"number": port}}}


def ingress(*rules: tuple[str, str, str, dict[str, Any]], name: str = "i", default: dict[str, Any] | None = None, **annotations: str) -> dict[str, Any]:
    listed = [{"host": host, "http": {"paths": [{"path": path, "pathType": kind, "backend": backend}]}} for host, path, kind, backend in rules]
    spec = {"ingressClassName": "alb", "rules": listed, **({"defaultBackend": default} if default else {})}
    return {"metadata": {"namespace": "n", "name": name, "annotations": annotations}, "spec": spec}


def weighted(**weights: int) -> dict[str, str]:
    groups = [{"serviceName": name, "servicePort": "80", "weight": weight} for name, weight in weights.items()]
    return {"alb.ingress.kubernetes.io/actions.split": json.dumps({"type": "forward", "forwardConfig": {"targetGroups": groups}})}


def found(table: Table, host: str, path: str) -> str | None:
    forward = table.find(host, path)
    return None if forward is None else ",".join(each.group.service for each in forward.groups)


# --- routing -----------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "pattern", "path", "matches"),
    [
        ("Prefix", "/", "/", True),
        ("Prefix", "/", "/anything/at/all", True),
        ("Prefix", "/foo", "/foo", True),
        ("Prefix", "/foo", "/foo/", True),
        ("Prefix", "/foo/", "/foo", True),
        ("Prefix", "/foo", "/foo/bar", True),
        ("Prefix", "/foo", "/foobar", False),
        ("Prefix", "/foo", "/Foo", False),
        ("ImplementationSpecific", "/foo", "/foo/bar", True),
        ("Exact", "/foo", "/foo", True),
        ("Exact", "/foo", "/foo/", False),
        ("Exact", "/foo/", "/foo/", True),
        ("Exact", "/foo", "/foo/bar", False),
    ],
)
def test_a_path_matches_as_its_type_says(kind: str, pattern: str, path: str, matches: bool) -> None:
    table = build_table([ingress((HOST, pattern, kind, to("a")))], [service("a")], [])
    assert (found(table, HOST, path) == "a") is matches


def test_the_longest_path_and_the_most_specific_host_win_wherever_they_stand() -> None:
    table = build_table(
        [
            ingress(("", "/", "Prefix", to("anybody")), (HOST, "/", "Prefix", to("short")), (HOST, "/a/b", "Prefix", to("long")), name="a"),
            ingress((HOST, "/a/b", "Exact", to("exact")), ("*.example.com", "/a/b/c", "Prefix", to("wildcard")), name="b"),
        ],
        [],
        [],
    )
    assert found(table, HOST, "/a/b") == "exact"
    assert found(table, HOST, "/a/b/c") == "long"
    assert found(table, HOST, "/a") == "short"
    assert found(table, "other.example.com", "/a/b/c/d") == "wildcard"
    assert found(table, "two.labels.example.com", "/a/b/c") == "anybody"
    assert found(table, "", "/") == "anybody"


def test_the_default_backend_takes_what_no_rule_matches() -> None:
    with_default = ingress((HOST, "/a", "Prefix", to("a")), default=to("default"))
    assert found(build_table([with_default], [], []), "elsewhere", "/") == "default"
    assert found(build_table([ingress((HOST, "/a", "Prefix", to("a")))], [], []), "elsewhere", "/") is None


def test_an_ingress_of_another_class_is_not_ours() -> None:
    foreign = ingress((HOST, "/", "Prefix", to("a")))
    foreign["spec"]["ingressClassName"] = "nginx"
    assert found(build_table([foreign], [], []), HOST, "/") is None


@pytest.mark.parametrize("port", ["metrics", 9090])
def test_the_port_of_the_service_leads_to_the_port_of_the_slice_that_has_its_name(port: str | int) -> None:
    slices = [endpoint_slice("a", "10.0.0.1", port=8080), endpoint_slice("a", "10.0.0.1", port=9999, port_name="metrics", suffix="b")]
    table = build_table([ingress((HOST, "/", "Prefix", to("a", port)))], [service("a", {"http": 80, "metrics": 9090})], slices)
    assert [group.targets for group in table.groups()] == [(Target("10.0.0.1", 9999),)]


def test_only_ready_addresses_are_targets() -> None:
    slices = [
        endpoint_slice("a", "10.0.0.1"),
        endpoint_slice("a", "10.0.0.2", ready=False, suffix="b"),
        endpoint_slice("a", "10.0.0.3", ready=None, suffix="c"),
        endpoint_slice("other", "10.0.0.4"),
    ]
    table = build_table([ingress((HOST, "/", "Prefix", to("a")))], [service("a")], slices)
    assert [target.address for group in table.groups() for target in group.targets] == ["10.0.0.1", "10.0.0.3"]


# --- balancing ---------------------------------------------------------------------------------------------------------------------------------------


def split(**weights: int) -> tuple[Table, Balancer]:
    slices = [endpoint_slice(name, f"10.0.{index}.1", f"10.0.{index}.2") for index, name in enumerate(weights)]
    rule = (HOST, "/", "Prefix", to("split", "use-annotation"))
    table = build_table([ingress(rule, **weighted(**weights))], [service(name) for name in weights], slices)
    balancer = Balancer()
    balancer.register(table.groups())
    return table, balancer


def choices(table: Table, balancer: Balancer, count: int) -> Counter[str]:
    forward = table.find(HOST, "/")
    assert forward is not None
    return Counter(str(balancer.choose(forward)) for _ in range(count))


def test_weights_are_kept_to_the_request_and_targets_take_turns() -> None:
    assert choices(*split(stable=90, canary=10), count=100) == {"10.0.0.1:8080": 45, "10.0.0.2:8080": 45, "10.0.1.1:8080": 5, "10.0.1.2:8080": 5}


def test_a_weight_of_nothing_gets_nothing() -> None:
    assert choices(*split(stable=100, canary=0), count=10) == {"10.0.0.1:8080": 5, "10.0.0.2:8080": 5}
    assert choices(*split(stable=0, canary=0), count=3) == {"None": 3}


def test_an_action_that_cannot_be_used_has_no_target() -> None:
    rule = (HOST, "/", "Prefix", to("split", "use-annotation"))
    for annotations in ({}, {"alb.ingress.kubernetes.io/actions.split": "{"}, {"alb.ingress.kubernetes.io/actions.split": '{"type": "redirect"}'}):
        assert choices(build_table([ingress(rule, **annotations)], [], []), Balancer(), 1) == {"None": 1}


def test_a_new_target_waits_for_its_registration_and_the_first_ones_do_not() -> None:
    now = 100.0
    balancer = Balancer(registration_delay_seconds=20, clock=lambda: now)

    def seen(*addresses: str) -> set[str]:
        table = build_table([ingress((HOST, "/", "Prefix", to("a")))], [service("a")], [endpoint_slice("a", *addresses)])
        balancer.register(table.groups())
        return set(choices(table, balancer, 10))

    assert seen("10.0.0.1") == {"10.0.0.1:8080"}
    assert seen("10.0.0.1", "10.0.0.2") == {"10.0.0.1:8080"}
    now += 20
    assert seen("10.0.0.1", "10.0.0.2") == {"10.0.0.1:8080", "10.0.0.2:8080"}
    assert seen("10.0.0.1") == {"10.0.0.1:8080"}
    assert seen("10.0.0.1", "10.0.0.2") == {"10.0.0.1:8080"}, "a target that comes back registers anew"


# --- a small Kubernetes API, and pods ------------------------------------------------------------------------------------------------------------------


class Kubernetes:
    """List and watch of whatever `put` and `delete` say."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, dict[str, Any]]] = {"ingresses": {}, "services": {}, "endpointslices": {}}
        self._version = 1
        self._watches: list[tuple[str, asyncio.Queue[dict[str, Any]]]] = []

    def put(self, plural: str, item: dict[str, Any]) -> None:
        self._version += 1
        item["metadata"] |= {"resourceVersion": str(self._version), "uid": f"{plural}/{item['metadata']['name']}"}
        self._objects[plural][item["metadata"]["name"]] = item
        self._tell(plural, {"type": "MODIFIED", "object": item})

    def _tell(self, plural: str, event: dict[str, Any]) -> None:
        for watched, queue in self._watches:
            if watched == plural:
                queue.put_nowait(event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        plural = request.path.rpartition("/")[2]
        if "watch" not in request.query:
            return web.json_response({"metadata": {"resourceVersion": str(self._version)}, "items": list(self._objects[plural].values())})
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._watches.append((plural, queue))
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(json.dumps(await queue.get()).encode() + b"\n")
        return response


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[int]:
    runner = web.ServerRunner(web.Server(handler, auto_decompress=False), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


class Setting:
    """A front door before one Ingress for HOST that leads to the Service `app`."""

    def __init__(self, kubernetes: Kubernetes, cluster: Cluster, session: aiohttp.ClientSession, port: int) -> None:
        self.kubernetes, self.session, self.port = kubernetes, session, port
        self._heard = asyncio.Event()
        cluster._slices.listen(lambda *_: self._heard.set())

    async def lead_to(self, *ports: int) -> None:
        """Returns when the front door has heard of it."""
        self._heard.clear()
        self.kubernetes.put("endpointslices", self._slices(*ports))
        await asyncio.wait_for(self._heard.wait(), PATIENCE_SECONDS)

    def _slices(self, *ports: int) -> dict[str, Any]:
        # One slice holds one port number; targets on one address need a port each.
        item = endpoint_slice("app", *(["127.0.0.1"] if ports else []))
        item["ports"] = [{"name": "http", "port": port} for port in ports]
        return item

    async def request(self, method: str = "GET", path: str = "/", host: str = HOST, **more: Any) -> tuple[int, bytes, Any]:
        more.setdefault("headers", {})["Host"] = host
        async with self.session.request(method, f"http://127.0.0.1:{self.port}{path}", **more) as response:
            return response.status, await response.read(), response.headers


@asynccontextmanager
async def front_door(*pods: int, idle_seconds: float = 60) -> AsyncIterator[Setting]:
    kubernetes = Kubernetes()
    kubernetes.put("ingresses", ingress((HOST, "/", "Prefix", to("app"))))
    kubernetes.put("services", service("app"))
    async with listening(kubernetes.handle) as api_port, Api(Access(f"http://127.0.0.1:{api_port}", "", ""), "test") as api:
        cluster, port = Cluster(api, Balancer()), processes.free_port()
        following = asyncio.create_task(cluster.run())
        try:
            await asyncio.wait_for(cluster.synced.wait(), PATIENCE_SECONDS)
            async with Proxy(cluster, port, idle_seconds) as proxy, serving(proxy, port), aiohttp.ClientSession(auto_decompress=False) as session:
                setting = Setting(kubernetes, cluster, session, port)
                await setting.lead_to(*pods)
                yield setting
        finally:
            following.cancel()
            await asyncio.wait({following})


def answering(text: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text)

    return handle


# --- the proxy ---------------------------------------------------------------------------------------------------------------------------------------


def test_requests_take_turns_among_the_pods_and_follow_the_slices_at_once() -> None:
    async def scenario() -> None:
        async with listening(answering("one")) as one, listening(answering("two")) as two, front_door(one, two) as door:
            assert Counter([(await door.request())[1] for _ in range(6)]) == {b"one": 3, b"two": 3}
            await door.lead_to(two)
            assert {(await door.request())[1] for _ in range(4)} == {b"two"}

    asyncio.run(scenario())


def test_a_request_in_flight_is_finished_by_an_address_that_has_left() -> None:
    async def scenario() -> None:
        arrived, go_on = asyncio.Event(), asyncio.Event()

        async def slow(_request: web.Request) -> web.StreamResponse:
            arrived.set()
            await go_on.wait()
            return web.Response(text="slow")

        async with listening(slow) as old, listening(answering("new")) as new, front_door(old) as door:
            in_flight = asyncio.create_task(door.request())
            await arrived.wait()
            await door.lead_to(new)
            assert (await door.request())[1] == b"new"
            go_on.set()
            assert (await in_flight)[:2] == (200, b"slow")

    asyncio.run(scenario())


def test_the_front_door_answers_as_an_alb_without_rule_target_or_answer() -> None:
    async def scenario() -> None:
        async def silent(_request: web.Request) -> web.StreamResponse:
            await asyncio.Event().wait()
            raise AssertionError

        async with listening(silent) as pod, front_door(idle_seconds=0.3) as door:
            assert (await door.request(host="elsewhere.example.com"))[0] == 404
            assert (await door.request(host=f"{HOST.upper()}:8080"))[0] == 503
            await door.lead_to(processes.free_port())
            assert (await door.request())[0] == 502
            await door.lead_to(pod)
            assert (await door.request())[0] == 504

    asyncio.run(scenario())


def test_headers_of_one_hop_end_here_and_the_forwarded_ones_are_added() -> None:
    async def scenario() -> None:
        async def echo(request: web.Request) -> web.StreamResponse:
            answer = web.json_response({"path": request.raw_path, "headers": [(name.lower(), value) for name, value in request.headers.items()]})
            answer.headers.update({"Connection": "close, X-Hop", "X-Hop": "1", "Keep-Alive": "timeout=5", "X-Kept": "1"})
            return answer

        async with listening(echo) as pod, front_door(pod) as door:
            sent = {"Connection": "keep-alive, X-Secret", "X-Secret": "1", "TE": "trailers", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
            status, body, headers = await door.request(path="/a%2Fb//c?q=%20", headers=sent)
            seen = json.loads(body)
            assert (status, seen["path"]) == (200, "/a%2Fb//c?q=%20")
            assert {"x-secret", "te", "keep-alive"}.isdisjoint(name for name, _ in seen["headers"])
            got = dict(seen["headers"])
            assert (got["host"], got["x-forwarded-for"], got["x-forwarded-proto"], got["x-forwarded-port"]) == (
                HOST, "203.0.113.7, 127.0.0.1", "http", str(door.port)
            )  # fmt: skip
            assert headers["X-Kept"] == "1"
            assert {"X-Hop", "Keep-Alive"}.isdisjoint(headers)

    asyncio.run(scenario())


def test_bodies_stream_both_ways_as_they_are() -> None:
    async def scenario() -> None:
        async def echo(request: web.Request) -> web.StreamResponse:
            answer = web.StreamResponse(headers={"Content-Encoding": request.headers.get("Content-Encoding", "identity")})
            await answer.prepare(request)
            async for chunk in request.content.iter_any():
                await answer.write(chunk)
            return answer

        parts: asyncio.Queue[bytes] = asyncio.Queue()

        async def upload() -> AsyncIterator[bytes]:
            while part := await parts.get():
                yield part

        async with listening(echo) as pod, front_door(pod) as door:
            packed = gzip.compress(b"x" * 100_000)
            assert (await door.request("PUT", data=packed, headers={"Content-Encoding": "gzip"}))[:2] == (200, packed)
            parts.put_nowait(b"first")
            async with door.session.post(f"http://127.0.0.1:{door.port}/", data=upload(), headers={"Host": HOST}) as response:
                assert await response.content.readany() == b"first", "the answer begins before the request has ended"
                parts.put_nowait(b"second")
                parts.put_nowait(b"")
                assert await response.read() == b"second"
            assert (await door.request("HEAD"))[:2] == (200, b"")

    asyncio.run(scenario())


def test_a_pod_that_breaks_off_within_its_answer_leaves_the_client_with_a_broken_one() -> None:
    async def scenario() -> None:
        async def breaking(request: web.Request) -> web.StreamResponse:
            answer = web.StreamResponse(headers={"Content-Length": "100"})
            await answer.prepare(request)
            await answer.write(b"half")
            assert request.transport is not None
            request.transport.abort()
            return answer

        async with listening(breaking) as pod, front_door(pod) as door:
            with pytest.raises(aiohttp.ClientError):
                await door.request()

    asyncio.run(scenario())


def test_a_client_that_leaves_ends_the_request_to_the_pod() -> None:
    async def scenario() -> None:
        arrived, left = asyncio.Event(), asyncio.Event()

        async def pod(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            arrived.set()
            await reader.read()
            left.set()
            writer.close()

        async with raw_pod(pod) as port, front_door(port) as door:
            client = asyncio.create_task(door.request())
            await arrived.wait()
            client.cancel()
            await asyncio.wait_for(left.wait(), PATIENCE_SECONDS)

    asyncio.run(scenario())


@asynccontextmanager
async def raw_pod(handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Careless:
    """A pod that answers the first request of each connection, and closes the connection when the second one has come; `requests` is all it has seen."""

    def __init__(self, answers_per_connection: int = 1) -> None:
        self.requests: list[str] = []
        self.connections = 0
        self._answers = answers_per_connection

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            for _ in range(self._answers):
                await self._read(reader)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await self._read(reader)
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode().partition(" ")[0])


def test_connections_to_pods_are_kept() -> None:
    async def scenario() -> None:
        pod = Careless(answers_per_connection=10)
        async with raw_pod(pod) as port, front_door(port) as door:
            assert [(await door.request())[0] for _ in range(5)] == [200] * 5
        assert pod.connections == 1

    asyncio.run(scenario())


def test_an_idempotent_request_that_meets_a_closing_connection_is_sent_once_more_on_a_fresh_one() -> None:
    async def scenario() -> None:
        pod = Careless()
        async with raw_pod(pod) as port, front_door(port) as door:
            assert [(await door.request())[0] for _ in range(2)] == [200, 200]
            assert (pod.connections, pod.requests) == (2, ["GET", "GET", "GET"])

    asyncio.run(scenario())


@pytest.mark.parametrize(("method", "body"), [("POST", None), ("PUT", b"data")])
def test_a_request_that_may_not_be_doubled_is_a_502_then(method: str, body: bytes | None) -> None:
    async def scenario() -> None:
        pod = Careless()
        async with raw_pod(pod) as port, front_door(port) as door:
            assert (await door.request())[0] == 200
            assert (await door.request(method, data=body))[0] == 502
            assert pod.requests == ["GET", method]

    asyncio.run(scenario())


def test_nothing_is_sent_twice_when_the_connection_was_a_fresh_one() -> None:
    async def scenario() -> None:
        pod = Careless(answers_per_connection=0)
        async with raw_pod(pod) as port, front_door(port) as door:
            assert (await door.request())[0] == 502
            assert pod.requests == ["GET"]

    asyncio.run(scenario())


def test_no_request_goes_onto_a_connection_that_the_pod_has_closed() -> None:
    async def scenario() -> None:
        closed = asyncio.Event()
        seen: list[str] = []

        async def pod(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append((await reader.readuntil(b"\r\n\r\n")).decode().partition(" ")[0])
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            closed.set()

        async with raw_pod(pod) as port, front_door(port) as door:
            for expected in range(1, 6):
                closed.clear()
                assert (await door.request("POST", data=b""))[0] == 200, "a POST isn't repeated: it would have failed"
                await closed.wait()
                assert len(seen) == expected

    asyncio.run(scenario())


# --- the process -------------------------------------------------------------------------------------------------------------------------------------


def test_the_process_says_ready_when_it_knows_the_cluster_and_ends_on_sigterm(tmp_path: Path) -> None:
    async def scenario() -> None:
        kubernetes = Kubernetes()
        kubernetes.put("ingresses", ingress((HOST, "/", "Prefix", to("app"))))
        async with listening(kubernetes.handle) as api_port:
            kubeconfig = tmp_path / "kubeconfig"
            context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
            cluster = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{api_port}"}}
            kubeconfig.write_text(yaml.safe_dump({"current-context": "c", "contexts": [context], "clusters": [cluster], "users": [{"name": "u"}]}))
            port = processes.free_port()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "twin.launch", "twin.front_door", "--kubeconfig", str(kubeconfig), "--port", str(port),
                stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT), "PATH": os.defpath}, preexec_fn=processes.bound_to_this_process(),
            )  # fmt: skip
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS) == b"ready\n"
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/", headers={"Host": HOST}) as response:
                assert response.status == 503
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0

    asyncio.run(scenario())
