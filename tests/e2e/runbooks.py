"""Reads the commands of `monitoring/runbooks/*.md` and carries them out. What a page may hold is said in its README, for whoever writes one."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.stack.settings import ROOT

RUNBOOKS = ROOT / "monitoring" / "runbooks"
PAGES = {page.stem: page for page in sorted(RUNBOOKS.glob("*.md")) if page.name != "README.md"}
SECTIONS = ("Symptoms", "See what it is", "What to do", "Prevent it")
_CHANGING = "What to do"
_HIDES_FAILURES = re.compile(r"\$\(|`|\|\||;|&")
_READS = re.compile(
    r"(AWS_PROFILE=\w+ )?(slipway (status|timeline|logs)|kubectl (--namespace \S+ )?(get|describe|logs|rollout (status|history))|"
    r"helm --namespace \S+ (history|status|get)|aws \w+ (get|list|describe)-\S+) "
)


class WrongPage(Exception):
    """A page doesn't keep to the README's rules."""


class CommandFailed(Exception):
    """A command exists no more, or the answer was no; the message has page, line, command and what it said."""


@dataclass(frozen=True)
class Command:
    text: str
    where: str
    """Page and line."""


def commands(page: Path) -> Sequence[Command]:
    """In their order. WrongPage for sections, blocks and commands that the README doesn't allow."""
    found: list[Command] = []
    sections: list[str] = []
    fence = ""
    going_on = False
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        where = f"{page.name}:{number}"
        if line.startswith("```"):
            fence = "" if fence else line
            if fence not in ("", "```console"):
                raise WrongPage(f"{where}: only ```console blocks are carried out, so a page has no others")
        elif fence and going_on:
            found[-1] = Command(f"{found[-1].text} {line.strip().removesuffix(chr(92)).rstrip()}", found[-1].where)
        elif fence and line.startswith("$ "):
            found.append(Command(line.removeprefix("$ ").removesuffix("\\").rstrip(), where))
        elif line.startswith("## "):
            sections.append(line.removeprefix("## "))
        going_on = bool(fence) and line.endswith("\\")
        if fence and line.startswith("$ ") and sections[-1:] != [_CHANGING] and not _READS.match(f"{found[-1].text} "):
            raise WrongPage(f"{where}: what may change something stands under '{_CHANGING}': {found[-1].text}")
    if tuple(sections) != SECTIONS:
        raise WrongPage(f"{page.name}: its sections are {', '.join(SECTIONS)}")
    for command in found:
        if _HIDES_FAILURES.search(command.text):
            raise WrongPage(f"{command.where}: $( ), ||, ; and & hide that a command failed: {command.text}")
    return found


def carry_out(page: Path, variables: Mapping[str, str], *, shell: str = "", home: Path, patience_seconds: float = 60) -> Mapping[str, str]:
    """Each command of the page in a shell of its own, which reads the file `shell` first; what each printed, by command.

    CommandFailed for the first one that isn't there or fails, also in the middle of a pipe.
    """
    path = f"{Path(sys.executable).parent}:{ROOT / '.slipway' / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    printed = {}
    for command in commands(page):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{f'. {shell}; ' if shell else ''}{command.text}"],
            cwd=ROOT,
            env={"PATH": path, "HOME": str(home), "COLUMNS": "200", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience_seconds,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"{command.where}: {command.text}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        printed[command.text] = done.stdout
    return printed
