"""Starts the parts of a stack in their order, as many at once as can be, and ends all of them together. Started by the guard.

Nothing is restarted: a part that ends takes the stack with it, and the last line names the part and its log. The exit status is 0 when somebody
asked for the end, 1 otherwise.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping

from twin import processes
from twin.cluster.apiserver.access.certificates import write_certificates
from twin.launch import ready
from twin.stack import parts
from twin.stack.bootstrap import BootstrapFailed, adopt_cluster, connect_app, create_namespace, webhook_secret, write_access_entries
from twin.stack.description import describe, for_people
from twin.stack.environment import write_environment
from twin.stack.part import Part, PartEnded, RunningPart
from twin.stack.platform import Platform, Unusable, read_platform
from twin.stack.settings import ROOT, StackSettings, part_environment


class Supervisor:
    """The running parts of one stack, watched by the tasks of `group`."""

    def __init__(self, settings: StackSettings, group: asyncio.TaskGroup) -> None:
        self._settings = settings
        self._group = group
        self._platform: asyncio.Task[Platform] = group.create_task(asyncio.to_thread(read_platform, ROOT / "slipway.yaml"))

    async def start(self) -> None:
        """Returns when every part is ready and the stack is described. PartEnded, BootstrapFailed or Unusable, of it or of the group, when that can't be.

        AWS takes longest, so it begins at once; all that it has to know of a cluster is where that will be, and whom to trust there.
        """
        kubernetes = self._prepare_cluster()
        aws, cluster = self._group.create_task(self._start_aws(kubernetes)), self._group.create_task(self._start_cluster())
        outputs = await aws
        await cluster
        description = describe(self._settings, await self._platform, kubernetes, outputs)
        description.save(self._settings.description)
        write_environment(description)
        print(for_people(description), flush=True)

    def _prepare_cluster(self) -> str:
        """The endpoint of the Kubernetes API."""
        settings = self._settings
        if settings.kubeconfig is not None:
            return adopt_cluster(settings.kubeconfig, settings)
        write_certificates(settings.cluster)
        return f"https://127.0.0.1:{settings.ports.kubernetes}"

    async def _start_cluster(self) -> None:
        """The Kubernetes API, what reads it, and the namespaces."""
        settings, embedded, platform = self._settings, self._settings.kubeconfig is None, await self._platform
        if embedded:
            write_access_entries(platform, settings.access_entries)
            await self._run(parts.api_server(settings))
        admin = settings.cluster / "kubeconfig"
        environment = part_environment(settings, os.environ.get("PATH", os.defpath))
        async with asyncio.TaskGroup() as group:
            if embedded:
                group.create_task(self._run(parts.controllers(settings)))
            group.create_task(self._run(parts.node(settings, settings.cluster / "node.kubeconfig" if embedded else admin)))
            group.create_task(self._run(parts.front_door(settings, settings.cluster / "front-door.kubeconfig" if embedded else admin)))
            for each in platform.environments:
                group.create_task(create_namespace(each, admin, environment))

    async def _start_aws(self, kubernetes: str) -> Mapping[str, str]:
        """AWS, then GitHub with the secret that it keeps. The template's outputs."""
        settings = self._settings
        await self._run(parts.aws(settings, kubernetes, settings.cluster / "ca.crt"))
        outputs: dict[str, str] = json.loads((settings.folder / "outputs.json").read_text())
        secret = await asyncio.to_thread(webhook_secret, settings, outputs)
        app = await asyncio.to_thread(connect_app, settings, outputs, parts.GITHUB_APP_ID, parts.GITHUB_CLIENT_ID)
        await self._run(parts.github(settings, await self._platform, outputs["WebhookUrl"], outputs["ConsoleUrl"], secret, app))
        return outputs

    async def _run(self, part: Part) -> None:
        running = RunningPart(part, self._settings.logs / f"{part.name}.log", _show)
        await running.until_ready()
        self._group.create_task(running.until_ended(), name=part.name)
        print(f"  {part.name} is ready", flush=True)


async def supervise(settings: StackSettings) -> int:
    """Run the stack until a part ends or SIGTERM comes; the exit status."""
    supervising = asyncio.current_task()
    assert supervising is not None
    for request in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(request, supervising.cancel)
    return_code = 1
    try:
        settings.registry.mkdir()
        (settings.folder / "home").mkdir()
        async with asyncio.TaskGroup() as group:
            await Supervisor(settings, group).start()
            ready(": Ctrl-C ends the stack")
    except* (PartEnded, BootstrapFailed, Unusable) as failures:
        print(f"the stack has ended: {_first(failures)}", file=sys.stderr, flush=True)
    except* asyncio.CancelledError:
        return_code = 0
    return return_code


def _show(note: str) -> None:
    """A terminal that was closed, or that can't show a character, is no reason to stop."""
    encoding = sys.stdout.encoding
    with contextlib.suppress(BrokenPipeError):
        print(note.encode(encoding, errors="replace").decode(encoding), flush=True)


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def main() -> int:
    processes.become_subreaper()
    try:
        return asyncio.run(supervise(StackSettings.from_json(sys.argv[1])))
    finally:
        processes.kill_descendants()


if __name__ == "__main__":
    sys.exit(main())
