"""Pushes to an environment where two of three people must agree, who vote at the same time while the rules change under them."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from slipway.domain.deployment import Kind
from tests.property.decision_properties import OnlyTheRightPeopleDecide
from tests.property.machine import ANY, Machine
from tests.property.scheduling import TO_ITS_END
from tests.property.world import World

PEOPLE = ("ada", "grace", "linus")
VOTES = st.tuples(st.sampled_from(PEOPLE), st.sampled_from([True, True, False]), st.sampled_from(["", "because"]))
CALLS = st.sampled_from([6, 7, 8, 11, TO_ITS_END])
"""Of ports: a vote is written by the sixth, all votes are read by the seventh, the decision is stored by the eighth and told by the eleventh."""


class VoteMachine(Machine):
    def __init__(self) -> None:
        super().__init__()
        self.world.plane.configurations.change_target("prod", ran_in="")
        self.world.plane.configurations.change_approval("prod", approvers=PEOPLE, required=2)
        self.decisions = OnlyTheRightPeopleDecide(self.world)
        self.world.properties.append(self.decisions)

    def make_world(self) -> World:
        return World("prod", staged=("configurations", "mails"))

    @initialize(pusher=st.sampled_from(["ada", "nobody"]))
    def somebody_pushes(self, pusher: str) -> None:
        self.push(0, pusher)
        self.go_to_the_end(-1)

    @precondition(lambda self: self.is_quiet(3))
    @rule(age=ANY, pusher=st.sampled_from(["ada", "grace", "nobody"]))
    def push(self, age: int, pusher: str) -> None:
        number = next(self.numbers)
        self.begin(f"push-{number}", Kind.RELEASE, f"{number:040x}", self.asked_at(number, age), pusher)

    @rule(which=st.integers(0, 2), votes=st.lists(VOTES, min_size=1, max_size=3), calls=CALLS)
    def people_vote(self, which: int, votes: list[tuple[str, bool, str]], calls: int) -> None:
        """About one of the newest questions; each function makes so many calls before the next person comes."""
        asked = [execution.name for execution in self.world.workflows.executions.values() if "AwaitApproval" in execution.states]
        for person, approves, reason in votes if asked else ():
            request = {"approval": asked[-1 - which % len(asked)], "person": person, "choice": "approve" if approves else "reject", "reason": reason}
            self.world.go(self.world.start("vote", request), calls)

    @rule(approvers=st.sets(st.sampled_from(PEOPLE), min_size=1), required=st.integers(1, 2), self_approval=st.booleans())
    def the_rules_change(self, approvers: set[str], required: int, self_approval: bool) -> None:
        names = tuple(sorted(approvers))
        self.world.plane.configurations.change_approval("prod", approvers=names, required=min(required, len(names)), self_approval=self_approval)

    def assert_at_rest(self) -> None:
        super().assert_at_rest()
        self.decisions.assert_at_rest()
