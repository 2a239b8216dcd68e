"""What AWS does to everything at any moment: lets calls take their turns, kills them, doesn't answer, loses events, and time passes."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from slipway.domain.deployment import Kind
from tests.fakes.control_plane import NOW
from tests.property.lease_properties import NewestFirst, OneOwner, assert_at_rest, assert_nobody_is_lost
from tests.property.scheduling import TO_ITS_END
from tests.property.world import World

ANY = st.integers(0, 7)
"""One of those that are there, counted round."""


class Trouble(StrEnum):
    KILLED = "a call is killed, and tried again"
    KILLED_FOR_GOOD = "a call is killed, and all attempts are used up"
    NO_ANSWER = "a call finds nobody who answers"
    ABORTED = "somebody aborts an execution"
    ABORTED_AND_REPAIRED = "somebody aborts an execution, and Repair hears of it at once"
    EVENT = "an event tells of an execution that has ended"
    SWEEP = "a sweep begins"
    TIME = "more time passes than any call lives, or more than anybody waits"


class Machine(RuleBasedStateMachine):
    """Each rule is something that somebody, or AWS, may do at any moment. The subclasses add what people do."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = ExitStack()
        self.world = self.make_world()
        self._closing.enter_context(self.world.watched())
        self.world.make_live()
        self.world.properties = [OneOwner(self.world), NewestFirst(self.world)]
        self.numbers = count(1)

    def make_world(self) -> World:
        raise NotImplementedError

    def is_quiet(self, most: int) -> bool:
        """Whether another deployment would meet fewer than so many."""
        return sum(execution.is_running for execution in self.world.workflows.executions.values()) < most

    def begin(self, name: str, kind: Kind, commit: str, asked_at: datetime, pusher: str = "linus-t") -> None:
        """A deployment, with its plan made: that touches nobody."""
        self.world.deploy(name, kind, commit, asked_at, pusher)
        self.world.go(self.world.at_work[-1])

    def asked_at(self, number: int, age: int) -> datetime:
        """Of the deployment of that number, which may have been overtaken by others on its way."""
        return NOW + timedelta(seconds=10 * number - 8 * age)

    @precondition(lambda self: self.world.at_work)
    @rule(which=ANY, calls=st.integers(1, 12))
    def go(self, which: int, calls: int) -> None:
        at_work = self.world.at_work
        self.world.go(at_work[which % len(at_work)], calls)

    @precondition(lambda self: self.world.at_work)
    @rule(which=ANY)
    def go_to_the_end(self, which: int) -> None:
        self.go(which, TO_ITS_END)

    @rule(what=st.sampled_from(Trouble), which=st.one_of(st.just(0), ANY))
    def there_is_trouble(self, what: Trouble, which: int) -> None:
        """One rule, so that it doesn't drown what should happen."""
        at_work, executions = self.world.at_work, list(self.world.workflows.executions.values())
        owner = self.world.lease.owner
        running = sorted((execution for execution in executions if execution.is_running), key=lambda execution: execution.name != owner)
        ended = [execution for execution in executions if not execution.is_running]
        match what:
            case Trouble.KILLED | Trouble.KILLED_FOR_GOOD if at_work:
                self.world.kill(at_work[which % len(at_work)], again=what is Trouble.KILLED)
            case Trouble.NO_ANSWER if at_work:
                at_work[which % len(at_work)].unlucky = True
            case Trouble.ABORTED if running:
                running[which % len(running)].abort()
            case Trouble.ABORTED_AND_REPAIRED if running:
                running[which % len(running)].abort()
                self.world.go(self.world.start("repair", {"execution": running[which % len(running)].arn, "status": "ABORTED"}))
            case Trouble.EVENT if ended:
                self.world.start("repair", {"execution": ended[which % len(ended)].arn, "status": "ABORTED"})
            case Trouble.SWEEP:
                self.world.start("sweep", {})
            case Trouble.TIME:
                self.world.pass_time(timedelta(minutes=6) if which % 4 else timedelta(hours=25))

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert not self.world.wrong, "\n".join(self.world.wrong)

    def teardown(self) -> None:
        """Come to rest, with all events lost: two sweeps put everything right."""
        with self._closing:
            if self.world.wrong:
                return
            self.world.finish()
            self.world.pass_time(timedelta(minutes=6))
            self.world.finish()
            self.world.sweep()
            assert_nobody_is_lost(self.world)
            self.world.finish()
            self.world.sweep()
            self.world.finish()
            self.assert_at_rest()
            self.nothing_is_wrong()

    def assert_at_rest(self) -> None:
        assert_at_rest(self.world)
