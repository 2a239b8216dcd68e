"""What must hold of a lease and its queue at every moment, and once everything has come to rest."""

from typing import Any

from slipway.domain.deployment import Kind
from slipway.domain.lease import Lease, age
from tests.property.scheduling import Call
from tests.property.step_functions import Execution
from tests.property.world import World


class OneOwner:
    """Never two owners in effect, and no step of an old epoch or of one who is to stop goes on.

    Epochs only rise, and within one the lease has one owner; `begin` and `Fence.check` let through only the owner of now, unless it was asked to stop;
    the environment is changed and its state written only by a call whose epoch is the lease's at that moment, from `begin` to `landed`.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._lease = world.lease
        self._begun: dict[Call, int] = {}

    def saw(self, call: Call, port: str, method: str, arguments: tuple[Any, ...], result: Any) -> None:
        match port, method:
            case "leases", "let through":
                self._has_the_lease(call, "a fence let through", *arguments)
            case "leases", "begin":
                self._has_the_lease(call, "began to change", *arguments[2:4])
                self._begun[call] = arguments[3]
            case "leases", "landed":
                self._begun.pop(call, None)
            case "clusters", "changes":
                if call not in self._begun:
                    self._world.wrong.append(f"{call.name} changes the environment without having said so")
                elif self._begun[call] != self._world.lease.epoch:
                    self._world.wrong.append(f"{call.name} changes the environment at epoch {self._begun[call]}; the lease is {self._world.lease}")
            case "environments", "record":
                _, _, _, deployment, epoch, *_ = arguments
                if not self._world.lease.held_by(deployment, epoch):
                    self._world.wrong.append(f"{call.name} wrote what runs; the lease is {self._world.lease}")
        if port in ("leases", "environments"):
            self._follows(self._world.lease)

    def call_ended(self, call: Call) -> None:
        self._begun.pop(call, None)

    def _has_the_lease(self, call: Call, what: str, deployment: str, epoch: int) -> None:
        lease = self._world.lease
        if not lease.held_by(deployment, epoch) or lease.stop:
            self._world.wrong.append(f"{what}: {call.name}; the lease is {lease}")

    def _follows(self, lease: Lease) -> None:
        before, self._lease = self._lease, lease
        if lease.epoch < before.epoch or (lease.owner not in ("", before.owner) and lease.epoch <= before.epoch):
            self._world.wrong.append(f"After {before} came {lease}")
        if (lease.owner, lease.epoch) != (before.owner, before.epoch) and self._begun:
            self._world.wrong.append(f"{before.owner} lost the lease while {[call.name for call in self._begun]} may be changing the environment")


class NewestFirst:
    """Nobody is told a thing about the lease that isn't so.

    Pushes get it in the order in which they were asked for; nobody gets it past a hold who doesn't go first. Who is told that it has the lease has it;
    who is told that a newer one goes instead isn't the newest. An owner counts as told only if its execution was there to be told.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._epoch = world.lease.epoch
        self._newest_owner = ""
        self._gone_before = 0

    def saw(self, call: Call, port: str, method: str, arguments: tuple[Any, ...], result: Any) -> None:
        match port, method:
            case "leases", "answered" if arguments[2] == self._gone_before:
                self._world.wrong.append(f"An owner counts as told whose execution had ended before it got the lease, at epoch {self._gone_before}")
            case "workflows", "succeed" if result and "/AcquireLease/" in arguments[0]:
                self._was_told(*arguments)
        if port in ("leases", "environments"):
            self._granted(self._world.lease)

    def call_ended(self, call: Call) -> None:
        """Nothing follows from that."""

    def _granted(self, lease: Lease) -> None:
        if lease.epoch == self._epoch or not lease.owner:
            return
        self._epoch = lease.epoch
        if not self._world.workflows.executions[lease.owner].is_running:
            self._gone_before = lease.epoch
        kind, its_age = self._asked(lease.owner)
        if kind.goes_first:
            return
        if lease.hold:
            self._world.wrong.append(f"{lease.owner} got the lease of an environment that is held: {lease.hold}")
        if its_age < self._newest_owner:
            self._world.wrong.append(f"{lease.owner} got the lease after a newer push had had it")
        self._newest_owner = max(self._newest_owner, its_age)

    def _was_told(self, token: str, output: dict[str, Any]) -> None:
        name = token.partition("/")[0]
        if "epoch" in output:
            if not self._world.lease.held_by(name, output["epoch"]):
                self._world.wrong.append(f"{name} was told that it has the lease at epoch {output['epoch']}; it is {self._world.lease}")
            return
        came = [execution.name for execution in self._world.workflows.executions.values() if "AcquireLease" in execution.states]
        newest = max((its_age for kind, its_age in map(self._asked, came) if not kind.goes_first), default="")
        kind, its_age = self._asked(name)
        if kind.goes_first or its_age == newest:
            self._world.wrong.append(f"{name} was told {output}, and no newer push ever came")

    def _asked(self, name: str) -> tuple[Kind, str]:
        deployment = self._world.deployment(name)
        assert deployment is not None
        return deployment.kind, age(deployment.asked_at, name)


def assert_nobody_is_lost(world: World) -> None:
    """Nothing is at work and one sweep has run: whoever waits is behind somebody who is there, or behind a hold."""
    lease, waiting = world.lease, _waiting(world)
    if lease.owner and not world.workflows.executions[lease.owner].is_running:
        world.wrong.append(f"{lease.owner} has the lease, and its execution is gone")
    first = [execution.name for execution in waiting if (found := world.deployment(execution.name)) and found.kind.goes_first]
    if waiting and not lease.owner and (first or not lease.hold):
        world.wrong.append(f"{[execution.name for execution in waiting]} wait, and nobody has the lease: {lease}")


def assert_at_rest(world: World) -> None:
    """Nothing more happens by itself: every execution has ended but for pushes behind a hold, every record is closed, and what runs is known or flagged."""
    lease, queue = world.lease, list(world.outside["leases"].waiting("sample-app", world.environment))
    waiting = [execution.name for execution in _waiting(world)]
    if lease.owner or lease.changing or lease.in_flight_until:
        world.wrong.append(f"Nobody is at work, and the lease is {lease}")
    if (waiting and not lease.hold) or not set(waiting) <= set(queue):
        world.wrong.append(f"{waiting} wait, {queue} are in the queue, and the lease is {lease}")
    running = [execution.name for execution in world.workflows.executions.values() if execution.is_running]
    if unfinished := set(world.outside["deployments"].unfinished()) ^ set(running):
        world.wrong.append(f"The records of {sorted(unfinished)} say that they run, or their executions do; of the other, the end is known")
    state = world.outside["environments"].state("sample-app", world.environment)
    if not state.needs_attention and world.namespace.running != state.live:
        world.wrong.append(f"{world.namespace.running or 'nothing'} runs, and the state is {state}")
    if world.namespace.revisions and world.namespace.revisions[-1].pending and not state.needs_attention:
        world.wrong.append(f"Helm was left in the middle: {world.namespace.revisions}")


def _waiting(world: World) -> list[Execution]:
    """Whose function has done its part, and who can only be told."""
    executions = world.workflows.executions.values()
    return [found for found in executions if found.is_running and found.token and found.state == "AcquireLease" and found.call is None]
