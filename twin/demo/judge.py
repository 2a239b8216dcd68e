"""Decides whether the demo went as it should. Pure: facts in, one sentence per difference out; none means the demo exits 0."""

from collections.abc import Iterator, Mapping

from twin.demo.facts import Answer, Ending, Seen, StepSeen
from twin.demo.judge_end import of_aftermath, of_traffic
from twin.demo.judge_question import of_question
from twin.demo.world import World, named

_ENDINGS: Mapping[Ending, tuple[str, tuple[str, ...]]] = {
    Ending.LIVE: ("live", ("live",)),
    Ending.ROLLED_BACK: ("failed", ("rolled-back",)),
    Ending.REFUSED: ("refused", ()),
    Ending.REJECTED: ("rejected", ("rejected",)),
    Ending.RESTORED: ("live", ("live",)),
    Ending.RESUMED: ("resumed", ()),
}
"""State of the step, and outcomes of its deployments."""


def differences(seen: Seen) -> list[str]:
    """Everything that differs from the story, in its order."""
    found: list[str] = []
    world = World()
    for step in seen.steps:
        before, world = world, world.after(step)
        found += [f"Step {step.number} ({step.title}): {sentence}" for sentence in _of_step(step, before, world)]
    if seen.broken_off:
        found.append(seen.broken_off)
    if len(seen.steps) < seen.planned:
        found.append(f"Only {len(seen.steps)} of {seen.planned} steps were made.")
    found += of_aftermath(seen.aftermath, world)
    found += of_traffic(seen, world)
    return found


def _of_step(step: StepSeen, before: World, world: World) -> Iterator[str]:
    yield from _of_ending(step)
    yield from _of_release(step, before)
    yield from _of_environments(step, world)
    yield from of_question(step.question, step.expected)


def _of_ending(step: StepSeen) -> Iterator[str]:
    expected = step.expected
    state, outcomes = _ENDINGS[expected.ending]
    seen = tuple(deployment.outcome for deployment in step.deployments)
    if step.state != state or seen != outcomes:
        yield f"should be {expected.ending}, but it is {step.state or 'nothing'} and its deployments are {list(seen)}: {step.reason}"
    for deployment in step.deployments:
        if deployment.environment != expected.environment:
            yield f"{deployment.environment} was changed, not only {expected.environment}."
        for name, wanted in expected.evidence.items():
            if wanted not in deployment.evidence.get(name, "") or not deployment.evidence.get(name):
                yield f"the timeline's {name} is {deployment.evidence.get(name, 'missing')!r}, without {wanted!r}."
    if expected.words not in step.reason:
        yield f"the reason doesn't show {expected.words!r}: {step.reason!r}"


def _of_release(step: StepSeen, before: World) -> Iterator[str]:
    if step.builds != step.expected.builds:
        yield f"{step.builds} builds were started, not {step.expected.builds}."
    if step.expected.ending is Ending.LIVE and not step.digest:
        yield "the registry has no image of the commit."
    known = before.images.get(step.commit, step.digest)
    if step.digest != known:
        yield f"the image of commit {step.commit[:12]} was {known} and is {step.digest or 'gone'} now."


def _of_environments(step: StepSeen, world: World) -> Iterator[str]:
    for environment in sorted({*step.answers, *world.live}):
        wanted, answer = world.runs(environment), step.answers.get(environment, Answer())
        if answer != wanted:
            yield f"{environment} answers with {named(answer)}, not with {named(wanted)}."
        hold = step.holds.get(environment, "")
        if environment in world.held and not hold:
            yield f"{environment} isn't held."
        if environment not in world.held and hold:
            yield f"{environment} is held: {hold}"
