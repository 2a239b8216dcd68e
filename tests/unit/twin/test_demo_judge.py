"""The demo's own judgement: whatever isn't as the story says makes it exit 1, with a sentence that says what."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from twin.demo.facts import Aftermath, Answer, DeploymentSeen, Durations, Ending, Expectation, FailedRequest, HelmSeen, Seen, StepSeen, Traffic
from twin.demo.judge import differences, explained

GOOD, BAD, SICK, UGLY = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
DIGEST = "sha256:" + "1" * 64
SERVED = Answer(GOOD, DIGEST)


def deployment(identity: str, outcome: str, opened_at: float = 0.0, closed_at: float = 0.0, **evidence: str) -> DeploymentSeen:
    return DeploymentSeen(identity, "dev", outcome, "because", opened_at, closed_at, evidence)


def step(number: int, expected: Expectation, commit: str, run_state: str, *deployments: DeploymentSeen, reason: str = "", digest: str = DIGEST) -> StepSeen:
    return StepSeen(number, "a push", expected, commit, "run", run_state, reason, digest, number * 100.0, number * 100.0 + 10, deployments, Durations(), SERVED)


LIVE = step(2, Expectation(Ending.LIVE), GOOD, "live", deployment("two", "live", 201, 209))
CRASHED = step(
    3,
    Expectation(Ending.ROLLED_BACK, {"pod": "web-", "reason": "", "exit_code": "3", "log": "giving up"}),
    BAD,
    "failed",
    deployment("three", "rolled-back", 301, 309, pod="web-1", reason="Error", exit_code="3", log="giving up\n"),
    digest="sha256:" + "2" * 64,
)
ANSWERED_500 = step(
    4,
    Expectation(Ending.ROLLED_BACK, {"fault": "500"}, fails_requests=True),
    SICK,
    "failed",
    deployment("four", "rolled-back", 401, 409, fault="status 500"),
    digest="sha256:" + "3" * 64,
)
REFUSED = step(5, Expectation(Ending.REFUSED, words="test_it"), UGLY, "failed", reason="pytest: FAILED test_it", digest="")
AFTERMATH = Aftermath("dev", SERVED, GOOD, frozenset({DIGEST}), HelmSeen({1: "superseded", 2: "failed", 3: "deployed"}, DIGEST), (), ())
EXPLAINED = FailedRequest("dev", 405.0, "500")
SEEN = Seen(4, (LIVE, CRASHED, ANSWERED_500, REFUSED), (Traffic("dev", 1030, 1000, 40, (EXPLAINED,)),), AFTERMATH)


def with_step(number: int, **changes: object) -> Seen:
    return replace(SEEN, steps=tuple(replace(each, **changes) if each.number == number else each for each in SEEN.steps))


def with_aftermath(**changes: object) -> Seen:
    return replace(SEEN, aftermath=replace(AFTERMATH, **changes))


def with_failures(*failures: FailedRequest) -> Seen:
    return replace(SEEN, traffic=(Traffic("dev", 1030, 1000, 40, (EXPLAINED, *failures)),))


def test_a_demo_that_went_by_the_story_has_no_differences() -> None:
    assert differences(SEEN) == []


WRONG: dict[str, tuple[Callable[[], Seen], str]] = {
    "the service ends at another digest": (lambda: with_aftermath(answer=Answer(GOOD, "sha256:other")), "dev ends at"),
    "the service ends at another commit": (lambda: with_aftermath(answer=Answer(BAD, DIGEST)), "dev ends at"),
    "the service doesn't answer at the end": (lambda: with_aftermath(answer=Answer()), "dev ends at commit nothing"),
    "a pod runs another digest": (lambda: with_aftermath(pods=frozenset({DIGEST, "sha256:other"})), "The pods of dev run"),
    "no pod is there": (lambda: with_aftermath(pods=frozenset()), "The pods of dev run nothing"),
    "Slipway records another commit": (lambda: with_aftermath(recorded=BAD), "Slipway's record"),
    "a lease is held": (lambda: with_aftermath(leases=("ENV#web#dev by run-7",)), "A lease is still held: ENV#web#dev by run-7."),
    "an execution is running": (lambda: with_aftermath(executions=("slipway-deploy run-7-dev",)), "An execution is still running"),
    "Helm's newest revision has failed": (lambda: with_aftermath(helm=HelmSeen({1: "deployed", 2: "failed"}, DIGEST)), "Helm's history disagrees"),
    "Helm was left in the middle": (lambda: with_aftermath(helm=HelmSeen({1: "superseded", 2: "pending-upgrade"}, DIGEST)), "Helm's history disagrees"),
    "Helm has no history": (lambda: with_aftermath(helm=HelmSeen({}, "")), "Helm's history disagrees"),
    "Helm's values have another digest": (lambda: with_aftermath(helm=HelmSeen({1: "deployed"}, "sha256:other")), "Helm's history disagrees"),
    "nobody looked at the end": (lambda: replace(SEEN, aftermath=None), "Nobody looked"),
    "the story broke off": (lambda: replace(SEEN, steps=SEEN.steps[:2], broken_off="It took too long."), "It took too long."),
    "a push is missing": (lambda: replace(SEEN, steps=SEEN.steps[:3]), "Only 3 of 4 pushes"),
    "a good push was rolled back": (lambda: with_step(2, run_state="failed", deployments=(deployment("two", "rolled-back"),)), "Step 2: should be live"),
    "a good push has no image": (lambda: with_step(2, digest=""), "Step 2: the registry has no image"),
    "the service answered with the release before": (lambda: with_step(2, answer=Answer(BAD, DIGEST)), "Step 2: the service answers with"),
    "a crash became live": (lambda: with_step(3, run_state="live", deployments=(deployment("three", "live"),)), "Step 3: should be rolled back"),
    "a crash couldn't be undone": (lambda: with_step(3, deployments=(deployment("three", "needs-attention"),)), "Step 3: should be rolled back"),
    "a crash was never closed": (lambda: with_step(3, run_state="running"), "Step 3: should be rolled back"),
    "the timeline lacks the exit code": (
        lambda: with_step(3, deployments=(deployment("three", "rolled-back", pod="web-1", reason="Error", log="giving up"),)),
        "Step 3: the timeline's exit_code is 'missing'",
    ),
    "the timeline lacks the reason": (
        lambda: with_step(3, deployments=(deployment("three", "rolled-back", pod="web-1", exit_code="3", log="giving up"),)),
        "Step 3: the timeline's reason is 'missing'",
    ),
    "the timeline has another log": (
        lambda: with_step(3, deployments=(deployment("three", "rolled-back", pod="web-1", reason="Error", exit_code="3", log="hello"),)),
        "Step 3: the timeline's log is 'hello'",
    ),
    "the bad commit still answers": (lambda: with_step(4, answer=Answer(SICK, DIGEST)), "Step 4: the service still answers with the bad commit"),
    "what the gate refused was deployed": (lambda: with_step(5, deployments=(deployment("five", "live"),)), "Step 5: should be refused"),
    "the refusal doesn't show the tool's output": (lambda: with_step(5, run_reason="no"), "Step 5: the run's reason doesn't show 'test_it'"),
    "a request failed where nothing explains it": (
        lambda: with_failures(FailedRequest("dev", 303.0, "500")),
        "failed without an explanation: 500, 3.0 s after",
    ),
    "a request failed in another way than the fault's": (lambda: with_failures(FailedRequest("dev", 405.0, "503")), "without an explanation: 503"),
    "a request failed in another environment": (lambda: with_failures(FailedRequest("prod", 405.0, "500")), "A request to prod failed"),
    "a request failed before the first push": (lambda: with_failures(FailedRequest("dev", 1.0, "ClientError")), "before the first push"),
    "the fault was never seen by a user": (lambda: replace(SEEN, traffic=(Traffic("dev", 1030, 1000, 40),)), "Step 4: no request to dev failed"),
    "nobody sent requests": (lambda: replace(SEEN, traffic=()), "No client sent requests."),
    "too few requests were sent": (lambda: replace(SEEN, traffic=(Traffic("dev", 430, 400, 40, (EXPLAINED,)),)), "10.0 requests/s to dev"),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_told_when(name: str) -> None:
    seen, sentence = WRONG[name]
    found = differences(seen())
    assert any(sentence in difference for difference in found), found


def test_many_unexplained_failures_are_summed_up() -> None:
    found = differences(with_failures(*(FailedRequest("dev", 300.0 + number / 10, "TimeoutError") for number in range(50))))
    assert len(found) == 4
    assert found[-1] == "47 more requests to dev failed without an explanation."


@pytest.mark.parametrize(("at", "is_explained"), [(400.9, False), (401.0, True), (409.0, True), (409.1, False)])
def test_a_failure_is_explained_only_while_the_bad_release_is_there(at: float, is_explained: bool) -> None:
    assert explained(FailedRequest("dev", at, "500"), SEEN.steps) is is_explained
