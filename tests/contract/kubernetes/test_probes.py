"""Startup, readiness and liveness probes, on the embedded node."""

from collections.abc import Iterator

import httpx
import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object, until
from tests.contract.kubernetes.workloads import DISCOVERY, Workloads, pod, python, server, service

PROBES = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"
PORT = 8000
SERVER = """
    import http.server, os
    answers = {"/started": 503, "/ready": 200, "/alive": 200}
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            print("GET", self.path)
            self.send_response(answers.get(self.path, 404))
            self.end_headers()
        def do_POST(self):
            answers.update([(self.path, int(self.headers["answer"]))])
            self.send_response(200)
            self.end_headers()
        def log_message(self, *_): pass
    http.server.ThreadingHTTPServer((os.environ["HOST"], 8000), Handler).serve_forever()
"""
"""Answers the probes as it is told by a POST to their path."""

pytestmark = [pytest.mark.embedded_node, pytest.mark.behaviour(PROBES)]


def asks(path: str, **more: int) -> Object:
    return {"httpGet": {"path": path, "port": PORT}, "periodSeconds": 1, "failureThreshold": 1, **more}


class Probed(Workloads):
    def started(self, **probes: Object) -> Object:
        return self.make(pod("web", server(self.namespace.cluster.image, SERVER, PORT, **probes), terminationGracePeriodSeconds=0))

    def state(self, made: Object) -> Object:
        found = self.get(made)["status"].get("containerStatuses") or [{}]
        return {"ready": False, "started": False, "restartCount": 0, **found[0]}

    def answers(self, made: Object, path: str, code: int) -> None:
        """From now on."""
        address = until(lambda: self.get(made)["status"].get("podIP"), "an address")

        def told() -> bool:
            try:
                return httpx.post(f"http://{address}:{PORT}{path}", headers={"answer": str(code)}).is_success
            except httpx.TransportError:
                return False

        until(told, "a server")

    def log(self, *arguments: str) -> str:
        return self.namespace.kubectl("logs", "web", *arguments)


@pytest.fixture
def probed(namespace: Namespace) -> Iterator[Probed]:
    yield Probed(namespace)


def test_without_probes_a_running_container_is_ready(probed: Probed) -> None:
    made = probed.started()
    until(lambda: probed.state(made)["ready"] and probed.state(made)["started"], "readiness")


def test_the_startup_probe_holds_back_the_others(probed: Probed) -> None:
    made = probed.started(
        startupProbe=asks("/started", failureThreshold=60), readinessProbe=asks("/ready"), livenessProbe=asks("/alive", initialDelaySeconds=0)
    )
    until(lambda: probed.log().count("GET /started") >= 2, "two attempts")
    assert set(probed.log().split("\n")) == {"GET /started", ""}
    state = probed.state(made)
    assert not state["started"]
    assert not state["ready"]
    probed.answers(made, "/started", 200)
    until(lambda: probed.state(made)["started"] and probed.state(made)["ready"], "readiness")
    until(lambda: "GET /alive" in probed.log(), "the liveness probe")
    assert probed.state(made)["restartCount"] == 0


def test_a_container_that_does_not_start_in_time_is_restarted(probed: Probed) -> None:
    made = probed.started(startupProbe=asks("/started", failureThreshold=2))
    until(lambda: probed.state(made)["restartCount"] >= 1, "a restart")
    assert not probed.state(made)["started"]


def test_a_failed_readiness_probe_takes_the_pod_out_of_the_traffic_and_restarts_nothing(probed: Probed) -> None:
    probed.make(service())
    made = probed.started(readinessProbe=asks("/ready"))

    def endpoint() -> Object:
        slices = probed.namespace.cluster.get(probed.namespace.path("endpointslices", version=DISCOVERY))["items"]
        return next((each["conditions"] for found in slices for each in found.get("endpoints") or ()), {})

    until(lambda: endpoint().get("ready"), "a ready endpoint")
    probed.answers(made, "/ready", 503)
    until(lambda: endpoint().get("ready") is False, "an endpoint that isn't ready")
    probed.conditioned(made, "Ready", "False", "ContainersNotReady")
    assert probed.state(made)["restartCount"] == 0
    probed.answers(made, "/ready", 200)
    until(lambda: endpoint().get("ready"), "a ready endpoint again")


def test_readiness_is_lost_only_after_as_many_failures_as_the_threshold_says(probed: Probed) -> None:
    made = probed.started(readinessProbe=asks("/ready", failureThreshold=3))
    until(lambda: probed.state(made)["ready"], "readiness")
    probed.answers(made, "/ready", 500)
    asked = probed.log().count("GET /ready")
    until(lambda: not probed.state(made)["ready"], "no readiness")
    assert probed.log().count("GET /ready") >= asked + 2


def test_a_failed_liveness_probe_restarts_the_container(probed: Probed) -> None:
    made = probed.started(livenessProbe=asks("/alive", failureThreshold=3))
    until(lambda: probed.state(made)["ready"], "readiness")
    probed.answers(made, "/alive", 500)
    until(lambda: probed.state(made)["restartCount"] == 1, "a restart")
    until(lambda: probed.state(made)["ready"], "readiness again")
    assert probed.state(made)["lastState"]["terminated"]["exitCode"] in (137, 143)


@pytest.mark.parametrize("path", ["/nothing", "/alive"])
def test_an_answer_is_good_from_200_to_399(probed: Probed, path: str) -> None:
    made = probed.started(readinessProbe=asks(path))
    until(lambda: f"GET {path}" in probed.log(), "an attempt")
    if path == "/nothing":
        assert not probed.state(made)["ready"]
    else:
        until(lambda: probed.state(made)["ready"], "readiness")


@pytest.mark.parametrize(("command", "ready"), [("pass", True), ("raise SystemExit(1)", False)])
def test_a_command_is_a_probe_by_its_exit_code(cluster: Cluster, probed: Probed, command: str, ready: bool) -> None:
    probe = {"exec": {"command": ["python", "-c", f"import os, pathlib; pathlib.Path(os.environ['TMPDIR'], 'asked').touch(); {command}"]}, "periodSeconds": 1}
    program = """
        import os, pathlib
        while not pathlib.Path(os.environ["TMPDIR"], "asked").exists():
            pass
        print("asked")
        import signal; signal.pause()
    """
    made = probed.make(pod("web", python(cluster.image, program, readinessProbe=probe), terminationGracePeriodSeconds=0))
    until(lambda: "asked" in probed.log() if probed.state(made)["started"] else False, "an attempt")
    if ready:
        until(lambda: probed.state(made)["ready"], "readiness")
    assert probed.state(made)["ready"] is ready


def test_a_port_that_is_listened_on_is_enough_for_a_tcp_probe(probed: Probed) -> None:
    made = probed.started(readinessProbe={"tcpSocket": {"port": PORT}, "periodSeconds": 1})
    until(lambda: probed.state(made)["ready"], "readiness")
