"""Run by Python before anything else in a worker, and in every Python that it starts: a function can't write where its code is.

On Lambda only /tmp can be written (https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html). This is an audit hook
(https://docs.python.org/3/library/audit_events.html), since file modes don't bind root. It leaves out programs that aren't Python, C code that opens
files itself (such as SQLite's) and `os.mknod`; `os.open` with `dir_fd` is judged as if it had none. `__pycache__` can be written: bytecode is kept there.
"""

import errno
import os
import sys
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGES: dict[str, tuple[tuple[int, int | None, bool], ...]] = {
    "os.chmod": ((0, 2, True),),
    "os.chown": ((0, 3, True),),
    "os.link": ((1, 3, False),),
    "os.mkdir": ((0, 2, False),),
    "os.remove": ((0, 1, False),),
    "os.rename": ((0, 2, False), (1, 3, False)),
    "os.rmdir": ((0, 1, False),),
    "os.symlink": ((1, 2, False),),
    "os.truncate": ((0, None, True),),
    "os.utime": ((0, 3, True),),
}
"""By event: which of its arguments are changed paths, which is the folder's descriptor of each, and whether a link at the end is followed."""


def _make_read_only(task_root: Path) -> None:
    """For this process, `task_root` and what its links lead to."""
    places = [task_root.resolve(), *(entry.resolve() for entry in task_root.iterdir() if entry.is_symlink())]

    def refuse(path: Any, folder: Any, *, follow: bool) -> None:
        if path is None or isinstance(path, int):
            return
        named = Path(f"/proc/self/fd/{folder}" if isinstance(folder, int) and folder >= 0 else "", os.fsdecode(path))
        real = named.resolve() if follow else named.parent.resolve() / named.name
        if any(real.is_relative_to(place) for place in places) and "__pycache__" not in real.parts:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if flags & _WRITING:
                refuse(path, None, follow=True)
        elif event in _CHANGES:
            for position, folder, follow in _CHANGES[event]:
                refuse(arguments[position], None if folder is None else arguments[folder], follow=follow)

    sys.addaudithook(hook)


_make_read_only(Path(os.environ["LAMBDA_TASK_ROOT"]))
