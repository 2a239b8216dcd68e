"""Function calls that take turns, one call of a port at a time, so that a property test chooses what happens between any two of them and who is killed where.

Each call of a function runs in a thread of its own that goes on only while it has the turn. Nothing waits for time, and the same choices give the same run.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from slipway.errors import TemporarilyUnavailable

TO_ITS_END = 1_000
"""Calls of ports, more than any step makes: a step that makes them all runs in circles."""


class Killed(BaseException):
    """Lambda has ended the call: nothing of it reaches the outside any more, not even what a `finally` wants to write."""


class Call:
    """One call of a function. Until `has_ended` it may be at work: it has answered, raised `error` or was killed then."""

    def __init__(self, name: str, work: Callable[["Call"], Any]) -> None:
        self.name = name
        self.result: Any = None
        self.error: BaseException | None = None
        self.has_ended = False
        self.was_killed = False
        self.unlucky = False
        """The next port that it calls doesn't answer."""
        self._work = work
        self._left = 0
        self._turn, self._back = threading.Lock(), threading.Lock()
        self._turn.acquire()
        self._back.acquire()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def go(self, calls: int = TO_ITS_END) -> None:
        """Let it call ports so often, then come back."""
        assert not self.has_ended, f"{self.name} has ended"
        self._left = calls
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._turn.release()
        self._back.acquire()

    def kill(self) -> None:
        """Right where it is: what it has written stays written. Nothing, when it has ended."""
        self.was_killed = True
        if self._thread.ident is None:
            self.has_ended, self.error = True, Killed()
        elif not self.has_ended:
            self.go()

    def reach(self) -> None:
        """Called in its thread before each call of a port."""
        if self.was_killed:
            raise Killed
        if not self._left:
            self._back.release()
            self._turn.acquire()
            if self.was_killed:
                raise Killed
        self._left -= 1
        if self.unlucky:
            self.unlucky = False
            raise TemporarilyUnavailable("nobody answered")

    def _run(self) -> None:
        with self:
            result = self._work(self)
            self.reach()  # it may still be killed before its answer arrives
            self.result = result

    def __enter__(self) -> None:
        """Around all that it does."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Whatever it ends with, Step Functions hears of it, and the test has the turn again."""
        self.error, self.has_ended = error, True
        self._back.release()
        return True


class Stage:
    """A port, as one call of a function sees it: each use of it takes a turn, and `watch` is told the method, its arguments and what came of it.

    Methods in `free` only compute something, and take no turn; with `turns` off none does.
    """

    def __init__(self, port: Any, call: Call, watch: Callable[..., None], *, turns: bool = True, free: frozenset[str] = frozenset()) -> None:
        self._port, self._call, self._turns, self._free = port, call, turns, free
        self.watch = watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found) or name in self._free:
            return found

        def called(*arguments: Any, **named: Any) -> Any:
            if self._call.was_killed:
                raise Killed
            if self._turns:
                self._call.reach()
            result = found(*arguments, **named)
            self.watch(name, arguments, result)
            return result

        return called
