"""Workers of all functions: a warm one if there is one, a new one otherwise, and the idle ones ended after a while.

`twin.aws` attaches it to moto's Lambda API. Imitates Lambda's scaling by concurrency; the limits are the laptop's, and so is
the patience before another worker is started for a function that has one.
"""

import json
import threading
import time
import uuid
from collections import Counter, defaultdict

from twin.aws.credentials import RoleCredentials
from twin.aws.functions.environment import Places
from twin.aws.functions.invocation import Function, Outcome
from twin.aws.functions.worker import Worker
from twin.aws.spawner import Spawner

CONCURRENCY_OF_A_FUNCTION = 10
COLD_STARTS_AT_ONCE = 2
COLD_START_SECONDS = 1.0
"""About what a new worker costs one core. A busy one is nearly always back sooner, and in a burst the starts would take the machine from the work."""
IDLE_SECONDS = 300.0
_SHUT_DOWN = "the functions are shut down"


class Workers:
    """Runs invocations (`invocation.Runner`). `close` ends every worker."""

    def __init__(
        self,
        places: Places,
        credentials: RoleCredentials,
        spawner: Spawner,
        *,
        idle_seconds: float = IDLE_SECONDS,
        patience_seconds: float = COLD_START_SECONDS,
    ) -> None:
        self._places = places
        self._credentials = credentials
        self._idle_seconds = idle_seconds
        self._patience_seconds = patience_seconds
        self._lock = threading.RLock()
        self._closing = threading.Condition(self._lock)
        self._freed: dict[str, threading.Condition] = defaultdict(lambda: threading.Condition(self._lock))
        """By function, so that a worker that becomes free wakes one of those who wait for it, and nobody else."""
        self._idle: dict[str, list[Worker]] = defaultdict(list)
        self._all: set[Worker] = set()
        self._taken: Counter[str] = Counter()
        self._starting = threading.Semaphore(COLD_STARTS_AT_ONCE)
        self._spawner = spawner
        self._closed = False
        places.logs.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._reap, name="idle workers", daemon=True).start()

    def invoke(self, function: Function, event: bytes) -> Outcome:
        """Run one event on a worker of its own for that time."""
        key = _key(function)
        worker = self._take(function, key)
        try:
            return worker.invoke(event, f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0")
        finally:
            self._give_back(worker, key)

    def close(self) -> None:
        """End every worker and refuse new ones."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
            for waiting in (self._closing, *self._freed.values()):
                waiting.notify_all()
        for worker in workers:
            worker.end()

    def _take(self, function: Function, key: str) -> Worker:
        with self._lock:
            if self._taken[key]:
                self._freed[key].wait_for(lambda: self._closed or self._idle[key], timeout=self._patience_seconds)
            self._freed[key].wait_for(lambda: self._closed or self._idle[key] or self._taken[key] < CONCURRENCY_OF_A_FUNCTION)
            if self._closed:
                raise RuntimeError(_SHUT_DOWN)
            while self._idle[key]:
                worker = self._idle[key].pop()
                if worker.usable:
                    return worker
                self._forget(worker, key)
            self._taken[key] += 1
        try:
            return self._start(function, key)
        except BaseException:
            with self._lock:
                self._taken[key] -= 1
                self._freed[key].notify()
            raise

    def _start(self, function: Function, key: str) -> Worker:
        with self._starting:
            worker = Worker(function, self._places, self._credentials.of(function.role, function.name), self._spawner)
            with self._lock:
                self._all.add(worker)
                closed = self._closed
            if closed:  # meanwhile, so that `close` hasn't seen this worker
                worker.end()
                raise RuntimeError(_SHUT_DOWN)
            worker.until_started()
            return worker

    def _forget(self, worker: Worker, key: str) -> None:
        self._all.discard(worker)
        self._taken[key] -= 1

    def _give_back(self, worker: Worker, key: str) -> None:
        if not worker.usable:
            worker.end()
        with self._lock:
            if worker.usable:
                self._idle[key].append(worker)
            else:
                self._forget(worker, key)
            self._freed[key].notify()

    def _reap(self) -> None:
        while True:
            with self._lock:
                if self._closing.wait_for(lambda: self._closed, timeout=self._idle_seconds / 4):
                    return
                oldest = time.monotonic() - self._idle_seconds
                tired = [(key, worker) for key, group in self._idle.items() for worker in group if worker.idle_since < oldest]
                for key, worker in tired:
                    self._idle[key].remove(worker)
                    self._forget(worker, key)
            for _, worker in tired:
                worker.end()


def _key(function: Function) -> str:
    """Workers are shared by invocations of one configuration of a function only."""
    return json.dumps([function.name, function.version, function.handler, function.timeout_seconds, dict(function.environment)], sort_keys=True)
