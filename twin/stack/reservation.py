"""What two running stacks must not share: a name, a range of loopback addresses, ports.

The kernel keeps each reservation and drops it when the last process that holds it has ended, however it ended. The guard takes them and hands them on to
the supervisor, so a name or a range is free again only when both are gone.
"""

import errno
import fcntl
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from twin.stack.settings import Ports

NETWORKS = range(64, 192)
"""Candidates for X in 127.X.0.0/16; away from 127.0 and 127.1, which other programs use."""

_HOLDER_PORT = 7069
_FREE_PORTS_FROM = 20000
_PORTS_PER_NETWORK = 16


class Taken(Exception):
    """Somebody else has it; the message is one line for the person who asked."""


@dataclass(frozen=True)
class Reservation:
    """`descriptors` keep it; pass them to a child that shall keep it too."""

    network: int
    ports: Ports
    descriptors: tuple[int, ...]


def reserve(runs: Path, name: str, ports: Ports | None) -> Reservation:
    """Reserve `name` among the stacks in `runs`, a range of addresses, and `ports` (None: any free ones). Taken when that can't be."""
    lock = _reserve_name(runs, name)
    try:
        if ports is not None:
            _check(ports)
        held, chosen = _range_with(ports)
    except Taken:
        os.close(lock)
        raise
    return Reservation(int(held.getsockname()[0].split(".")[1]), chosen, (lock, held.detach()))


def _range_with(ports: Ports | None) -> tuple[socket.socket, Ports]:
    """A free range, held, and the ports asked for or else those that go with the range."""
    for network in NETWORKS:
        held = _hold(network)
        if held is None:
            continue
        chosen = ports or _ports_of(network)
        if ports is not None or not _used(chosen):
            return held, chosen
        held.close()
    raise Taken(f"all {len(NETWORKS)} address ranges of this machine are taken by running stacks")


def _reserve_name(runs: Path, name: str) -> int:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise Taken(f"{name!r} can't be the name of a stack: up to 40 lower-case letters, digits and hyphens")
    runs.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(runs / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode().strip()
        os.close(descriptor)
        raise Taken(f"the stack {name!r} is running already (process {owner}); end that one, or choose another --name") from None
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def _hold(network: int) -> socket.socket | None:
    """A bound socket at the end of the range: it is taken for every user and checkout of the machine, as a lock file wouldn't be."""
    holder = socket.socket()
    try:
        holder.bind((f"127.{network}.255.254", _HOLDER_PORT))
        holder.listen(1)
    except OSError as error:
        holder.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return holder


def _ports_of(network: int) -> Ports:
    """Free ports follow from the range, so two stacks never choose the same; they lie below those that the system gives to clients."""
    return Ports.from_base(_FREE_PORTS_FROM + network * _PORTS_PER_NETWORK)


def _check(ports: Ports) -> None:
    used = _used(ports)
    if used:
        raise Taken(f"port {used[0]} on 127.0.0.1 is in use; end what uses it, or choose others with --base-port")


def _used(ports: Ports) -> list[int]:
    candidates: Iterable[int] = astuple(ports)
    return [port for port in candidates if not _is_free(port)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
        return True
