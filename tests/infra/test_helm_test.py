"""`helm test` of the service's chart: that it cleans up, and can fail. The twin has no cluster DNS, so its script is run beside a server here."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.infra.test_charts import DIGEST, ENVIRONMENTS, Manifest, is_test, one, sample_app, whole_sample_app


def made_by_helm_test(environment: str) -> list[Manifest]:
    return [manifest for manifest in whole_sample_app(environment) if is_test(manifest)]


@pytest.fixture
def server() -> Iterator[str]:
    """A service that is ready, at commit c0ffee; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"status": "ready"} if self.path == "/health/ready" else {"commit": "c0ffee"}).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_is_a_job_that_goes_when_it_has_passed_and_after_an_hour_otherwise(environment: str) -> None:
    job = one(made_by_helm_test(environment), "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    assert (job["spec"]["ttlSecondsAfterFinished"], job["spec"]["template"]["spec"]["restartPolicy"]) == (3600, "Never")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_its_pod_is_restricted_runs_the_release_and_is_none_of_the_services(environment: str) -> None:
    template = one(made_by_helm_test(environment), "Job")["spec"]["template"]
    service, deployment = one(sample_app(environment), "Service"), one(sample_app(environment), "Deployment")
    assert not service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    (container,) = template["spec"]["containers"]
    (released,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"] == released["securityContext"]
    assert template["spec"]["securityContext"] == deployment["spec"]["template"]["spec"]["securityContext"]
    assert container["image"] == f"sample-app@{DIGEST}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_network_policies_let_it_reach_the_service_and_nothing_else(environment: str) -> None:
    labels = one(made_by_helm_test(environment), "Job")["spec"]["template"]["metadata"]["labels"]
    selected = one(sample_app(environment), "Deployment")["spec"]["selector"]
    out = one(made_by_helm_test(environment), "NetworkPolicy")["spec"]
    assert out["podSelector"]["matchLabels"] == labels
    assert out["egress"] == [{"to": [{"podSelector": selected}], "ports": [{"port": 8000, "protocol": "TCP"}]}]
    (way_in,) = one(sample_app(environment), "NetworkPolicy")["spec"]["ingress"]
    assert {"podSelector": {"matchLabels": labels}} in way_in["from"]


@pytest.mark.parametrize(("commit", "passes"), [("c0ffee", True), ("another", False)])
def test_it_passes_for_the_releases_commit_and_fails_for_another_one(server: str, commit: str, passes: bool) -> None:
    (container,) = one(made_by_helm_test("dev"), "Job")["spec"]["template"]["spec"]["containers"]
    assert [variable["value"] for variable in container["env"]] == ["http://sample-app:8000", "c0ffee"]
    script = [sys.executable, "-c", *container["args"]]
    done = subprocess.run(script, env={"TARGET": server, "COMMIT": commit}, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode == 0) is passes, done.stderr
    assert passes or "another was to answer, not c0ffee" in done.stderr
