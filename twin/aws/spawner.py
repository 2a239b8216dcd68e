"""The one thread that starts child processes, so that each lives as long as the stack (see `processes.die_with_parent`)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from subprocess import Popen


class Spawner:
    """Shared by the functions' workers and the builds. Its thread ends with `close` or with the process, and every child with it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")

    def spawn(self, start: Callable[[], "Popen[bytes]"]) -> "Popen[bytes]":
        """Run `start` in the spawning thread and give its process. Whatever it raises is raised here."""
        return self._thread.submit(start).result()

    def close(self) -> None:
        """End the thread; children that are left are killed by the kernel."""
        self._thread.shutdown()
