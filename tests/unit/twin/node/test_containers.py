"""What the node makes of a container's spec: its command, its environment, its waits, and what a pod's status says of it all."""

import asyncio
import base64
import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from twin.cluster.client.kinds import CONFIG_MAPS, SECRETS, Kind, Object
from twin.cluster.node.addresses import Addresses, NoAddressLeft
from twin.cluster.node.backoff import CrashBackOff, PullBackOff, go_duration
from twin.cluster.node.command import NoCommand, NotExecutable, container_command, image_path, resolved
from twin.cluster.node.environment import ConfigMissing, Places, PodFacts, declared_variables, process_environment
from twin.cluster.node.images import ImageRefused, Images
from twin.cluster.node.states import ContainerReport, Running, State, Terminated, Waiting
from twin.cluster.node.status import PodReport, pod_status
from twin.registry.layout import Layout, layer

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
IMAGE = {"Entrypoint": ["python", "-m", "sample_app"], "Cmd": ["--quiet"]}
POD: Object = {
    "metadata": {"name": "web-1", "namespace": "dev", "uid": "u-1", "labels": {"app": "web"}},
    "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "web"}]},
}
FACTS = PodFacts("127.64.0.9", "127.0.0.1")
CLUSTER: Mapping[tuple[Kind, str], Object] = {
    (CONFIG_MAPS, "settings"): {"data": {"LOG_LEVEL": "DEBUG"}},
    (SECRETS, "keys"): {"data": {"TOKEN": base64.b64encode(b"hush").decode()}},
}


async def read(kind: Kind, namespace: str, name: str) -> Object | None:
    return CLUSTER.get((kind, name))


def variables(container: Mapping[str, Any]) -> dict[str, str]:
    return asyncio.run(declared_variables(container, POD, FACTS, read))


@pytest.mark.parametrize(
    ("container", "command"),
    [
        ({}, ["python", "-m", "sample_app", "--quiet"]),
        ({"args": ["--loud"]}, ["python", "-m", "sample_app", "--loud"]),
        ({"command": ["sleep"]}, ["sleep"]),
        ({"command": ["echo"], "args": ["$(NAME)", "$$(NAME)", "$(OTHER)"]}, ["echo", "web", "$(NAME)", "$(OTHER)"]),
    ],
)
def test_command_and_args_take_the_place_of_the_images_as_kubernetes_defines_it(container: Mapping[str, Any], command: list[str]) -> None:
    assert list(container_command(container, IMAGE, {"NAME": "web"})) == command


def test_nothing_to_run_is_said() -> None:
    with pytest.raises(NoCommand):
        container_command({}, {}, {})


def test_a_program_is_looked_for_in_the_image_first(tmp_path: Path) -> None:
    program = tmp_path / "app/run"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert resolved(["/app/run", "x"], "/usr/bin:/bin", tmp_path) == [str(program), "x"]
    with pytest.raises(NotExecutable, match="no-such-program"):
        resolved(["no-such-program"], "/usr/bin:/bin", tmp_path)


@pytest.mark.parametrize("path", ["/../../etc/passwd", "../../etc/passwd", "/app/../../../etc/passwd"])
def test_a_path_never_leads_out_of_the_image(path: str, tmp_path: Path) -> None:
    assert image_path(path, tmp_path).is_relative_to(tmp_path)


def test_variables_come_from_maps_secrets_and_the_pod_itself_and_later_ones_win() -> None:
    container = {
        "envFrom": [{"configMapRef": {"name": "settings"}}, {"prefix": "KEY_", "secretRef": {"name": "keys"}}],
        "env": [
            {"name": "LOG_LEVEL", "value": "INFO"},
            {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
            {"name": "URL", "value": "http://$(HOST):8000"},
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "TOKEN"}}},
            {"name": "MAYBE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "ABSENT", "optional": True}}},
        ],
    }
    found = variables(container)
    assert found == {"LOG_LEVEL": "INFO", "KEY_TOKEN": "hush", "HOST": "127.64.0.9", "APP": "web", "URL": "http://127.64.0.9:8000", "TOKEN": "hush"}


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"envFrom": [{"configMapRef": {"name": "absent"}}]}, 'configmap "absent" not found'),
        ({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "B"}}}]}, "couldn't find key B in ConfigMap dev/settings"),
    ],
)
def test_what_is_missing_is_named_as_the_kubelet_names_it(container: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ConfigMissing, match=words):
        variables(container)


def test_the_process_sees_paths_into_its_image_and_nothing_of_the_agents_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_DEVELOPER", "hush")
    places = Places(Path("/images/abc"), Path("/interpreter/bin"), Path("/pods/1/scratch"), Path("/bytecode/abc"))
    found = process_environment({"PORT": "8000"}, {"Env": ["PYTHONPATH=/app:/opt/dependencies", "PORT=1"]}, "web-1", places)
    assert found.keys() == {"PATH", "HOSTNAME", "HOME", "TMPDIR", "PYTHONPYCACHEPREFIX", "PYTHONPATH", "PORT"}
    assert found["PYTHONPATH"] == "/images/abc/app:/images/abc/opt/dependencies"
    assert found["PORT"] == "8000"
    assert found["PATH"].startswith("/interpreter/bin:")


def test_a_crashing_container_is_restarted_at_once_and_then_ever_later_until_it_has_run_for_ten_minutes() -> None:
    waits = CrashBackOff()
    assert [waits.next_seconds(1) for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]
    assert [waits.next_seconds(600), waits.next_seconds(1)] == [0, 10]


def test_an_image_is_asked_for_again_ever_later() -> None:
    waits = PullBackOff()
    assert [waits.next_seconds() for _ in range(7)] == [10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(("seconds", "text"), [(10, "10s"), (80, "1m20s"), (300, "5m0s")])
def test_durations_are_printed_as_the_kubelet_prints_them(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text


def test_an_address_is_used_again_only_after_all_others() -> None:
    addresses = Addresses(ipaddress.IPv4Network("127.64.0.0/29"))
    first = [addresses.take() for _ in range(5)]
    assert len(set(first)) == 5
    assert not {"127.64.0.0", "127.64.0.6", "127.64.0.7"} & set(first)
    with pytest.raises(NoAddressLeft):
        addresses.take()
    addresses.give_back(first[1])
    assert addresses.take() == first[1]


def status(state: State, **more: Any) -> Object:
    report = PodReport([ContainerReport("web", "web", state, **more)], [], FACTS, NOW)
    return pod_status(POD, report, [], NOW)


def ended(code: int) -> Terminated:
    return Terminated(code, "Error" if code else "Completed", NOW, NOW, "process://1")


def condition(of: Object, kind: str) -> str:
    return str(next(each["status"] for each in of["conditions"] if each["type"] == kind))


def test_a_pod_is_pending_running_and_ready_as_its_container_is() -> None:
    waiting, running = status(Waiting("ContainerCreating")), status(Running(NOW), started=True)
    ready = status(Running(NOW), started=True, ready=True)
    told = [(each["phase"], condition(each, "Ready")) for each in (waiting, running, ready)]
    assert told == [("Pending", "False"), ("Running", "False"), ("Running", "True")]


def test_a_crash_loop_shows_why_it_waits_and_how_the_last_run_ended() -> None:
    (container,) = status(Waiting("CrashLoopBackOff", "back-off 10s"), last=ended(3), restarts=1)["containerStatuses"]
    assert container["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
    assert container["lastState"]["terminated"]["exitCode"] == 3
    assert container["restartCount"] == 1


def test_a_condition_keeps_its_time_while_it_stays_the_same() -> None:
    before = status(Running(NOW), started=True)
    later = datetime(2026, 11, 25, 13, tzinfo=UTC)
    report = PodReport([ContainerReport("web", "web", Running(NOW), started=True, ready=True)], [], FACTS, NOW)
    after = {each["type"]: each for each in pod_status(POD, report, before["conditions"], later)["conditions"]}
    assert after["Ready"]["lastTransitionTime"] == "2026-11-25T13:00:00Z"
    assert after["Initialized"]["lastTransitionTime"] == "2026-11-25T12:00:00Z"


@pytest.fixture
def pushed(tmp_path: Path) -> tuple[Path, str]:
    """A registry with one image, and the image's digest."""
    digest, _ = Layout(tmp_path / "registry/web").write("v1", [layer({"app/main.py": b"print('hello')\n"})], IMAGE)
    return tmp_path / "registry", digest


def pull(registry: Path, folder: Path, image: str, policy: str = "IfNotPresent") -> Path:
    return asyncio.run(Images(registry, folder).pull(image, policy)).folder


def test_an_image_is_unpacked_as_it_was_pushed_and_can_no_longer_be_changed(pushed: tuple[Path, str], tmp_path: Path) -> None:
    registry, digest = pushed
    folder = pull(registry, tmp_path / "images", f"registry.example.com/web@{digest}")
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == {"app/main.py": b"print('hello')\n"}
    assert not (folder / "app/main.py").stat().st_mode & 0o222


def test_one_flipped_byte_is_an_image_that_cannot_be_pulled(pushed: tuple[Path, str], tmp_path: Path) -> None:
    registry, digest = pushed
    for blob in (registry / "web/blobs/sha256").iterdir():
        content = bytearray(blob.read_bytes())
        content[len(content) // 2] ^= 1
        blob.write_bytes(content)
    with pytest.raises(ImageRefused, match="digest mismatch") as refused:
        pull(registry, tmp_path / "images", f"web@{digest}")
    assert refused.value.reason == "ErrImagePull"
    assert not list((tmp_path / "images").glob("*"))


@pytest.mark.parametrize(
    ("image", "policy", "reason"),
    [
        ("web@sha256:" + "0" * 64, "IfNotPresent", "ErrImagePull"),
        ("other:v1", "IfNotPresent", "ErrImagePull"),
        ("Not An Image", "IfNotPresent", "InvalidImageName"),
        ("../../etc/passwd", "IfNotPresent", "InvalidImageName"),
        ("web:v1", "Never", "ErrImageNeverPull"),
    ],
)
def test_every_refusal_has_the_kubelets_word(pushed: tuple[Path, str], tmp_path: Path, image: str, policy: str, reason: str) -> None:
    with pytest.raises(ImageRefused) as refused:
        pull(pushed[0], tmp_path / "images", image, policy)
    assert refused.value.reason == reason
