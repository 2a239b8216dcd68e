"""What chat should hear of a run or a deployment: how it ended, and that somebody has to decide. `steps/tell.py` tells each kind once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slipway.domain.deployment import Deployment, Outcome
from slipway.domain.notice import Event
from slipway.domain.plain_text import cut, one_line, unlinked
from slipway.domain.run import Run, RunState

LONGEST_SENTENCE = 1000
LONGEST_FACT = 500
"""Characters. A message of SNS has at most 256 KB."""


@dataclass(frozen=True)
class News:
    """Something for chat: `kind` in one word, a sentence for people, and the same as data for programs."""

    kind: str
    sentence: str
    facts: Mapping[str, str]


_OUTCOME_SENTENCES: Mapping[str, str] = {
    Outcome.LIVE: "{what} is live in {where}: {reason}",
    Outcome.ROLLED_BACK: "{what} went bad in {where} and was taken back: {reason}. What happened: {look}",
    Outcome.NEEDS_ATTENTION: "{where} needs attention: {what} went bad, and what ran before couldn't be verified: {reason}. What happened: {look}",
    Outcome.FAILED: "{what} failed on its way to {where}: {reason}. What happened: {look}",
    Outcome.REFUSED: "{what} was refused for {where}: {reason}",
    Outcome.REJECTED: "{what} to {where} was {reason}",
    Outcome.EXPIRED: "Nobody decided in time about {what} to {where}: {reason}. Push again to ask anew",
}
"""Superseded isn't among them: the deployment that took its place makes its own news."""


def of_deployment(deployment: Deployment, events: Sequence[Event]) -> list[News]:
    """What chat should hear of a deployment, each kind once. That somebody has to decide is no news any more when it has ended."""
    what, where, reason = f"{deployment.service} {deployment.version}", deployment.environment, deployment.reason
    facts = {
        "service": deployment.service,
        "environment": where,
        "version": deployment.version,
        "commit": deployment.commit,
        "deployment": deployment.identity,
        "run": deployment.run,
        "reason": reason,
    }
    last = {event.kind: event.message for event in events}
    found = []
    if "asked" in last and not deployment.outcome:
        found.append(
            _news(
                "waiting-for-approval",
                f"{what} to {where} waits for approval: {last['asked']}. How to decide: slipway status {deployment.service} {where}",
                facts,
            )
        )
    if sentence := _OUTCOME_SENTENCES.get(deployment.outcome):
        found.append(_news(deployment.outcome, sentence.format(what=what, where=where, reason=reason, look=f"slipway timeline {deployment.identity}"), facts))
    if "held" in last:
        found.append(_news("held", last["held"], facts))
    return found


def of_run(run: Run, deployments: Sequence[Deployment]) -> list[News]:
    """What chat should hear of a run: that nothing came of it, unless one of its deployments has told so already."""
    if deployments or run.state not in (RunState.REFUSED, RunState.FAILED):
        return []
    facts = {"service": run.service, "ref": run.ref, "commit": run.commit, "run": run.identity, "reason": run.reason}
    said = "was refused" if run.state is RunState.REFUSED else "could not be released"
    return [_news(run.state, f"{run.service} at {run.commit[:12]} ({run.ref}) {said}: {run.reason}", facts)]


def _news(kind: str, sentence: str, facts: Mapping[str, str]) -> News:
    """Pushed code chooses parts of it, and people read it where addresses become links."""
    shown = {name: cut(unlinked(one_line(value)), LONGEST_FACT) for name, value in facts.items()}
    return News(kind, cut(unlinked(one_line(sentence)), LONGEST_SENTENCE), shown)
