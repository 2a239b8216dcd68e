"""Whether the environments are left as they should be, and which lost requests nothing explains. A part of `judge`."""

from collections.abc import Iterator

from twin.demo.facts import Aftermath, EnvironmentSeen, FailedRequest, Seen, StepSeen, Traffic
from twin.demo.world import World, named

LEAST_REQUESTS_PER_SECOND = 20
_SHOWN_FAILURES = 3


def of_aftermath(aftermath: Aftermath | None, world: World) -> Iterator[str]:
    """`world` is the one after the last step."""
    if aftermath is None:
        yield "Nobody looked at what was left at the end."
        return
    seen = {environment.environment: environment for environment in aftermath.environments}
    for environment in world.live:
        if environment in seen:
            yield from _of_environment(seen[environment], world)
        else:
            yield f"Nobody looked at what was left in {environment}."
    for lease in aftermath.leases:
        yield f"A lease is still held: {lease}."
    for execution in aftermath.executions:
        yield f"An execution is still running: {execution}."
    for approval in aftermath.approvals:
        yield f"An approval is still pending: {approval}."


def _of_environment(seen: EnvironmentSeen, world: World) -> Iterator[str]:
    where, wanted = seen.environment, world.runs(seen.environment)
    if seen.answer != wanted:
        yield f"{where} ends at {named(seen.answer)}, not at {named(wanted)}."
    if seen.pods != {wanted.digest}:
        yield f"The pods of {where} run {sorted(seen.pods) or 'nothing'}, not only {wanted.digest}."
    if seen.recorded != wanted.commit:
        yield f"Slipway's record says that {_or_nothing(seen.recorded)} is live in {where}, not {wanted.commit}."
    deployed = [revision for revision, status in seen.helm.statuses.items() if status == "deployed"]
    if not deployed or deployed != [max(seen.helm.statuses)]:
        yield f"Helm's history of {where} disagrees: not only the newest revision is deployed ({dict(seen.helm.statuses)})."
    if seen.helm.digest != wanted.digest:
        yield f"Helm's history of {where} disagrees: its newest revision has {_or_nothing(seen.helm.digest)}, not {wanted.digest}."


def of_traffic(seen: Seen, world: World) -> Iterator[str]:
    """Every environment that was ever live has its users, who lose nothing but what the story explains."""
    sent = {traffic.environment: traffic for traffic in seen.traffic}
    for environment in world.live:
        if environment not in sent:
            yield f"No client sent requests to {environment}."
    for traffic in seen.traffic:
        if traffic.per_second < LEAST_REQUESTS_PER_SECOND:
            yield f"The client sent {traffic.per_second:.1f} requests/s to {traffic.environment}; {LEAST_REQUESTS_PER_SECOND} were promised."
        yield from _of_failures(traffic, seen.steps)


def explained(failure: FailedRequest, steps: tuple[StepSeen, ...]) -> bool:
    """A 500 of a release that was meant to answer so, between its first moment and its removal."""
    return failure.reason == "500" and any(
        step.expected.fails_requests and deployment.environment == failure.environment and deployment.opened_at <= failure.at <= deployment.closed_at
        for step in steps
        for deployment in step.deployments
    )


def _of_failures(traffic: Traffic, steps: tuple[StepSeen, ...]) -> Iterator[str]:
    strange = [failure for failure in traffic.failures if not explained(failure, steps)]
    for failure in strange[:_SHOWN_FAILURES]:
        yield f"A request to {failure.environment} failed without an explanation: {failure.reason}, {_when(failure, steps)}."
    if len(strange) > _SHOWN_FAILURES:
        yield f"{len(strange) - _SHOWN_FAILURES} more requests to {traffic.environment} failed without an explanation."
    for step in steps:
        concerned = step.expected.fails_requests and step.expected.environment == traffic.environment
        if concerned and not any(explained(failure, (step,)) for failure in traffic.failures):
            yield f"Step {step.number} ({step.title}): no request to {traffic.environment} failed, so its fault was never seen by a user."


def _when(failure: FailedRequest, steps: tuple[StepSeen, ...]) -> str:
    begun = [step for step in steps if step.began_at <= failure.at]
    return f"{failure.at - begun[-1].began_at:.1f} s after the beginning of step {begun[-1].number} ({begun[-1].title})" if begun else "before the first step"


def _or_nothing(text: str) -> str:
    return text or "nothing"
