"""The command line: repositories, each with the seeds that follow it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.github.seeds import Seed


@dataclass(frozen=True)
class Arguments:
    """`repositories` are seeds by full name. `app_id` names the GitHub App, if its key is given in the environment.

    People can sign in with it where `client_id` and `callback_url` are given as well, and the client's secret in the environment.
    """

    port: int
    state: Path
    webhook_url: str
    repositories: Mapping[str, Sequence[Seed]]
    app_id: str = "1"
    client_id: str = ""
    callback_url: str = ""


class _Repository(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option_string: str | None = None) -> None:
        owner, _, name = str(values).partition("/")
        if not owner or not name or "/" in name:
            parser.error(f"{values} is no OWNER/NAME")
        namespace.current = values
        namespace.repositories.setdefault(values, [])


class _Seed(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option_string: str | None = None) -> None:
        folder, found, source = str(values).partition("=")
        if not found:
            parser.error(f"{values} is no FOLDER=SOURCE")
        if namespace.current is None:
            parser.error("--seed comes after the --repository that it is for")
        namespace.repositories[namespace.current].append(Seed(folder, Path(source)))


def parse(arguments: Sequence[str] | None = None) -> Arguments:
    """SystemExit with a message when they can't be used."""
    parser = argparse.ArgumentParser(prog="python -m twin.github", description="The twin's GitHub, on 127.0.0.1.")
    parser.set_defaults(repositories={}, current=None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder of the bare repositories")
    parser.add_argument("--webhook-url", required=True, help="where events go, signed with SLIPWAY_WEBHOOK_SECRET")
    parser.add_argument("--app-id", default="1", help="the number of the GitHub App whose public key is SLIPWAY_GITHUB_APP_PUBLIC_KEY")
    parser.add_argument("--client-id", default="", help="by which the GitHub App signs people in; its secret is SLIPWAY_GITHUB_CLIENT_SECRET")
    parser.add_argument("--callback-url", default="", help="where people go after they have signed in")
    parser.add_argument("--repository", action=_Repository, required=True, metavar="OWNER/NAME", dest="current", help="may be given several times")
    parser.add_argument("--seed", action=_Seed, metavar="FOLDER=SOURCE", dest="seeds", help="files of the last named repository's first commit")
    given = parser.parse_args(arguments)
    return Arguments(given.port, given.state.resolve(), given.webhook_url, given.repositories, given.app_id, given.client_id, given.callback_url)
