"""What happens when votes, a newer question, retries and aborted executions come at the same time. The table decides; the deployment hears it once."""

from collections.abc import Callable
from typing import Any

import pytest

from slipway.domain.approval import Approval, ApprovalState, Choice, Vote
from slipway.domain.deployment import Deployment
from slipway.domain.plan import PlanDocument
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.steps.vote import Voted, VoteRequest, vote
from tests.fakes.control_plane import GOOD, NOW, ControlPlane
from tests.fakes.memory import FakeApprovals
from tests.fakes.world import FakeWorkflows

ASKED = "to-prod"


@pytest.fixture
def plane() -> ControlPlane:
    """People are asked about v1.0.0, pushed by linus, so that ada and grace may decide."""
    plane = ControlPlane()
    plan = PlanDocument("", "", "v1.0.0", GOOD, "sha256:1", "nothing changes", "")
    for identity in (ASKED, "newer"):
        plane.deployments.open(Deployment(identity, "run", "sample-app", "prod", GOOD, f"arn:{identity}", version="v1.0.0", pusher="linus"), NOW)
        plane.plans.save(identity, plan)
    ask(plane, ASKED, "token-1")
    return plane


def workflows_of(plane: ControlPlane) -> FakeWorkflows:
    """Step Functions, as the plane sees it."""
    assert isinstance(plane.workflows, FakeWorkflows)
    return plane.workflows


def ask(plane: ControlPlane, identity: str, token: str) -> None:
    plane.run_step("await_approval", {"deployment": identity, "token": token})


def cast(plane: ControlPlane, person: str, choice: Choice = Choice.APPROVE, reason: str = "", approval: str = ASKED) -> Voted:
    ports: dict[str, Any] = {name: getattr(plane, name) for name in ("configurations", "deployments", "approvals", "workflows", "timeline")}
    return vote(VoteRequest(approval, person, choice, reason), **ports, now=plane.clock())


def meanwhile(plane: ControlPlane, happens: Callable[[], object]) -> None:
    """Right after the next vote is written, and before it is counted."""

    class Interrupted(FakeApprovals):
        def vote(self, approval: Approval, vote: Vote) -> bool:
            written = super().vote(approval, vote)
            plane.approvals.__class__ = FakeApprovals
            happens()
            return written

    plane.approvals.__class__ = Interrupted


def told(plane: ControlPlane) -> dict[str, str]:
    return {token: str(answer["decision"]) for token, answer in workflows_of(plane).answers.items()}


def test_a_newer_question_that_comes_between_a_vote_and_its_count_wins(plane: ControlPlane) -> None:
    meanwhile(plane, lambda: ask(plane, "newer", "token-2"))

    voted = cast(plane, "grace")

    assert voted.state is ApprovalState.SUPERSEDED
    assert told(plane) == {"token-1": "superseded"}


def test_of_two_opposite_votes_at_once_the_stored_one_is_told(plane: ControlPlane) -> None:
    meanwhile(plane, lambda: cast(plane, "ada", Choice.REJECT, "no"))

    voted = cast(plane, "grace")

    assert told(plane) == {"token-1": "rejected"}
    assert voted.state is ApprovalState.REJECTED
    assert plane.approvals.approvals[ASKED].state is ApprovalState.REJECTED


def test_a_second_click_while_the_first_is_under_way_spoils_nothing(plane: ControlPlane) -> None:
    meanwhile(plane, lambda: cast(plane, "grace"))

    voted = cast(plane, "grace")

    assert (voted.counted, voted.state) == (True, ApprovalState.APPROVED)
    assert told(plane) == {"token-1": "approved"}
    assert "it goes on" in voted.message


def test_a_vote_between_two_attempts_to_ask_is_told_to_the_second(plane: ControlPlane) -> None:
    workflows_of(plane).gone.add("token-1")
    assert cast(plane, "grace").state is ApprovalState.APPROVED

    ask(plane, ASKED, "token-2")

    assert told(plane) == {"token-2": "approved"}
    assert len(plane.mails.asked) == 2, "nobody is asked again"


def test_an_older_question_that_is_asked_again_leaves_the_newer_one_alone(plane: ControlPlane) -> None:
    ask(plane, "newer", "token-2")

    ask(plane, ASKED, "token-3")

    assert plane.approvals.approvals["newer"].state is ApprovalState.PENDING
    assert told(plane) == {"token-1": "superseded", "token-3": "superseded"}


def test_a_decision_that_could_not_be_told_is_told_by_the_next_who_looks(plane: ControlPlane) -> None:
    workflows_of(plane).unreachable = True
    with pytest.raises(TemporarilyUnavailable):
        cast(plane, "grace")
    workflows_of(plane).unreachable = False

    voted = cast(plane, "ada", Choice.REJECT, "too late")

    assert (voted.counted, voted.state) == (False, ApprovalState.APPROVED)
    assert told(plane) == {"token-1": "approved"}


def test_the_first_of_two_votes_about_an_aborted_deployment_says_that_it_has_ended(plane: ControlPlane) -> None:
    plane.configurations.change_approval("prod", required=2)
    workflows_of(plane).ended.add(f"arn:{ASKED}")

    voted = cast(plane, "grace")

    assert (voted.counted, voted.state) == (False, ApprovalState.ENDED)
    assert plane.approvals.votes(ASKED) == []


def test_votes_of_who_is_no_approver_any_more_do_not_count(plane: ControlPlane) -> None:
    plane.configurations.change_approval("prod", required=2)
    cast(plane, "grace")
    plane.configurations.change_approval("prod", approvers=("ada", "linus"))

    assert cast(plane, "ada").state is ApprovalState.PENDING


def test_an_approval_that_never_was_is_invalid_input(plane: ControlPlane) -> None:
    with pytest.raises(InvalidInput, match="no approval nonsense"):
        cast(plane, "grace", approval="nonsense")


def test_an_approval_shows_no_token() -> None:
    assert not [name for name in Approval.__dataclass_fields__ if "token" in name]
