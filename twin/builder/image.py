"""What `docker build` makes of the service's Dockerfile, without a container engine.

Imitates the last stage: /opt/dependencies and /app, environment, labels, folder, user, ports and entry point. Leaves out
the base image, every RUN and .dockerignore: the node supplies the interpreter, the builder the installed dependencies.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from twin.builder import BuildBroken
from twin.builder.dockerfile import Instruction, instructions
from twin.registry.layout import layer

APPLICATION = "/app"
VERSION_CHARACTERS = 12
"""How much of the commit the build argument VERSION has, as in build/buildspec.yml."""


def build_arguments(commit: str) -> Mapping[str, str]:
    """What build/buildspec.yml passes as `--build-arg`."""
    return {"VERSION": commit[:VERSION_CHARACTERS], "COMMIT": commit}


def read_dockerfile(service: Path, commit: str) -> Sequence[Instruction]:
    """BuildBroken when there is none, or when it says something in a way that isn't understood here."""
    dockerfile = service / "Dockerfile"
    if not dockerfile.is_file():
        raise BuildBroken("image", "the service has no Dockerfile")
    return instructions(dockerfile.read_text(), build_arguments(commit))


def image_layers(service: Path, dependencies: Path, dockerfile: Sequence[Instruction]) -> Sequence[bytes]:
    """Dependencies first: they change less often."""
    installed = {f"opt/dependencies/{name}": content for name, content in _files(dependencies) if not _differs_by_machine(name)}
    return layer(installed), layer(_application(service, dockerfile))


def _differs_by_machine(installed: str) -> bool:
    """Scripts have this machine's interpreter in their first line, and RECORD their digests; .lock is the installer's."""
    folder, _, rest = installed.partition("/")
    return folder == "bin" or installed == ".lock" or (folder.endswith(".dist-info") and rest == "RECORD")


def _application(service: Path, dockerfile: Sequence[Instruction]) -> Mapping[str, bytes]:
    """What COPY takes from the service's folder to one below /app, in whichever stage."""
    found: dict[str, bytes] = {}
    for instruction in dockerfile:
        if instruction.name != "COPY":
            continue
        options = [word for word in instruction.words if word.startswith("--")]
        target = posixpath.normpath(instruction.words[-1])
        if any(option.startswith("--from") for option in options) or not target.startswith(f"{APPLICATION}/"):
            continue
        for word in instruction.words[len(options) : -1]:
            source = (service / word).resolve()
            if not source.is_relative_to(service.resolve()) or not source.is_dir():
                raise BuildBroken("image", f"the service has no folder {word}")
            found |= {f"{target.lstrip('/')}/{name}": content for name, content in _files(source)}
    if not found:
        raise BuildBroken("image", f"the Dockerfile copies no folder of the service to one below {APPLICATION}")
    return found


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Without bytecode, which differs from build to build, and without links, which may lead anywhere."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix != ".pyc":
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def image_config(dockerfile: Sequence[Instruction]) -> Mapping[str, Any]:
    """The `config` object of the image: https://github.com/opencontainers/image-spec/blob/main/config.md"""
    config: dict[str, Any] = {}
    variables: dict[str, str] = {}
    for instruction in dockerfile:
        match instruction.name:
            case "FROM":
                config, variables = {"WorkingDir": "/", "User": "", "Entrypoint": [], "Cmd": [], "Labels": {}}, {}
            case "ENV":
                variables |= instruction.pairs()
            case "LABEL":
                config["Labels"] |= instruction.pairs()
            case "WORKDIR":
                config["WorkingDir"] = posixpath.join(config["WorkingDir"], *instruction.words)
            case "USER":
                config["User"] = instruction.words[0]
            case "EXPOSE":
                ports = (port if "/" in port else f"{port}/tcp" for port in instruction.words)
                config["ExposedPorts"] = config.get("ExposedPorts", {}) | {port: {} for port in ports}
            case "ENTRYPOINT" | "CMD":
                config[instruction.name.title()] = instruction.json_list()
    if not config.get("Entrypoint"):
        raise BuildBroken("image", "the Dockerfile has no ENTRYPOINT")
    return {**config, "Env": [f"{name}={value}" for name, value in variables.items()]}
