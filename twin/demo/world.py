"""What should run where, as the story goes on. Pure: every step seen makes the next world, and only its own environment may differ in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from twin.demo.facts import Answer, Ending, StepSeen


@dataclass(frozen=True)
class World:
    """`live` holds the releases of each environment, the live one last; `held` is where an operator has rolled back; `images` are digests by commit."""

    live: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    images: Mapping[str, str] = field(default_factory=dict)

    def runs(self, environment: str) -> Answer:
        """The live release there; empty when there is none."""
        releases = self.live.get(environment, ())
        return releases[-1] if releases else Answer()

    def after(self, step: StepSeen) -> "World":
        """As it should be when the step has ended as expected. A commit's image is the one that it had first."""
        images = {**self.images} if step.commit in self.images or not step.digest else {**self.images, step.commit: step.digest}
        environment = step.expected.environment
        before = self.live.get(environment, ())
        match step.expected.ending:
            case Ending.LIVE:
                released = Answer(step.commit, images.get(step.commit, ""))
                return World({**self.live, environment: (*before, released)}, self.held, images)
            case Ending.RESTORED:
                return World({**self.live, environment: before[:-1]}, self.held | {environment}, images)
            case Ending.RESUMED:
                return replace(self, held=self.held - {environment}, images=images)
            case _:
                return replace(self, images=images)


def named(answer: Answer) -> str:
    """Short enough for a sentence."""
    return f"commit {(answer.commit or 'nothing')[:12]}, image {(answer.digest or 'nothing')[:19]}"
