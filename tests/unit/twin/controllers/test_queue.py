"""The work queue's promises."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from twin.cluster.client.api import ApiRefused
from twin.cluster.controllers.queue import TryAgain, WorkQueue

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@contextlib.asynccontextmanager
async def working(handle: Callable[[str], Awaitable[float | None]]) -> AsyncIterator[WorkQueue[str]]:
    queue = WorkQueue("test", handle)
    running = asyncio.create_task(queue.run())
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(5):
            yield queue
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_a_key_added_many_times_is_handled_once() -> None:
    handled: list[str] = []
    last = asyncio.Event()

    async def handle(key: str) -> None:
        handled.append(key)
        if key == "last":
            last.set()

    async with working(handle) as queue:
        for key in ("a", "a", "a", "last"):
            queue.add(key)
        await last.wait()
    assert handled == ["a", "last"]


async def test_a_key_added_while_it_is_handled_is_handled_again_and_never_twice_at_a_time() -> None:
    turns, at_once = 0, 0
    begun, go_on, again = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(key: str) -> None:
        nonlocal turns, at_once
        turns += 1
        at_once += 1
        assert at_once == 1
        begun.set()
        await go_on.wait()
        at_once -= 1
        if turns == 2:
            again.set()

    async with working(handle) as queue:
        queue.add("a")
        await begun.wait()
        queue.add("a")
        queue.add("a")
        go_on.set()
        await again.wait()
    assert turns == 2


async def test_a_slow_key_holds_up_no_other() -> None:
    done = asyncio.Event()

    async def handle(key: str) -> None:
        if key == "slow":
            await asyncio.Event().wait()
        done.set()

    async with working(handle) as queue:
        queue.add("slow")
        queue.add("fast")
        await done.wait()


async def test_keys_added_before_the_start_are_kept_for_it() -> None:
    done = asyncio.Event()

    async def handle(key: str) -> None:
        done.set()

    queue = WorkQueue("test", handle)
    queue.add("a")
    running = asyncio.create_task(queue.run())
    async with asyncio.timeout(5):
        await done.wait()
    running.cancel()


@pytest.mark.parametrize("code", [404, 409])
async def test_an_outdated_view_is_tried_again_without_a_word_in_the_log(code: int, caplog: pytest.LogCaptureFixture) -> None:
    assert await _turns(ApiRefused(code, "Conflict", "changed"), times=2) == 3
    assert caplog.records == []


@pytest.mark.parametrize("error", [ApiRefused(500, "InternalError", "oh"), TimeoutError(), KeyError("spec")])
async def test_an_error_is_logged_and_tried_again(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    assert await _turns(error, times=1) == 2
    assert [record.levelno >= logging.WARNING for record in caplog.records] == [True]


async def test_a_handler_may_ask_for_another_turn() -> None:
    assert await _turns(TryAgain("not yet"), times=3) == 4


async def _turns(error: Exception, times: int) -> int:
    turns = 0
    done = asyncio.Event()

    async def handle(key: str) -> None:
        nonlocal turns
        turns += 1
        if turns <= times:
            raise error
        done.set()

    async with working(handle) as queue:
        queue.add("a")
        await done.wait()
    return turns


async def test_the_back_off_doubles() -> None:
    moments: list[float] = []
    done = asyncio.Event()

    async def handle(key: str) -> None:
        moments.append(asyncio.get_running_loop().time())
        if len(moments) == 5:
            done.set()
            return
        raise TryAgain("not yet")

    async with working(handle) as queue:
        queue.add("a")
        await done.wait()
    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert all(wait >= 0.01 * 2**turn for turn, wait in enumerate(waits))


async def test_what_a_handler_returns_is_when_it_wants_another_look() -> None:
    moments: list[float] = []
    done = asyncio.Event()

    async def handle(key: str) -> float | None:
        moments.append(asyncio.get_running_loop().time())
        if len(moments) == 2:
            done.set()
            return None
        return 0.05

    async with working(handle) as queue:
        queue.add("a")
        await done.wait()
    assert moments[1] - moments[0] >= 0.05


async def test_of_two_delays_the_shorter_counts() -> None:
    done = asyncio.Event()

    async def handle(key: str) -> None:
        done.set()

    async with working(handle) as queue:
        queue.add_after("a", 600)
        queue.add_after("a", 0.01)
        queue.add_after("a", 600)
        await done.wait()
