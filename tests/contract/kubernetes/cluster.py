"""The cluster under test, as an administrator reaches it: over HTTPS, with kubectl and with Helm. Used by the tests of this folder."""

import base64
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from tests.contract.cluster.parts import TOOLS

PATIENCE_SECONDS = 60
Object = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Cluster:
    """`is_embedded`: the twin's own API server, controllers and node; otherwise any cluster whose administrator's kubeconfig was given.

    `image` is what the embedded node can run; another cluster is only asked for behaviours that need no such node.
    """

    kubeconfig: Path
    home: Path
    http: httpx.Client = field(repr=False)
    is_embedded: bool
    image: str = ""

    def get(self, path: str, **parameters: Any) -> Object:
        return self.asked("GET", path, params=parameters)

    def create(self, path: str, body: Mapping[str, Any], **parameters: Any) -> Object:
        return self.asked("POST", path, params=parameters, json=body)

    def replace(self, path: str, body: Mapping[str, Any], **parameters: Any) -> Object:
        return self.asked("PUT", path, params=parameters, json=body)

    def patch(self, path: str, body: Any, kind: str = "merge-patch", **parameters: Any) -> Object:
        """`kind` as in its media type: `json-patch`, `merge-patch`, `strategic-merge-patch`; `apply` takes a field manager."""
        media = "application/apply-patch+yaml" if kind == "apply" else f"application/{kind}+json"
        return self.asked("PATCH", path, params=parameters, content=json.dumps(body), headers={"Content-Type": media})

    def delete(self, path: str, **options: Any) -> Object:
        """With DeleteOptions of these fields."""
        return self.asked("DELETE", path, json={"kind": "DeleteOptions", "apiVersion": "v1", **options})

    def asked(self, method: str, path: str, **request: Any) -> Object:
        """The answer's body. AssertionError, with the server's words, when it refuses."""
        answer = self.http.request(method, path, **request)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        found: Object = answer.json()
        return found

    def refusal(self, method: str, path: str, **request: Any) -> Object:
        """The Status object of a request that has to be refused."""
        answer = self.http.request(method, path, **request)
        assert not answer.is_success, f"{method} {path} was not refused: {answer.text}"
        status: Object = answer.json()
        assert status["kind"] == "Status" and status["code"] == answer.status_code, status
        return status

    def exists(self, path: str) -> bool:
        return self.http.get(path).status_code == httpx.codes.OK

    @contextmanager
    def watch(self, path: str, **parameters: Any) -> Iterator[Iterator[Object]]:
        """The events of a watch, as long as the block lasts. It ends by itself when nothing comes for PATIENCE_SECONDS."""
        with self.http.stream("GET", path, params={"watch": "true", **parameters}, timeout=PATIENCE_SECONDS) as answer:
            assert answer.is_success, answer.read()
            yield (json.loads(line) for line in answer.iter_lines() if line)

    def tool(self, program: str, *arguments: str, text: str = "", fails: bool = False) -> str:
        """What kubectl or helm prints; what it says on its error output when it has to fail."""
        environment = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run([str(TOOLS / program), *arguments], input=text, capture_output=True, text=True, env=environment, timeout=120, check=False)
        assert bool(done.returncode) == fails, f"{program} {' '.join(arguments)}: {done.returncode} {done.stdout} {done.stderr}"
        return done.stderr if fails else done.stdout

    def kubectl(self, *arguments: str, text: str = "", fails: bool = False) -> str:
        return self.tool("kubectl", *arguments, text=text, fails=fails)

    def helm(self, *arguments: str, fails: bool = False) -> str:
        return self.tool("helm", *arguments, fails=fails)


@dataclass(frozen=True)
class Namespace:
    """A namespace of one test."""

    cluster: Cluster
    name: str

    def path(self, plural: str, name: str = "", version: str = "v1") -> str:
        """Of a collection, or of one object in it; `version` is `v1` or `group/version`."""
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        return f"{root}/namespaces/{self.name}/{plural}" + (f"/{name}" if name else "")

    def config_map(self, name: str = "settings", **data: str) -> Object:
        """Made; as the server answers it."""
        return self.cluster.create(self.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})

    def kubectl(self, *arguments: str, text: str = "", fails: bool = False) -> str:
        return self.cluster.kubectl("--namespace", self.name, *arguments, text=text, fails=fails)


def new_namespace(cluster: Cluster, name: str) -> Namespace:
    """It has its service account, without which a real cluster makes no pods."""
    found = Namespace(cluster, name)
    cluster.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    until(lambda: cluster.exists(found.path("serviceaccounts", "default")), "the default service account")
    return found


def until(look: Callable[[], T | None], what: str) -> T:
    """What `look` returns, as soon as it is true: asked again and again, for what a controller does is told to nobody."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, f"never seen: {what}"
        pause.wait(0.1)
    return found


def connected(kubeconfig: Path, folder: Path, token: str = "") -> httpx.Client:
    """As the user of the file's current context: a token or a client certificate, given in the file or beside it. `folder` is for the certificate.

    With a `token` of its own it is whoever has that: a client certificate would count before it.
    """
    config = yaml.safe_load(kubeconfig.read_text())
    context = next(each["context"] for each in config["contexts"] if each["name"] == config["current-context"])
    cluster = next(each["cluster"] for each in config["clusters"] if each["name"] == context["cluster"])
    user = {"token": token} if token else next(each["user"] for each in config["users"] if each["name"] == context["user"])
    trusted = ssl.create_default_context(cadata=_text(kubeconfig, cluster, "certificate-authority"))
    headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
    if "token" not in user:
        pair = folder / "client.pem"
        pair.touch(0o600)
        pair.write_text(_text(kubeconfig, user, "client-certificate") + _text(kubeconfig, user, "client-key"))
        trusted.load_cert_chain(pair)
        pair.unlink()
    return httpx.Client(base_url=cluster["server"], verify=trusted, headers=headers, timeout=PATIENCE_SECONDS)


def _text(kubeconfig: Path, part: Mapping[str, str], name: str) -> str:
    if f"{name}-data" in part:
        return base64.b64decode(part[f"{name}-data"]).decode()
    return (kubeconfig.parent / part[name]).read_text()
