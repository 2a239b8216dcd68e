"""`python -m twin.cluster.controllers`: the cluster's controllers and scheduler as a process; prints `ready` when they work. Started by the supervisor."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path

import yaml

from twin.cluster.client.kubeconfig import Access, read_kubeconfig
from twin.cluster.controllers import control_plane
from twin.launch import ready


async def _until_asked_to_end(access: Access) -> None:
    running = asyncio.create_task(control_plane.run(access, ready=ready))
    for request in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(request, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


def main() -> int:
    """Work until SIGTERM or SIGINT. Exit status 1, with one line on stderr, when the kubeconfig can't be used."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m twin.cluster.controllers", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    kubeconfig: Path = parser.parse_args().kubeconfig
    try:
        access = read_kubeconfig(kubeconfig)
    except (OSError, KeyError, StopIteration, ValueError, yaml.YAMLError) as error:
        print(f"the controllers can't read {kubeconfig}: {type(error).__name__} {error}", file=sys.stderr, flush=True)
        return 1
    asyncio.run(_until_asked_to_end(access))
    return 0


if __name__ == "__main__":
    sys.exit(main())
