"""A demo that went by its story, as facts: what the tests of the judge and of the summary spoil, one difference at a time."""

from collections.abc import Mapping
from dataclasses import replace

from twin.demo.facts import (
    Aftermath,
    Answer,
    DeploymentSeen,
    Durations,
    Ending,
    EnvironmentSeen,
    Expectation,
    FailedRequest,
    HelmSeen,
    Seen,
    StepSeen,
    Traffic,
)
from twin.demo.questions import Ballot, Look, Mail, Question, Waiting

FIRST, CRASHING, SICK, UGLY, SECOND, ASIDE = ("a" * 40, "b" * 40, "c" * 40, "d" * 40, "e" * 40, "f" * 40)
IMAGE_ONE, IMAGE_TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
ONE, TWO, NOTHING = Answer(FIRST, IMAGE_ONE), Answer(SECOND, IMAGE_TWO), Answer()
NOT_HELD = {"dev": "", "stage": "", "prod": ""}
HELD = {**NOT_HELD, "prod": "an operator started a rollback, to v1.0.0"}

YES = Ballot("grace", "grace@example.com", "approve")
NO = Ballot("grace", "grace@example.com", "reject", "not today")
WAITING = Waiting("RUNNING", "AwaitApproval", {"APPROVAL#x META": "{}", "DEPLOYMENT#x META": "{}"})
LOOKS = (Look("GET", 200), Look("HEAD", 200), Look("GET", 200), Look("HEAD", 200))
MAILS = (Mail(("grace@example.com",), "Approve or reject", "http://127.0.0.1/approvals/x"),)


def question(ballot: Ballot, state: str) -> Question:
    return Question("x", MAILS, LOOKS, WAITING, WAITING, 200, "Your vote is counted.", state, (ballot,))


def deployment(identity: str, outcome: str, environment: str = "dev", opened_at: float = 0.0, closed_at: float = 0.0, **evidence: str) -> DeploymentSeen:
    return DeploymentSeen(identity, environment, outcome, "because", opened_at, closed_at, evidence)


def step(
    number: int,
    expected: Expectation,
    answers: tuple[Answer, Answer, Answer],
    *deployments: DeploymentSeen,
    commit: str,
    state: str,
    digest: str = "",
    reason: str = "",
    asked: Question | None = None,
    holds: Mapping[str, str] = NOT_HELD,
) -> StepSeen:
    """`answers` are those of dev, stage and prod. The step began at a hundred times its number and took ten seconds."""
    began_at = number * 100.0
    return StepSeen(
        number, f"step {number}", expected, commit, "run", state, reason, digest, began_at, began_at + 10, deployments, Durations(), expected.builds, asked,
        dict(zip(("dev", "stage", "prod"), answers, strict=True)), holds,
    )  # fmt: skip


CRASH = {"pod": "web-1", "reason": "Error", "exit_code": "3", "log": "giving up\n"}
STEPS = (
    step(
        2, Expectation(Ending.LIVE, "dev", 1), (ONE, NOTHING, NOTHING), deployment("two", "live", "dev", 201, 209),
        commit=FIRST, state="live", digest=IMAGE_ONE,
    ),
    step(
        3, Expectation(Ending.ROLLED_BACK, "dev", 1, {"pod": "web-", "reason": "", "exit_code": "3", "log": "giving up"}), (ONE, NOTHING, NOTHING),
        deployment("three", "rolled-back", "dev", 301, 309, **CRASH), commit=CRASHING, state="failed", digest="sha256:" + "3" * 64,
    ),
    step(
        4, Expectation(Ending.ROLLED_BACK, "dev", 1, {"fault": "500"}, fails_requests=True), (ONE, NOTHING, NOTHING),
        deployment("four", "rolled-back", "dev", 401, 409, fault="status 500"), commit=SICK, state="failed", digest="sha256:" + "4" * 64,
    ),
    step(5, Expectation(Ending.REFUSED, "dev", 1, words="test_it"), (ONE, NOTHING, NOTHING), commit=UGLY, state="refused", reason="FAILED test_it"),
    step(
        6, Expectation(Ending.LIVE, "stage"), (ONE, ONE, NOTHING), deployment("six", "live", "stage"),
        commit=FIRST, state="live", digest=IMAGE_ONE,
    ),
    step(
        7, Expectation(Ending.LIVE, "prod", ballot=YES), (ONE, ONE, ONE), deployment("seven", "live", "prod"),
        commit=FIRST, state="live", digest=IMAGE_ONE, asked=question(YES, "approved"),
    ),
    step(8, Expectation(Ending.LIVE, "dev", 1), (TWO, ONE, ONE), deployment("eight", "live"), commit=SECOND, state="live", digest=IMAGE_TWO),
    step(9, Expectation(Ending.LIVE, "stage"), (TWO, TWO, ONE), deployment("nine", "live", "stage"), commit=SECOND, state="live", digest=IMAGE_TWO),
    step(
        10, Expectation(Ending.LIVE, "prod", ballot=YES), (TWO, TWO, TWO), deployment("ten", "live", "prod"),
        commit=SECOND, state="live", digest=IMAGE_TWO, asked=question(YES, "approved"),
    ),
    step(
        11, Expectation(Ending.RESTORED, "prod"), (TWO, TWO, ONE), deployment("eleven", "live", "prod"),
        commit=FIRST, state="live", digest=IMAGE_ONE, holds=HELD,
    ),
    step(
        12, Expectation(Ending.REFUSED, "prod", words="healthy in stage"), (TWO, TWO, ONE),
        commit=ASIDE, state="refused", reason="prod takes only releases that were healthy in stage", holds=HELD,
    ),
    step(
        13, Expectation(Ending.REJECTED, "prod", words=NO.reason, ballot=NO), (TWO, TWO, ONE), deployment("thirteen", "rejected", "prod"),
        commit=SECOND, state="rejected", digest=IMAGE_TWO, reason="rejected by grace (not today)", asked=question(NO, "rejected"), holds=HELD,
    ),
    step(14, Expectation(Ending.RESUMED, "prod"), (TWO, TWO, ONE), commit=FIRST, state="resumed", digest=IMAGE_ONE),
)  # fmt: skip

EXPLAINED = FailedRequest("dev", 405.0, "500")
TRAFFIC = (Traffic("dev", 1030, 1000, 40, (EXPLAINED,)), Traffic("stage", 530, 500, 20), Traffic("prod", 280, 250, 10))
HELM = {1: "superseded", 2: "failed", 3: "deployed"}
AFTERMATH = Aftermath(
    (
        EnvironmentSeen("dev", TWO, SECOND, frozenset({IMAGE_TWO}), HelmSeen(HELM, IMAGE_TWO)),
        EnvironmentSeen("stage", TWO, SECOND, frozenset({IMAGE_TWO}), HelmSeen(HELM, IMAGE_TWO)),
        EnvironmentSeen("prod", ONE, FIRST, frozenset({IMAGE_ONE}), HelmSeen(HELM, IMAGE_ONE)),
    )
)
SEEN = Seen(len(STEPS), STEPS, TRAFFIC, AFTERMATH)


def with_step(number: int, **changes: object) -> Seen:
    return replace(SEEN, steps=tuple(replace(each, **changes) if each.number == number else each for each in STEPS))


def answering(number: int, **answers: Answer) -> Seen:
    (before,) = [each.answers for each in STEPS if each.number == number]
    return with_step(number, answers={**before, **answers})


def asked(number: int, **changes: object) -> Seen:
    (before,) = [each.question for each in STEPS if each.number == number]
    assert before is not None
    return with_step(number, question=replace(before, **changes))


def left_in(environment: str, **changes: object) -> Seen:
    seen = tuple(replace(each, **changes) if each.environment == environment else each for each in AFTERMATH.environments)
    return replace(SEEN, aftermath=replace(AFTERMATH, environments=seen))


def left(**changes: object) -> Seen:
    return replace(SEEN, aftermath=replace(AFTERMATH, **changes))


def with_failures(environment: str, *failures: FailedRequest) -> Seen:
    return replace(SEEN, traffic=tuple(replace(each, failures=(*each.failures, *failures)) if each.environment == environment else each for each in TRAFFIC))
