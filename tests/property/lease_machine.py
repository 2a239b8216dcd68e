"""Pushes, rollbacks and people who end holds, in an environment that asks nobody."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from slipway.domain.deployment import Kind
from tests.fakes.control_plane import GOOD
from tests.property.machine import ANY, Machine
from tests.property.world import APP, World


class LeaseMachine(Machine):
    def make_world(self) -> World:
        return World("dev")

    @initialize(age=ANY)
    def somebody_pushes(self, age: int) -> None:
        self.push(age, "good")

    @precondition(lambda self: self.is_quiet(5))
    @rule(age=ANY, behaviour=st.sampled_from(["good", "good", "crash"]))
    def push(self, age: int, behaviour: str) -> None:
        number = next(self.numbers)
        commit = f"{number:040x}"
        self.world.namespace.behaviour[commit] = behaviour
        self.begin(f"push-{number}", Kind.RELEASE, commit, self.asked_at(number, age))

    @precondition(lambda self: self.is_quiet(4))
    @rule()
    def roll_back(self) -> None:
        self.begin(f"rollback-{next(self.numbers)}", Kind.ROLLBACK, GOOD, self.world.now)

    @precondition(lambda self: self.world.lease.hold)
    @rule()
    def somebody_resumes(self) -> None:
        self.world.start("resume", {"service": APP, "environment": self.world.environment, "actor": "ada"})
