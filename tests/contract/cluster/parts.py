"""The twin's cluster as processes of their own: API server, controllers, one node. AWS is the caller's."""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from twin import processes
from twin.registry.layout import Layout, layer

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / ".slipway" / "bin"
IMAGE = "sample-app"
KINDS = {
    "v1": "configmaps secrets services serviceaccounts resourcequotas limitranges persistentvolumeclaims",
    "apps/v1": "deployments statefulsets daemonsets",
    "autoscaling/v2": "horizontalpodautoscalers",
    "batch/v1": "jobs cronjobs",
    "networking.k8s.io/v1": "ingresses networkpolicies",
    "policy/v1": "poddisruptionbudgets",
    "rbac.authorization.k8s.io/v1": "roles rolebindings",
}
SERVICE = b"""
import http.server, json, os, signal
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"commit": os.environ["COMMIT"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
"""Starts at once, and answers everything with the commit that its pod was made for."""


@dataclass(frozen=True)
class ClusterProcesses:
    """`digest` is that of an image in the node's registry, which runs SERVICE."""

    folder: Path
    endpoint: str
    digest: str

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "kubeconfig"

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.crt"

    def kubectl(self, *arguments: str, text: str = "") -> str:
        """As the administrator. CalledProcessError, with what it printed, when it fails."""
        return self.tool("kubectl", *arguments, text=text)

    def tool(self, program: str, *arguments: str, text: str = "") -> str:
        """What kubectl or helm prints, used by the administrator."""
        environment = {"HOME": str(self.folder / "home"), "PATH": "/usr/bin:/bin", "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run([str(TOOLS / program), *arguments], input=text, capture_output=True, text=True, env=environment, timeout=60, check=False)
        assert done.returncode == 0, f"{program} {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def listed(self, namespace: str) -> list[dict[str, Any]]:
        """Every object of a namespace that isn't made by a controller or by Helm for itself, by one connection: kubectl takes ten times as long."""
        user = yaml.safe_load(self.kubeconfig.read_text())["users"][0]["user"]
        found: list[dict[str, Any]] = []
        with httpx.Client(base_url=self.endpoint, verify=ssl.create_default_context(cafile=self.certificate)) as client:
            for version, kinds in KINDS.items():
                for kind in kinds.split():
                    path = f"{'apis' if '/' in version else 'api'}/{version}/namespaces/{namespace}/{kind}"
                    selector = {"fieldSelector": "type!=helm.sh/release.v1"} if kind == "secrets" else {}
                    answer = client.get(path, params=selector, headers={"Authorization": f"Bearer {user['token']}"}).raise_for_status().json()
                    found += [{**item, "kind": answer["kind"].removesuffix("List")} for item in answer["items"]]
        return found


@contextmanager
def cluster_processes(
    folder: Path, sts_endpoint: str, groups: Mapping[str, str], *, with_node: bool = True, launcher: Sequence[str] = ("twin.launch",)
) -> Iterator[ClusterProcesses]:
    """API server, controllers and a node. `groups` maps ARNs of roles to Kubernetes groups, as access entries do. `launcher`: what runs their modules."""
    entries, state, port = folder / "access-entries.json", folder / "cluster", processes.free_port()
    for each in (state, state / "home", folder / "registry"):
        each.mkdir()
    entries.write_text(json.dumps([{"principal": role, "groups": [group]} for role, group in groups.items()]))
    digest, _ = Layout(folder / "registry" / IMAGE).write("v1", [layer({"app/main.py": SERVICE})], {"Entrypoint": ["python", "main.py"], "WorkingDir": "/app"})
    with ExitStack() as running:
        network = running.enter_context(_network())
        api_server = ["apiserver", "--port", port, "--state", state, "--access-entries", entries, "--sts-endpoint", sts_endpoint, "--allow-loopback-endpoints"]
        controllers = ["controllers", "--kubeconfig", state / "controllers.kubeconfig"]
        node = ["node", "--kubeconfig", state / "node.kubeconfig", "--name", "node-1", "--registry", folder / "registry", "--root", folder / "node"]
        running.enter_context(ready(api_server, launcher))
        running.enter_context(ready(controllers, launcher))
        if with_node:
            running.enter_context(ready([*node, "--range", f"127.{network}.0.0/16"], launcher))
        yield ClusterProcesses(state, f"https://127.0.0.1:{port}", digest)


@contextmanager
def _network() -> Iterator[int]:
    """X of a range 127.X.0.0/16 that no other test run of this machine has; stacks begin at 64."""
    for network in range(32, 64):
        with socket.socket() as holder:
            try:
                holder.bind((f"127.{network}.255.254", 7069))
            except OSError:
                continue
            yield network
            return
    raise AssertionError("every range of addresses is taken")


@contextmanager
def ready(arguments: Sequence[object], launcher: Sequence[str] = ("twin.launch",)) -> Iterator[None]:
    """A part of the cluster, named without `twin.cluster`, with its arguments."""
    part, *options = [str(argument) for argument in arguments]
    command = [sys.executable, "-m", *launcher, f"twin.cluster.{part}", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=processes.bound_to_this_process()) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", f"twin.cluster.{part} doesn't start"
            yield
        finally:
            process.terminate()
