"""From a container's spec and its unpacked image to something that can be started. Called by `container` before each start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.kinds import Kind, Object
from twin.cluster.node.command import NoCommand, container_command, image_path, resolved
from twin.cluster.node.environment import ConfigMissing, Places, PodFacts, Read, declared_variables, process_environment
from twin.cluster.node.images import Images, UnpackedImage
from twin.cluster.node.interpreter import Interpreter
from twin.cluster.node.process import Process
from twin.cluster.node.unsupported import unsupported


class StartRefused(Exception):
    """The container can't be made: `reason` is kubelet's word for it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class NodeServices:
    """What every container of the node shares. `bytecode` is a folder for what Python compiles; `http` is for probes and hooks."""

    api: Api
    images: Images
    interpreter: Interpreter
    bytecode: Path
    http: aiohttp.ClientSession


@dataclass(frozen=True)
class Launch:
    """`command` is the container's own."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    image: UnpackedImage
    scratch: Path

    def start(self, command: Sequence[str], log: Path) -> Process:
        """The container's command or another one in its place. NotExecutable or OSError when it can't be started."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        program = resolved(command, self.environment["PATH"], self.image.folder)
        return Process(program, log=log, env=self.environment, cwd=self.folder)


async def prepare(container: Mapping[str, Any], pod: Object, facts: PodFacts, image: UnpackedImage, scratch: Path, node: NodeServices) -> Launch:
    """StartRefused when configuration is missing, or the pod asks for what this node hasn't got."""
    lack = unsupported(container, init=container in pod["spec"].get("initContainers", ()))
    if lack:
        raise StartRefused("CreateContainerError", lack)
    try:
        declared = await declared_variables(container, pod, facts, _reader(node.api))
        command = container_command(container, image.config, declared)
    except ConfigMissing as error:
        raise StartRefused("CreateContainerConfigError", str(error)) from error
    except NoCommand as error:
        raise StartRefused("CreateContainerError", str(error)) from error
    places = Places(image.folder, node.interpreter.path, scratch, node.bytecode)
    environment = process_environment(declared, image.config, pod["metadata"]["name"], places)
    folder = image_path(container.get("workingDir") or image.config.get("WorkingDir") or "/", image.folder)
    return Launch(command, environment, folder, image, scratch)


def _reader(api: Api) -> Read:
    async def read(kind: Kind, namespace: str, name: str) -> Object | None:
        try:
            return await api.get(kind, namespace, name)
        except ApiRefused as refusal:
            if refusal.code == 404:
                return None
            raise ConfigMissing(f"{kind.kind.lower()} {namespace}/{name}: {refusal}") from refusal
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConfigMissing(f"{kind.kind.lower()} {namespace}/{name}: {error or 'timed out'}") from error

    return read
