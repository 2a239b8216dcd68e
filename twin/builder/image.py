"""What `docker build` makes of the service's Dockerfile, without a container engine.

Imitates the last stage: /opt/dependencies and /app, environment, folder, user and entry point. Leaves out the base image
and every RUN: the node supplies the interpreter.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twin.builder import BuildBroken
from twin.registry.layout import layer

NOT_IN_IMAGE = ("__pycache__", ".pyc", ".dist-info/RECORD", ".lock")
"""Bytecode and installer notes differ from build to build."""


def image_layers(service: Path, dependencies: Path) -> Sequence[bytes]:
    """Dependencies first: they change less often."""
    packages = [path.parent for path in service.glob("*/__init__.py") if path.parent.name != "tests"]
    application = {f"app/{path.relative_to(service)}": path.read_bytes() for package in packages for path in _files(package)}
    return layer({f"opt/dependencies/{path.relative_to(dependencies)}": path.read_bytes() for path in _files(dependencies)}), layer(application)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and not any(mark in path.as_posix() for mark in NOT_IN_IMAGE)]


def image_config(dockerfile: Path, commit: str) -> Mapping[str, Any]:
    """The `config` object of the image. BuildBroken when the Dockerfile says it in a way that isn't understood here."""
    if not dockerfile.is_file():
        raise BuildBroken("image", "the service has no Dockerfile")
    config: dict[str, Any] = {"Env": [], "Labels": {"org.opencontainers.image.revision": commit}}
    for instruction, rest in _instructions(dockerfile.read_text()):
        match instruction:
            case "FROM":
                config |= {"Env": [], "WorkingDir": "/", "User": "", "Entrypoint": [], "Cmd": []}
            case "ENV":
                config["Env"] += shlex.split(rest)
            case "WORKDIR":
                config["WorkingDir"] = rest
            case "USER":
                config["User"] = rest
            case "ENTRYPOINT" | "CMD":
                try:
                    config[instruction.title()] = json.loads(rest)
                except ValueError as error:
                    raise BuildBroken("image", f"{instruction} has to be a JSON list") from error
    if not config["Entrypoint"]:
        raise BuildBroken("image", "the Dockerfile has no ENTRYPOINT")
    return config


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [(name.upper(), rest.strip()) for name, _, rest in (line.strip().partition(" ") for line in lines)]
