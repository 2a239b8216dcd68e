"""Which command a container runs. Pure; called by `container`.

https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/#running-a-command-in-a-shell
"""

import os
import posixpath
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twin.cluster.node.expansion import expand


class NoCommand(Exception):
    """Neither the pod nor the image says what to run."""


class NotExecutable(Exception):
    """There is no such program."""


def container_command(container: Mapping[str, Any], image_config: Mapping[str, Any], variables: Mapping[str, str]) -> Sequence[str]:
    """`command` takes the place of the image's Entrypoint and Cmd, `args` that of its Cmd. `$(NAME)` is replaced out of the container's own `variables`."""
    command = [expand(word, variables) for word in container.get("command") or ()]
    arguments = [expand(word, variables) for word in container.get("args") or ()]
    entrypoint, default_arguments = image_config.get("Entrypoint") or [], image_config.get("Cmd") or []
    chosen = command + arguments if command else [*entrypoint, *(arguments or default_arguments)]
    if not chosen:
        raise NoCommand("failed to generate spec: no command specified")
    return chosen


def resolved(command: Sequence[str], path: str, image: Path) -> Sequence[str]:
    """The command with its program as a file of this machine: out of the image when it is there, else what the base image would hold.

    `path` is the container's PATH. NotExecutable when nothing is found.
    """
    program = command[0]
    if "/" not in program:
        found = shutil.which(program, path=path)
    else:
        inside = image_path(program, image)
        found = str(inside) if inside.exists() else program
    if found is None or not os.access(found, os.X_OK) or Path(found).is_dir():
        where = "executable file not found in $PATH" if found is None else "no such executable file"
        raise NotExecutable(f'exec: "{program}": {where}')
    return [found, *command[1:]]


def image_path(path: str, image: Path) -> Path:
    """An absolute path as the container sees it, in the unpacked image; never outside of it."""
    return image / posixpath.normpath(f"/{path}").lstrip("/")
