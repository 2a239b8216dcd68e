"""The demo's own judgement: whatever isn't as the story says makes it exit 1, with a sentence that says what."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.twin.demo_facts import (
    CRASH,
    FIRST,
    HELD,
    IMAGE_ONE,
    IMAGE_TWO,
    LOOKS,
    MAILS,
    NO,
    NOT_HELD,
    NOTHING,
    ONE,
    SECOND,
    SEEN,
    SICK,
    STEPS,
    TRAFFIC,
    TWO,
    WAITING,
    YES,
    answering,
    asked,
    deployment,
    left,
    left_in,
    question,
    with_failures,
    with_step,
)
from twin.demo.facts import Answer, FailedRequest, HelmSeen, Seen, Traffic
from twin.demo.judge import differences
from twin.demo.judge_end import explained
from twin.demo.questions import Look, Mail


def test_a_demo_that_went_by_the_story_has_no_differences() -> None:
    assert differences(SEEN) == []


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in CRASH.items() if key != name}


STEP_WRONG: dict[str, tuple[Callable[[], Seen], str]] = {
    "a good push was rolled back": (lambda: with_step(2, state="failed", deployments=(deployment("two", "rolled-back"),)), "Step 2 (step 2): should be live"),
    "a good push has no image": (lambda: with_step(2, digest=""), "(step 2): the registry has no image"),
    "a good push deployed twice": (lambda: with_step(2, deployments=(deployment("two", "live"), deployment("too", "live"))), "(step 2): should be live"),
    "the service answered with the release before": (lambda: answering(8, dev=ONE), "(step 8): dev answers with"),
    "the service doesn't answer": (lambda: answering(2, dev=NOTHING), "(step 2): dev answers with commit nothing, image nothing, not with"),
    "a crash became live": (lambda: with_step(3, state="live", deployments=(deployment("three", "live"),)), "(step 3): should be rolled-back"),
    "a crash couldn't be undone": (lambda: with_step(3, deployments=(deployment("three", "needs-attention"),)), "(step 3): should be rolled-back"),
    "a crash was never closed": (lambda: with_step(3, state="running"), "(step 3): should be rolled-back"),
    "the timeline lacks the exit code": (
        lambda: with_step(3, deployments=(deployment("three", "rolled-back", **without("exit_code")),)),
        "(step 3): the timeline's exit_code is 'missing'",
    ),
    "the timeline lacks the reason": (
        lambda: with_step(3, deployments=(deployment("three", "rolled-back", **without("reason")),)),
        "(step 3): the timeline's reason is 'missing'",
    ),
    "the timeline has another log": (
        lambda: with_step(3, deployments=(deployment("three", "rolled-back", **{**CRASH, "log": "hello"}),)),
        "(step 3): the timeline's log is 'hello'",
    ),
    "the bad commit still answers": (lambda: answering(4, dev=Answer(SICK, IMAGE_ONE)), "(step 4): dev answers with"),
    "what the gate refused was deployed": (lambda: with_step(5, deployments=(deployment("five", "live"),)), "(step 5): should be refused"),
    "the refusal doesn't show the tool's output": (lambda: with_step(5, reason="no"), "(step 5): the reason doesn't show 'test_it'"),
    "a refused run counts as failed": (lambda: with_step(5, state="failed"), "(step 5): should be refused, but it is failed"),
    "a promotion was built again": (lambda: with_step(6, builds=1), "(step 6): 1 builds were started, not 0."),
    "a push wasn't built": (lambda: with_step(8, builds=0), "(step 8): 0 builds were started, not 1."),
    "a promotion runs other bytes": (lambda: answering(6, stage=Answer(FIRST, IMAGE_TWO)), "(step 6): stage answers with"),
    "the image of a commit was replaced": (lambda: with_step(7, digest=IMAGE_TWO), f"(step 7): the image of commit {FIRST[:12]} was {IMAGE_ONE}"),
    "the image of a commit is gone": (lambda: with_step(13, digest=""), "is gone now."),
    "a step for dev changed prod": (lambda: answering(8, prod=TWO), "(step 8): prod answers with"),
    "a step for prod deployed to stage": (lambda: with_step(7, deployments=(deployment("seven", "live", "stage"),)), "stage was changed, not only prod"),
    "nobody saw how prod answers": (lambda: with_step(8, answers={"dev": TWO, "stage": ONE}), "(step 8): prod answers with commit nothing"),
    "a release that never ran in stage was let in": (lambda: with_step(12, state="live", reason=""), "(step 12): should be refused"),
    "the refusal doesn't name stage": (lambda: with_step(12, reason="no"), "(step 12): the reason doesn't show 'healthy in stage'"),
    "a refused release was built": (lambda: with_step(12, builds=1), "(step 12): 1 builds were started"),
    "a refused release got into prod": (lambda: answering(12, prod=TWO), "(step 12): prod answers with"),
    "the rollback failed": (lambda: with_step(11, state="InvalidInput", deployments=()), "(step 11): should be restored, but it is InvalidInput"),
    "the rollback went elsewhere": (lambda: answering(11, prod=TWO), "(step 11): prod answers with"),
    "the rollback runs other bytes": (lambda: answering(11, prod=Answer(FIRST, IMAGE_TWO)), "(step 11): prod answers with"),
    "the rollback doesn't hold": (lambda: with_step(11, holds=NOT_HELD), "(step 11): prod isn't held."),
    "the hold got lost by itself": (lambda: with_step(12, holds=NOT_HELD), "(step 12): prod isn't held."),
    "a push holds": (lambda: with_step(7, holds=HELD), "(step 7): prod is held: an operator"),
    "the hold wasn't ended": (lambda: with_step(14, holds=HELD), "(step 14): prod is held: an operator"),
    "the command failed": (lambda: with_step(14, state="exit status 1"), "(step 14): should be resumed, but it is exit status 1"),
    "the rejected release is live": (lambda: with_step(13, state="live", deployments=(deployment("thirteen", "live", "prod"),)), "should be rejected"),
    "the rejected release answers": (lambda: answering(13, prod=TWO), "(step 13): prod answers with"),
    "the rejection's reason is lost": (lambda: with_step(13, reason="rejected"), "(step 13): the reason doesn't show 'not today'"),
}

QUESTION_WRONG: dict[str, tuple[Callable[[], Seen], str]] = {
    "nobody was asked": (lambda: with_step(7, question=None), "(step 7): grace wasn't asked."),
    "somebody was asked about dev": (lambda: with_step(8, question=question(YES, "approved")), "(step 8): somebody was asked."),
    "nobody got a mail": (lambda: asked(7, mails=()), "(step 7): mails went to nobody"),
    "who pushed was asked too": (
        lambda: asked(
            7,
            mails=(*MAILS, Mail(("ada@example.com",), "?", "")),
        ),
        "mails went to ['ada@example.com', 'grace@example.com']",
    ),
    "grace was asked twice": (lambda: asked(7, mails=MAILS * 2), "(step 7): mails went to ['grace@example.com', 'grace@example.com']"),
    "the page wasn't there": (lambda: asked(7, looks=(Look("GET", 404), *LOOKS[1:])), "(step 7): GET of the page was answered with 404."),
    "HEAD isn't answered": (lambda: asked(7, looks=(*LOOKS[:3], Look("HEAD", 405))), "(step 7): HEAD of the page was answered with 405."),
    "the page was opened only once": (lambda: asked(7, looks=LOOKS[:2]), "(step 7): the page was opened by ['GET', 'HEAD'], not twice"),
    "opening the page voted": (
        lambda: asked(7, after=replace(WAITING, items={**WAITING.items, "APPROVAL#x VOTE#grace": "{}"})),
        "(step 7): opening the page changed the item APPROVAL#x VOTE#grace.",
    ),
    "opening the page wrote something down": (
        lambda: asked(7, after=replace(WAITING, items={**WAITING.items, "APPROVAL#x META": '{"opened": true}'})),
        "(step 7): opening the page changed the item APPROVAL#x META.",
    ),
    "opening the page let the deployment go on": (
        lambda: asked(7, after=replace(WAITING, state="AcquireLease")),
        "(step 7): opening the page changed the deployment, from RUNNING in AwaitApproval to RUNNING in AcquireLease.",
    ),
    "opening the page ended the deployment": (lambda: asked(7, after=replace(WAITING, status="FAILED")), "to FAILED in AwaitApproval."),
    "the deployment didn't wait": (
        lambda: asked(7, before=replace(WAITING, state="Apply"), after=replace(WAITING, state="Apply")),
        "(step 7): the deployment didn't wait for an approval: it was RUNNING in Apply.",
    ),
    "the vote wasn't taken": (lambda: asked(7, page_status=409, message="Too late."), "(step 7): the vote was answered with 409: Too late."),
    "the page has no buttons": (lambda: asked(7, page_status=0, message="no button"), "(step 7): the vote was answered with nothing: no button"),
    "the approval is still pending": (lambda: asked(7, state="pending"), "(step 7): the approval is pending, not approved."),
    "the rejection was taken for an approval": (lambda: asked(13, state="approved"), "(step 13): the approval is approved, not rejected."),
    "no vote is on record": (lambda: asked(7, votes=()), "(step 7): the votes are [], not only grace's approve"),
    "somebody else's vote is on record": (lambda: asked(7, votes=(replace(YES, person="ada", address=""),)), "(step 7): the votes are ['ada: approve ()']"),
    "the reason isn't on record": (lambda: asked(13, votes=(replace(NO, reason=""),)), "not only grace's reject (not today)."),
}

END_WRONG: dict[str, tuple[Callable[[], Seen], str]] = {
    "the service ends at another digest": (lambda: left_in("dev", answer=Answer(SECOND, IMAGE_ONE)), "dev ends at"),
    "the service ends at another commit": (lambda: left_in("prod", answer=Answer(SECOND, IMAGE_ONE)), "prod ends at"),
    "the service doesn't answer at the end": (lambda: left_in("stage", answer=NOTHING), "stage ends at commit nothing"),
    "a pod runs another digest": (lambda: left_in("dev", pods=frozenset({IMAGE_ONE, IMAGE_TWO})), "The pods of dev run"),
    "no pod is there": (lambda: left_in("prod", pods=frozenset()), "The pods of prod run nothing"),
    "Slipway records another commit": (lambda: left_in("prod", recorded=SECOND), f"Slipway's record says that {SECOND} is live in prod"),
    "Slipway records nothing": (lambda: left_in("prod", recorded=""), "Slipway's record says that nothing is live in prod"),
    "Helm's newest revision has failed": (lambda: left_in("dev", helm=HelmSeen({1: "deployed", 2: "failed"}, IMAGE_TWO)), "Helm's history of dev disagrees"),
    "Helm was left in the middle": (
        lambda: left_in("stage", helm=HelmSeen({1: "superseded", 2: "pending-upgrade"}, IMAGE_TWO)),
        "Helm's history of stage disagrees",
    ),
    "Helm has no history": (lambda: left_in("prod", helm=HelmSeen({}, "")), "Helm's history of prod disagrees"),
    "Helm's values have another digest": (lambda: left_in("prod", helm=HelmSeen({1: "deployed"}, IMAGE_TWO)), "its newest revision has sha256:2"),
    "nobody looked at the end": (lambda: replace(SEEN, aftermath=None), "Nobody looked at what was left at the end."),
    "nobody looked at stage at the end": (lambda: left(environments=()), "Nobody looked at what was left in stage."),
    "a lease is held": (lambda: left(leases=("ENV#web#dev by run-7",)), "A lease is still held: ENV#web#dev by run-7."),
    "an execution is running": (lambda: left(executions=("slipway-deploy run-7-dev",)), "An execution is still running: slipway-deploy run-7-dev."),
    "an approval is pending": (lambda: left(approvals=("APPROVAL#run-7-prod",)), "An approval is still pending: APPROVAL#run-7-prod."),
    "the story broke off": (lambda: replace(SEEN, steps=STEPS[:2], broken_off="It took too long."), "It took too long."),
    "a step is missing": (lambda: replace(SEEN, steps=STEPS[:-1]), f"Only {len(STEPS) - 1} of {len(STEPS)} steps"),
    "a request failed where nothing explains it": (
        lambda: with_failures("dev", FailedRequest("dev", 303.0, "500")),
        "failed without an explanation: 500, 3.0 s after the beginning of step 3 (step 3)",
    ),
    "a request failed in another way than the fault's": (lambda: with_failures("dev", FailedRequest("dev", 405.0, "503")), "without an explanation: 503"),
    "a request to prod failed": (lambda: with_failures("prod", FailedRequest("prod", 1105.0, "503")), "A request to prod failed without an explanation"),
    "a request to stage failed while dev answered 500": (lambda: with_failures("stage", FailedRequest("stage", 405.0, "500")), "A request to stage failed"),
    "a request failed before the first step": (lambda: with_failures("dev", FailedRequest("dev", 1.0, "ClientError")), "before the first step"),
    "the fault was never seen by a user": (
        lambda: replace(SEEN, traffic=(replace(TRAFFIC[0], failures=()), *TRAFFIC[1:])),
        "Step 4 (step 4): no request to dev failed",
    ),
    "nobody sent requests": (lambda: replace(SEEN, traffic=()), "No client sent requests to dev."),
    "nobody sent requests to prod": (lambda: replace(SEEN, traffic=TRAFFIC[:2]), "No client sent requests to prod."),
    "too few requests were sent": (lambda: replace(SEEN, traffic=(*TRAFFIC[:2], Traffic("prod", 130, 100, 10))), "10.0 requests/s to prod; 20 were promised"),
}
WRONG = {**STEP_WRONG, **QUESTION_WRONG, **END_WRONG}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_told_when(name: str) -> None:
    seen, sentence = WRONG[name]
    found = differences(seen())
    assert any(sentence in difference for difference in found), found


def test_many_unexplained_failures_are_summed_up() -> None:
    found = differences(with_failures("dev", *(FailedRequest("dev", 300.0 + number / 10, "TimeoutError") for number in range(50))))
    assert len(found) == 4
    assert found[-1] == "47 more requests to dev failed without an explanation."


@pytest.mark.parametrize(("at", "is_explained"), [(400.9, False), (401.0, True), (409.0, True), (409.1, False)])
def test_a_failure_is_explained_only_while_the_bad_release_is_there(at: float, is_explained: bool) -> None:
    assert explained(FailedRequest("dev", at, "500"), STEPS) is is_explained
