"""What the demo does, in order, and how each step should end. Where starting the stack is step 1, the way of the releases is:

main goes to dev, the branch stage to stage, a tag v* to prod once Grace has approved it; Ada pushes.
"""

from dataclasses import dataclass, replace

from twin.demo import edits
from twin.demo.acts import Act, LiveIn, New, Push, Resume, RollBack
from twin.demo.facts import Ending, Expectation
from twin.demo.questions import Ballot

SERVICE = "sample-app"
DEV, STAGE, PROD = "dev", "stage", "prod"
MAIN, BRANCH_STAGE = "refs/heads/main", "refs/heads/stage"

_YES = Ballot("grace", "grace@example.com", "approve")
_NO = replace(_YES, choice="reject", reason="the greeting is too warm for a Monday")
_CRASH = {"pod": f"{SERVICE}-", "reason": "", "exit_code": str(edits.EXIT_CODE), "log": edits.LAST_WORDS}
_FAULT = {"fault": "500", "path": "/"}
_NEVER_RAN = f"healthy in {STAGE}"


@dataclass(frozen=True)
class Step:
    """What somebody does, and what should come of it. A part of the story that takes several steps has one number."""

    number: int
    title: str
    act: Act
    expected: Expectation


def story() -> tuple[Step, ...]:
    """The main job, and everything that may come between."""
    return (
        Step(2, "first release", _change("Describe the interface", edits.describe_the_interface), Expectation(Ending.LIVE, DEV, builds=1)),
        Step(3, "second release", _change("Greet on the front page", edits.greet), Expectation(Ending.LIVE, DEV, builds=1)),
        Step(4, "exits at start", _change("Open the ledger at start", edits.exit_at_start), Expectation(Ending.ROLLED_BACK, DEV, 1, _CRASH)),
        Step(5, "answers 500", _change("Show the major version", edits.answer_500), Expectation(Ending.ROLLED_BACK, DEV, 1, _FAULT, fails_requests=True)),
        Step(6, "fails the gate", _change("Balance the ledger", edits.fail_the_gate), Expectation(Ending.REFUSED, DEV, 1, words=edits.FAILING_TEST)),
        Step(7, "promoted to stage", Push(BRANCH_STAGE, LiveIn(DEV)), Expectation(Ending.LIVE, STAGE)),
        Step(8, "v1.0.0 to prod", _tag("v1.0.0", LiveIn(STAGE), "The first version"), Expectation(Ending.LIVE, PROD, ballot=_YES)),
        Step(9, "second version", _change("Greet warmly", edits.greet_warmly), Expectation(Ending.LIVE, DEV, builds=1)),
        Step(9, "on to stage", Push(BRANCH_STAGE, LiveIn(DEV)), Expectation(Ending.LIVE, STAGE)),
        Step(9, "v1.1.0 to prod", _tag("v1.1.0", LiveIn(STAGE)), Expectation(Ending.LIVE, PROD, ballot=_YES)),
        Step(10, "operator rolls back", RollBack(SERVICE, PROD), Expectation(Ending.RESTORED, PROD)),
        Step(11, "never in stage", _tag("v2.0.0", New("Greet loudly", edits.greet_loudly)), Expectation(Ending.REFUSED, PROD, words=_NEVER_RAN)),
        Step(12, "rejected", _tag("v1.1.1", LiveIn(STAGE)), Expectation(Ending.REJECTED, PROD, words=_NO.reason, ballot=_NO)),
        Step(13, "resumed", Resume(SERVICE, PROD, "the greeting is discussed"), Expectation(Ending.RESUMED, PROD)),
    )


def shortened() -> tuple[Step, ...]:
    """The first version on its way to prod, and nothing else: what a fault of the demo's own needs."""
    return (
        Step(2, "first release", _change("Greet on the front page", edits.greet), Expectation(Ending.LIVE, DEV, builds=1)),
        Step(3, "promoted to stage", Push(BRANCH_STAGE, LiveIn(DEV)), Expectation(Ending.LIVE, STAGE)),
        Step(4, "v1.0.0 to prod", _tag("v1.0.0", LiveIn(STAGE), "The first version"), Expectation(Ending.LIVE, PROD, ballot=_YES)),
    )


def _change(message: str, edit: edits.Edit) -> Push:
    return Push(MAIN, New(message, edit))


def _tag(name: str, source: LiveIn | New, message: str = "") -> Push:
    """Annotated when there is a message."""
    return Push(f"refs/tags/{name}", source, message)
