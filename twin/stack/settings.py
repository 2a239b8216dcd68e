"""What one stack is: its name, its folder, its addresses. Made by the guard, handed to the supervisor as JSON, read by everything that starts a part."""

import dataclasses
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that the stack runs from; the parts' working directory."""

RUNS = ROOT / ".slipway" / "run"
"""The folders of the stacks, each under its name."""

BASE_PORT = 7070


@dataclass(frozen=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    front_door: int
    github: int
    gateway: int
    aws: int
    kubernetes: int
    mailbox: int

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        return cls(*range(base, base + len(dataclasses.fields(cls))))


@dataclass(frozen=True)
class StackSettings:
    """`network` is the X of the pods' range 127.X.0.0/16; `kubeconfig` names a cluster that takes the embedded one's place."""

    name: str
    folder: Path
    ports: Ports
    network: int
    kubeconfig: Path | None = None

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def access_entries(self) -> Path:
        return self.cluster / "access-entries.json"

    @property
    def registry(self) -> Path:
        return self.folder / "registry"

    @property
    def description(self) -> Path:
        return self.folder / "stack.json"

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials"

    @property
    def aws_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports.aws}"

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def mailbox_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.mailbox}"

    @property
    def github_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.github}"

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "StackSettings":
        values = json.loads(text)
        kubeconfig = Path(values["kubeconfig"]) if values["kubeconfig"] else None
        return cls(values["name"], Path(values["folder"]), Ports(**values["ports"]), values["network"], kubeconfig)


def python(module: str, *arguments: object) -> list[str]:
    """The command of a part: a module of this checkout under the interpreter that runs the supervisor."""
    return [sys.executable, "-m", "twin.launch", module, *map(str, arguments)]


def part_environment(settings: StackSettings, path: str) -> Mapping[str, str]:
    """The whole environment of a part: nothing of the developer's shell but where programs are found (`path`)."""
    return {
        "PATH": f"{ROOT / '.slipway' / 'bin'}:{path}",
        "HOME": str(settings.folder / "home"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "AWS_ACCESS_KEY_ID": "twin",
        "AWS_SECRET_ACCESS_KEY": "twin",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
