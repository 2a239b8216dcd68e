"""Who listens where, from proc(5). Used by `health`, so that a probe never takes a stranger's answer for the pod's."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_LISTEN = "0A"
_ANY_ADDRESS = {"00000000", "0" * 32}


def session_listens(session: int, address: str, port: int) -> bool:
    """Whether a process of `session` has a TCP socket that takes connections to `address` and `port`."""
    sockets = set(_listening(address, port))
    return bool(sockets) and any(descriptor in sockets for descriptor in _descriptors(session))


def _listening(address: str, port: int) -> Iterator[str]:
    """Names of sockets as links in /proc/PID/fd show them. IPv6 sockets count when they listen on every address."""
    wanted = {socket.inet_aton(address)[::-1].hex().upper(), *_ANY_ADDRESS}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                local_address, _, local_port = columns[1].partition(":")
                if columns[3] == _LISTEN and int(local_port, 16) == port and local_address in wanted:
                    yield f"socket:[{columns[9]}]"


def _descriptors(session: int) -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        # A process or a descriptor may be gone between the listing and the reading; those of other users can't be read.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if entry.name.isdigit() and os.getsid(int(entry.name)) == session:
                for descriptor in (entry / "fd").iterdir():
                    with contextlib.suppress(FileNotFoundError):
                        yield str(descriptor.readlink())
