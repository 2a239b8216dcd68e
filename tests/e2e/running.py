"""A running stack as a developer, an operator and a saboteur see it. Used by `test_releases` and `promoting`."""

import contextlib
import io
import json
import shutil
import subprocess
import tarfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import kubernetes.client
import kubernetes.config
import kubernetes.watch

from twin import processes
from twin.demo.cluster import Namespace
from twin.demo.facts import DeploymentSeen
from twin.demo.observe import Event, Observer
from twin.demo.repository import Clone
from twin.registry.layout import Layout
from twin.stack.description import Description
from twin.stack.settings import ROOT

SERVICE, ENVIRONMENT, NAMESPACE = "sample-app", "dev", "sample-dev"
PATIENCE_SECONDS = 150
SECRET = "A_SECRET_OF_THE_DEVELOPER"
"""A variable of the shell that the stack is started from."""


@dataclass
class Running:
    stack: Description
    clone: Clone
    observer: Observer
    namespace: Namespace
    _session: boto3.Session = field(default_factory=lambda: boto3.Session(region_name="us-east-1", aws_access_key_id="twin", aws_secret_access_key="twin"))
    _clients: dict[str, Any] = field(default_factory=dict)

    def push(self, message: str, *branches: str) -> str:
        """Commit what was changed and push it to these branches (main by default); the commit."""
        commit = self.clone.commit(f"{message} ({uuid.uuid4().hex[:8]})")
        self.git("push", "--quiet", "--force", "origin", *(f"HEAD:refs/heads/{branch}" for branch in branches or ("main",)))
        return commit

    def write_a_note(self) -> None:
        """A good change of the service: its image is another one each time."""
        self.clone.add("service/sample_app/note.py", f'"""A note, {uuid.uuid4().hex}."""\n')

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.clone.folder, check=True, capture_output=True, text=True).stdout.strip()

    def start_over(self) -> None:
        """The clone stands at the first commit, whatever was done in it before."""
        self.git("reset", "--quiet", "--hard", self.git("rev-list", "--max-parents=0", "HEAD"))

    def runs(self, commit: str) -> list[str]:
        """Every run of a commit; their names carry its first twelve digits."""
        found = self.aws("stepfunctions").list_executions(stateMachineArn=self.stack.state_machine("slipway-release"))["executions"]
        return [execution["name"] for execution in found if commit[:12] in execution["name"]]

    def ended(self, commit: str) -> tuple[str, str]:
        """State and reason of the commit's run, once it is closed."""
        record = self.observer.follow(self.observer.run_of(commit, PATIENCE_SECONDS), commit, PATIENCE_SECONDS, lambda event: None)
        return record["state"], record["reason"]

    def deployments(self, commit: str) -> tuple[DeploymentSeen, ...]:
        return self.observer.deployments(self.observer.run_of(commit, PATIENCE_SECONDS))

    def events(self, commit: str) -> dict[str, Event]:
        """The first event of each kind on the run's timelines."""
        events = self.observer.events(self.observer.run_of(commit, PATIENCE_SECONDS), commit)
        return {event.kind: event for event in reversed(events)}

    def execution(self, machine: str, name: str) -> str:
        """The ARN of an execution."""
        return f"{self.stack.state_machine(machine).replace(':stateMachine:', ':execution:')}:{name}"

    def history(self, deployment: str) -> str:
        """The events of a `deploy` execution, as text."""
        arn = self.execution("slipway-deploy", deployment)
        return json.dumps(self.aws("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"], default=str)

    def build_of(self, commit: str) -> str:
        """The status of the commit's newest build; empty before there is one."""
        builds = self.aws("codebuild").batch_get_builds(ids=self.builds() or ["none"])["builds"]
        wanted = {"name": "COMMIT", "value": commit, "type": "PLAINTEXT"}
        return next((str(build["buildStatus"]) for build in builds if wanted in build["environment"]["environmentVariables"]), "")

    def builds(self) -> list[str]:
        found: list[str] = self.aws("codebuild").list_builds_for_project(projectName="slipway-build")["ids"]
        return found

    def aws(self, service: str) -> Any:
        """A client; one for each service, for they are slow to make."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service, endpoint_url=self.stack.aws_endpoint)  # type: ignore[call-overload]
        return self._clients[service]

    def table(self) -> Any:
        return self._session.resource("dynamodb", endpoint_url=self.stack.aws_endpoint).Table(self.stack.outputs["TableName"])

    @cached_property
    def kubernetes(self) -> kubernetes.client.CoreV1Api:
        return kubernetes.client.CoreV1Api(kubernetes.config.new_client_from_config(str(self.stack.kubeconfig)))

    def tool(self, program: str, *arguments: str, text: str = "", namespace: str = NAMESPACE) -> str:
        """What helm or kubectl prints about the namespace."""
        command = [str(ROOT / ".slipway" / "bin" / program), *arguments, "--namespace", namespace, "--kubeconfig", str(self.stack.kubeconfig)]
        environment = {"HOME": str(self.stack.folder / "home")}
        return subprocess.run(command, input=text, capture_output=True, text=True, check=True, env=environment, timeout=60).stdout

    def image_digest(self, commit: str) -> str:
        """What the registry's tag of that commit stands for; a commit that changed only the chart shares an image."""
        found = self.aws("ecr").describe_images(repositoryName=SERVICE, imageIds=[{"imageTag": commit}])["imageDetails"]
        return str(found[0]["imageDigest"])

    def objects(self, namespace: str) -> frozenset[str]:
        """Kind, name and identity of every object of the namespace, but for Events, which are a log, and for what is on its way out."""
        kinds = self.tool("kubectl", "api-resources", "--namespaced", "--verbs", "list", "--output", "name").split()
        wanted = ",".join(kind for kind in kinds if not kind.startswith("events"))
        listed = json.loads(self.tool("kubectl", "get", wanted, "--output", "json", namespace=namespace))["items"]
        staying = [item for item in listed if "deletionTimestamp" not in item["metadata"]]
        return frozenset(f"{item['kind']} {item['metadata']['name']} {item['metadata']['uid']}" for item in staying)

    def assert_at_rest(self, commit: str) -> None:
        """The environment runs this commit and only this; nothing is held, nothing is under way."""
        digest = self.image_digest(commit)
        until(lambda: self._answers(commit, digest), "an answer of that release: old pods may serve for a moment longer")
        assert self.observer.live(ENVIRONMENT) == commit
        assert self.namespace.pod_digests() == {digest}
        assert self.namespace.helm().digest == digest
        assert self.observer.held_leases() == ()
        assert self.observer.running_executions() == ()

    def _answers(self, commit: str, digest: str) -> bool:
        answer = self.namespace.answer()
        return (answer.commit, answer.digest) == (commit, digest) and self.namespace.pod_digests() == {digest}

    @contextlib.contextmanager
    def lease_held(self) -> Iterator[None]:
        """Another deployment holds the lease of dev; at the end it gives it back by the function that every deployment ends with."""
        holder = f"another-{uuid.uuid4().hex[:8]}"
        described = {"run_id": "another", "service": SERVICE, "environment": ENVIRONMENT, "commit": "0" * 40, "execution": "none"}
        self.table().put_item(Item={"pk": f"DEPLOYMENT#{holder}", "sk": "META", **described})
        self.table().update_item(
            Key={"pk": f"ENV#{SERVICE}#{ENVIRONMENT}", "sk": "LEASE"},
            UpdateExpression="SET #owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": holder},
        )
        yield
        answer = self.aws("lambda").invoke(FunctionName="slipway-release-lease", Payload=json.dumps({"deployment": holder}))
        assert "FunctionError" not in answer, answer["Payload"].read()

    @contextlib.contextmanager
    def second_termination(self) -> Iterator[dict[str, float]]:
        """`at`: when the API showed that a container of a new pod had ended twice, in seconds since the epoch."""
        seen: dict[str, float] = {}
        api = self.kubernetes
        since = api.list_namespaced_pod(NAMESPACE).metadata.resource_version
        watch = kubernetes.watch.Watch()

        def look() -> None:
            for event in watch.stream(api.list_namespaced_pod, NAMESPACE, resource_version=since, timeout_seconds=PATIENCE_SECONDS):
                for status in event["object"].status.container_statuses or []:
                    ended = status.restart_count + (1 if status.state.running is None and status.last_state.terminated else 0)
                    if ended >= 2 and not seen:
                        seen["at"] = time.time()
                        watch.stop()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        yield seen
        thread.join(PATIENCE_SECONDS)

    def has_pending_upgrade(self) -> bool:
        """Helm labels the Secret of each revision with its status."""
        found = self.kubernetes.list_namespaced_secret(NAMESPACE, label_selector="owner=helm,status=pending-upgrade")
        return bool(found.items)

    def staying_pods(self) -> list[str]:
        """Names of the environment's pods, but for those of an earlier rollout that are on their way out."""
        return [pod.metadata.name for pod in self.kubernetes.list_namespaced_pod(NAMESPACE).items if pod.metadata.deletion_timestamp is None]

    def pod_process(self) -> int:
        """The process of the environment's only pod."""
        (name,) = self.staying_pods()
        pod = self.kubernetes.read_namespaced_pod(name, NAMESPACE)
        return _process(lambda path: f"HOST={pod.status.pod_ip}".encode() in (path / "environ").read_bytes().split(b"\0"))

    def busy_worker(self, handler: str) -> int:
        """The worker of a function that has started a process of its own."""
        return _process(lambda path: handler.encode() in (path / "cmdline").read_bytes() and bool(processes.descendants(int(path.name))))


def _process(matches: Callable[[Path], bool]) -> int:
    (found,) = [pid for pid in processes.descendants() if matches(Path(f"/proc/{pid}"))]
    return found


def until(look: Callable[[], object], what: str) -> None:
    """Ask again until it is true: what is waited for happens in another process that tells nobody."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not look():
        assert time.monotonic() < deadline, f"never seen: {what}"
        pause.wait(0.3)


def image_files(stack: Description, digest: str) -> dict[str, bytes]:
    """What the image's layers hold, by path."""
    found: dict[str, bytes] = {}
    for layer in Layout(stack.registry / SERVICE).read(digest).layers:
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            found |= {member.name: content.read() for member in archive if (content := archive.extractfile(member))}
    return found


def flip_a_byte(stack: Description, digest: str) -> None:
    """In the last layer of the image: that of the service."""
    blobs = stack.registry / SERVICE / "blobs" / "sha256"
    manifest = json.loads((blobs / digest.removeprefix("sha256:")).read_text())
    blob = blobs / manifest["layers"][-1]["digest"].removeprefix("sha256:")
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)


def lose_image(stack: Description, digest: str) -> None:
    """It is corrupted in the registry, and the node hasn't got it any more."""
    flip_a_byte(stack, digest)
    shutil.rmtree(stack.folder / "node" / "images" / digest.removeprefix("sha256:"))
