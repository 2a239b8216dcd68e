"""The pushed commit, as a folder."""

import re
import subprocess
from pathlib import Path

from twin.builder import BuildBroken


def checkout(clone_url: str, commit: str, folder: Path) -> Path:
    """Fetch exactly this commit. No hook, filter or submodule of the repository runs: its content is hostile."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise BuildBroken("source", f"{commit!r} is no commit")
    folder.mkdir()
    for arguments in (["init", "--quiet"], ["fetch", "--quiet", "--depth", "1", clone_url, commit], ["checkout", "--quiet", "--detach", "FETCH_HEAD"]):
        isolated = ["-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false", "-c", "protocol.ext.allow=never", "-c", "advice.detachedHead=false"]
        done = subprocess.run(["git", "-C", str(folder), *isolated, *arguments], capture_output=True, text=True, check=False)  # nosec B603 B607 - no shell
        if done.returncode:
            raise BuildBroken("source", done.stderr.strip())
    return folder
