"""What must hold of questions, votes and decisions."""

from typing import Any

from slipway.domain.approval import Approval, ApprovalState, Choice, Vote
from slipway.domain.environment import ApprovalRule, Configuration
from tests.property.scheduling import Call
from tests.property.world import APP, World

WRITES = ("open", "vote", "decide")
DECIDED_BY_PEOPLE = (ApprovalState.APPROVED, ApprovalState.REJECTED)


class OnlyTheRightPeopleDecide:
    """Never a decision without quorum.

    An approval has `required` votes for it, each of another person who is an approver and doesn't decide about their own push, by slipway.yaml as the
    call that decides has read it. A rejection has a reason. A person votes once, and a vote stays. A decision never changes. Who waits is told what is
    stored. Whoever is superseded is so by a push that isn't older.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._questions: dict[str, Approval] = {}
        self._votes: dict[str, dict[str, Vote]] = {}
        self._read: dict[Call, Configuration] = {}

    def saw(self, call: Call, port: str, method: str, arguments: tuple[Any, ...], result: Any) -> None:
        match port, method:
            case "configurations", "read":
                self._read[call] = result
            case "approvals", "open":
                self._questions.setdefault(arguments[0].identity, arguments[0])
            case "approvals", "vote" if result:
                self._has_voted(call, *arguments)
            case "workflows", "succeed" if result and "decision" in arguments[1]:
                self._was_told(*arguments)
        if port == "approvals" and method in WRITES:
            for identity in self._questions:
                self._follows(call, identity)

    def call_ended(self, call: Call) -> None:
        self._read.pop(call, None)

    def assert_at_rest(self) -> None:
        """Who waits for people waits for an answer that is still to be given."""
        for execution in self._world.workflows.executions.values():
            if execution.is_running and execution.state == "AwaitApproval":
                asked = [found for found in self._stored() if found.deployment == execution.name]
                if not asked or asked[-1].state is not ApprovalState.PENDING:
                    self._world.wrong.append(f"{execution.name} waits for people, and the question is {asked}")

    def _stored(self) -> list[Approval]:
        return [found for identity in self._questions if (found := self._world.outside["approvals"].get(identity)) is not None]

    def _follows(self, call: Call, identity: str) -> None:
        before, now = self._questions[identity], self._world.outside["approvals"].get(identity)
        votes = list(self._world.outside["approvals"].votes(identity))
        known = self._votes.setdefault(identity, {})
        if len(votes) != len({vote.person for vote in votes}) or any(vote not in votes for vote in known.values()):
            self._world.wrong.append(f"{identity}: after {list(known.values())} the votes are {votes}")
        known.update({vote.person: vote for vote in votes})
        self._questions[identity] = now
        if (now.state, now.reason) == (before.state, before.reason):
            return
        if before.state is not ApprovalState.PENDING:
            self._world.wrong.append(f"{identity} was {before.state} and is {now.state}")
        elif now.state in DECIDED_BY_PEOPLE:
            self._is_decided(call, now, votes)
        elif now.state is ApprovalState.SUPERSEDED:
            others = [found for found in self._stored() if found.identity != identity and found.asked_at >= now.asked_at]
            if not others:
                self._world.wrong.append(f"{identity} is superseded, and nobody asks about a newer push")

    def _is_decided(self, call: Call, approval: Approval, votes: list[Vote]) -> None:
        if approval.state is ApprovalState.REJECTED:
            if not any(vote.choice is Choice.REJECT and vote.reason and vote.reason in approval.reason for vote in votes):
                self._world.wrong.append(f"{approval.identity} is rejected without a reason: {approval.reason}")
            return
        rule = self._rule(call)
        count = {vote.person for vote in votes if vote.choice is Choice.APPROVE and self._may_decide(call, approval, vote.person)}
        if len(count) < rule.required:
            self._world.wrong.append(f"{approval.identity} is approved by {sorted(count)}, and {rule} of {votes}")

    def _has_voted(self, call: Call, approval: Approval, vote: Vote) -> None:
        if not self._may_decide(call, approval, vote.person) or (vote.choice is Choice.REJECT and not vote.reason):
            self._world.wrong.append(f"The vote {vote} counts about what {approval.pusher} pushed, by {self._rule(call)}")

    def _may_decide(self, call: Call, approval: Approval, person: str) -> bool:
        known, rule = self._read[call].people.get(person), self._rule(call)
        return known is not None and person in rule.approvers and (rule.self_approval or not known.github or known.github != approval.pusher)

    def _rule(self, call: Call) -> ApprovalRule:
        rule = self._read[call].services[APP].targets[self._world.environment].approval
        assert rule is not None
        return rule

    def _was_told(self, token: str, output: dict[str, Any]) -> None:
        approvals = self._world.outside["approvals"]
        asked = next((found for found in self._stored() if approvals.token(found.identity) == token), None)
        if asked is None or output != {"decision": asked.state, "reason": asked.reason} or asked.state in (ApprovalState.PENDING, ApprovalState.ENDED):
            self._world.wrong.append(f"{token} was answered {output}, and the question is {asked}")
