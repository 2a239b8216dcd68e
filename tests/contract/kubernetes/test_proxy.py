"""The API server's way to a pod's port, by which smoke checks ask each pod."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.kubernetes.cluster import Cluster, until
from tests.contract.kubernetes.living import Pods
from tests.contract.kubernetes.workloads import server

PROXY = "https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls"
ECHO = """
    import http.server, json, os
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"asked": self.path, "headers": [name.lower() for name in self.headers]}).encode()
            self.send_response(418)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *_): pass
    http.server.ThreadingHTTPServer((os.environ["HOST"], 8000), Handler).serve_forever()
"""

pytestmark = [pytest.mark.embedded_node, pytest.mark.behaviour(PROXY)]
Ask = Callable[[str], httpx.Response]


@pytest.fixture
def ask(cluster: Cluster, pods: Pods) -> Ask:
    """GET something of a pod that listens."""
    pods.started(server(cluster.image, ECHO))

    def ask(rest: str) -> httpx.Response:
        return cluster.http.get(f"{pods.namespace.path('pods', 'web')}/proxy{rest}")

    until(lambda: ask("/").status_code == 418, "an answer of the pod")
    return ask


def test_path_query_and_answer_are_passed_on_as_they_are(ask: Ask) -> None:
    answer = ask("/items/a%20b?after=a%2Fb&limit=1&mark=%25&mark=+")
    assert (answer.status_code, answer.json()["asked"]) == (418, "/items/a%20b?after=a%2Fb&limit=1&mark=%25&mark=+")


def test_the_callers_token_is_for_the_api_server_alone(ask: Ask) -> None:
    assert "authorization" not in ask("/").json()["headers"]


def test_of_a_pod_that_is_not_there_the_api_server_says_so_itself(cluster: Cluster, pods: Pods) -> None:
    status = cluster.refusal("GET", f"{pods.namespace.path('pods', 'nobody')}/proxy/")
    assert (status["code"], status["message"]) == (404, 'pods "nobody" not found')
