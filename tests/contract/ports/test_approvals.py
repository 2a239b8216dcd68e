"""What steps may rely on from the place where questions to people and their votes are kept: the fake, and the adapter on moto's DynamoDB."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from slipway.domain.approval import Approval, ApprovalState, Choice, Vote, question_of
from slipway.domain.deployment import Kind
from slipway.errors import InvalidInput
from tests.contract.ports.conftest import Memory
from tests.fakes.control_plane import GOOD, NOW
from tests.fakes.memory import FakeApprovals

APP = "sample-app"
APPROVAL = Approval(
    "run-1-prod", APP, "prod", GOOD, "v1.0.0", "ada", NOW, NOW + timedelta(hours=1), asked_at=NOW - timedelta(minutes=5), contributors=("linus", "rms")
)


def audited(memory: Memory) -> list[tuple[str, str, str, Mapping[str, Any]]]:
    """Actor, action, subject and details of every entry of the audit log."""
    if isinstance(memory.approvals, FakeApprovals):
        return list(memory.approvals.audit.entries)
    values = {":audit": {"S": "AUDIT#"}}
    found = boto3.client("dynamodb").scan(TableName="slipway", FilterExpression="begins_with(pk, :audit)", ExpressionAttributeValues=values)
    return [
        (item["actor"]["S"], item["action"]["S"], item["subject"]["S"], {name: value["S"] for name, value in item["details"]["M"].items()})
        for item in found["Items"]
    ]


def test_a_question_is_asked_once_and_waits_with_its_newest_token(memory: Memory) -> None:
    assert memory.approvals.open(APPROVAL, "token-1") is None
    assert memory.approvals.open(replace(APPROVAL, version="another"), "token-2") is None
    assert memory.approvals.get(APPROVAL.identity) == APPROVAL
    assert memory.approvals.pending(APP, "prod") == APPROVAL
    assert memory.approvals.token(APPROVAL.identity) == "token-2"
    assert memory.approvals.get("nonsense") is None
    with pytest.raises(InvalidInput):
        memory.approvals.token("nonsense")


NEWER = replace(APPROVAL, identity="run-2-prod", version="v1.1.0", opened_at=NOW + timedelta(seconds=1))


def test_a_new_question_names_the_pending_one_that_it_replaces(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token-1")
    assert memory.approvals.open(NEWER, "token-2") == APPROVAL
    memory.approvals.decide(NEWER.identity, ApprovalState.REJECTED, "no")
    assert memory.approvals.open(replace(NEWER, identity="run-3-prod"), "token-3") is None


def test_an_older_question_that_is_asked_again_replaces_no_newer_one(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token-1")
    memory.approvals.open(NEWER, "token-2")
    assert memory.approvals.open(APPROVAL, "token-3") is None
    again = memory.approvals.open(NEWER, "token-4")
    assert again is not None and again.identity == APPROVAL.identity
    assert memory.approvals.pending(APP, "prod") == NEWER


def test_of_questions_asked_at_once_each_replaces_the_one_before(memory: Memory) -> None:
    asked = [replace(APPROVAL, identity=f"run-{number}-prod") for number in range(4)]
    with ThreadPoolExecutor() as pool:
        replaced = list(pool.map(lambda approval: memory.approvals.open(approval, "token"), asked))
    assert sorted(found.identity if found else "" for found in replaced)[0] == ""
    assert len({found.identity for found in replaced if found}) == 3


def test_a_question_whose_time_is_over_is_not_replaced(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token-1")
    assert memory.approvals.open(replace(NEWER, opened_at=APPROVAL.expires_at), "token-2") is None


def test_whether_the_deployment_was_told_is_remembered(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    memory.approvals.remember_told(APPROVAL.identity)
    assert memory.approvals.get(APPROVAL.identity) == replace(APPROVAL, told=True)


def test_a_person_votes_once_and_only_while_the_question_is_open(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    first, second = Vote("grace", Choice.APPROVE, "fine", NOW), Vote("ada", Choice.REJECT, "no", NOW + timedelta(seconds=1))
    assert memory.approvals.vote(APPROVAL, first) is True
    assert memory.approvals.vote(APPROVAL, replace(first, choice=Choice.REJECT)) is False
    assert memory.approvals.vote(APPROVAL, second) is True
    assert memory.approvals.votes(APPROVAL.identity) == [first, second]
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.REJECTED, "no") is True
    assert memory.approvals.vote(APPROVAL, replace(first, person="linus")) is False


def test_a_question_is_decided_once(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.APPROVED, "approved by grace") is True
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.REJECTED, "rejected by ada") is False
    assert memory.approvals.get(APPROVAL.identity) == replace(APPROVAL, state=ApprovalState.APPROVED, reason="approved by grace")
    assert memory.approvals.pending(APP, "prod") is None
    assert memory.approvals.decide(APPROVAL.identity, ApprovalState.ENDED, "aborted", since=ApprovalState.APPROVED) is True


def test_who_was_asked_is_remembered(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    assert list(memory.approvals.notified(APPROVAL.identity)) == []
    for name in ("ada", "grace"):
        memory.approvals.remember_notified(APPROVAL.identity, name)
    assert list(memory.approvals.notified(APPROVAL.identity)) == ["ada", "grace"]


def test_an_older_push_that_asks_late_is_superseded_at_once_and_takes_nobodys_place(memory: Memory) -> None:
    memory.approvals.open(NEWER, "token-2")
    late = replace(APPROVAL, asked_at=NEWER.asked_at - timedelta(seconds=1), opened_at=NEWER.opened_at + timedelta(minutes=1))
    assert memory.approvals.open(late, "token-1") is None
    assert memory.approvals.get(late.identity) == replace(late, state=ApprovalState.SUPERSEDED, reason="v1.1.0 asks already")
    assert memory.approvals.token(late.identity) == "token-1"
    assert memory.approvals.pending(APP, "prod") == NEWER
    assert memory.approvals.open(late, "token-3") is None
    assert memory.approvals.token(late.identity) == "token-3"
    assert memory.approvals.pending(APP, "prod") == NEWER


def test_an_older_push_may_ask_once_the_newer_question_is_decided(memory: Memory) -> None:
    memory.approvals.open(NEWER, "token-2")
    memory.approvals.decide(NEWER.identity, ApprovalState.REJECTED, "no")
    late = replace(APPROVAL, asked_at=NEWER.asked_at - timedelta(seconds=1))
    assert memory.approvals.open(late, "token-1") is None
    assert memory.approvals.pending(APP, "prod") == late


def test_a_question_of_a_later_round_is_another_question_of_the_same_deployment(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token-1")
    memory.approvals.decide(APPROVAL.identity, ApprovalState.APPROVED, "approved by grace")
    again = replace(APPROVAL, identity=question_of("run-1-prod", 2), round=2, kind=Kind.OVERRIDE)
    assert memory.approvals.open(again, "token-2") is None
    found = memory.approvals.pending(APP, "prod")
    assert found == again and found.identity == "run-1-prod.2" and found.deployment == "run-1-prod"
    first = memory.approvals.get(APPROVAL.identity)
    assert first is not None and first.state is ApprovalState.APPROVED and first.deployment == "run-1-prod"


def test_a_vote_and_its_audit_entry_are_there_together_or_not_at_all(memory: Memory) -> None:
    again = replace(APPROVAL, identity=question_of("run-1-prod", 2), round=2)
    memory.approvals.open(again, "token")
    assert memory.approvals.vote(again, Vote("grace", Choice.APPROVE, "fine", NOW, "sign-in"))
    assert not memory.approvals.vote(again, Vote("grace", Choice.REJECT, "no", NOW, "link"))
    entry = ("grace", "approve", "DEPLOYMENT#run-1-prod", {"reason": "fine", "way": "sign-in", "commit": GOOD, "question": "run-1-prod.2"})
    assert audited(memory) == [entry]
    assert memory.approvals.votes(again.identity) == [Vote("grace", Choice.APPROVE, "fine", NOW, "sign-in")]
    memory.approvals.decide(again.identity, ApprovalState.APPROVED, "approved by grace")
    assert not memory.approvals.vote(again, Vote("ada", Choice.REJECT, "no", NOW, "link"))
    assert audited(memory) == [entry]


def test_of_one_persons_votes_at_once_one_is_counted_and_audited(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    votes = [Vote("grace", choice, "at once", NOW, "link") for choice in (Choice.APPROVE, Choice.REJECT) * 3]
    with ThreadPoolExecutor() as pool:
        counted = list(pool.map(lambda vote: memory.approvals.vote(APPROVAL, vote), votes))
    assert counted.count(True) == 1
    assert len(audited(memory)) == 1 and len(memory.approvals.votes(APPROVAL.identity)) == 1


def test_who_was_reminded_is_remembered(memory: Memory) -> None:
    memory.approvals.open(APPROVAL, "token")
    assert list(memory.approvals.reminded(APPROVAL.identity)) == []
    for name in ("ada", "grace"):
        memory.approvals.remember_reminded(APPROVAL.identity, name)
    assert list(memory.approvals.reminded(APPROVAL.identity)) == ["ada", "grace"]
    assert list(memory.approvals.notified(APPROVAL.identity)) == []
