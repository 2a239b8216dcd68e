"""The pushed commit, as a folder."""

import os
import re
import subprocess
from pathlib import Path

from twin.builder import BuildBroken

_ISOLATED = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:http:https"}
"""No filter, template or helper that this machine's git knows is at the commit's service, and nobody is asked for a password."""
_SETTINGS = ("core.hooksPath=/dev/null", "core.symlinks=false", "advice.detachedHead=false")


def checkout(clone_url: str, commit: str, folder: Path) -> Path:
    """Fetch exactly this commit. No hook, filter or submodule of the repository runs: its content is hostile."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise BuildBroken("source", f"{commit!r} is no commit")
    folder.mkdir()
    isolated = [part for setting in _SETTINGS for part in ("-c", setting)]
    for arguments in (["init", "--quiet", "--template="], ["fetch", "--quiet", "--depth", "1", clone_url, commit], ["checkout", "--quiet", "--detach", commit]):
        command = ["git", "-C", str(folder), *isolated, *arguments]
        done = subprocess.run(command, env=os.environ | _ISOLATED, capture_output=True, text=True, check=False)  # nosec B603 B607 - no shell
        if done.returncode:
            raise BuildBroken("source", done.stderr.strip())
    return folder
