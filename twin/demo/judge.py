"""Decides whether the demo went as it should. Pure: facts in, one sentence per difference out; none means the demo exits 0."""

from collections.abc import Iterator

from twin.demo.facts import Aftermath, Ending, FailedRequest, Seen, StepSeen, Traffic

LEAST_REQUESTS_PER_SECOND = 20
_SHOWN_FAILURES = 3


def differences(seen: Seen) -> list[str]:
    """Everything that differs from the story, in its order."""
    found = [difference for step in seen.steps for difference in _of_step(step)]
    if seen.broken_off:
        found.append(seen.broken_off)
    if len(seen.steps) < seen.planned:
        found.append(f"Only {len(seen.steps)} of {seen.planned} pushes were made.")
    good = [step for step in seen.steps if step.expected.ending is Ending.LIVE]
    if seen.aftermath is None:
        found.append("Nobody looked at what was left at the end.")
    elif good:
        found += _of_aftermath(seen.aftermath, good[-1])
    found += _of_traffic(seen)
    return found


def explained(failure: FailedRequest, steps: tuple[StepSeen, ...]) -> bool:
    """A 500 of a release that was meant to answer so, between its first moment and its removal."""
    return failure.reason == "500" and any(
        step.expected.fails_requests and deployment.environment == failure.environment and deployment.opened_at <= failure.at <= deployment.closed_at
        for step in steps
        for deployment in step.deployments
    )


def _of_step(step: StepSeen) -> Iterator[str]:
    def says(sentence: str) -> str:
        return f"Step {step.number}: {sentence}"

    outcomes = [deployment.outcome for deployment in step.deployments]
    match step.expected.ending:
        case Ending.LIVE:
            if step.run_state != "live" or outcomes != ["live"]:
                yield says(f"should be live, but the run is {_or_nothing(step.run_state)} and its deployments are {outcomes}: {step.run_reason}")
            if not step.digest:
                yield says("the registry has no image of the commit.")
            if step.answer.commit != step.commit or step.answer.digest != step.digest:
                yield says(f"the service answers with {_named(step.answer.commit, step.answer.digest)}, not with {_named(step.commit, step.digest)}.")
        case Ending.ROLLED_BACK:
            if step.run_state != "failed" or outcomes != ["rolled-back"]:
                yield says(f"should be rolled back, but the run is {_or_nothing(step.run_state)} and its deployments are {outcomes}: {step.run_reason}")
            if step.answer.commit == step.commit:
                yield says("the service still answers with the bad commit.")
            for deployment in step.deployments:
                for name, wanted in step.expected.evidence.items():
                    if wanted not in deployment.evidence.get(name, "") or not deployment.evidence.get(name):
                        yield says(f"the timeline's {name} is {deployment.evidence.get(name, 'missing')!r}, without {wanted!r}.")
        case Ending.REFUSED:
            if step.run_state != "failed" or outcomes:
                yield says(f"should be refused by the gate, but the run is {_or_nothing(step.run_state)} and its deployments are {outcomes}.")
            if step.expected.words not in step.run_reason:
                yield says(f"the run's reason doesn't show {step.expected.words!r}: {step.run_reason!r}")


def _of_aftermath(aftermath: Aftermath, last_good: StepSeen) -> Iterator[str]:
    where, wanted = aftermath.environment, last_good.digest
    if aftermath.answer.digest != wanted or aftermath.answer.commit != last_good.commit:
        yield f"{where} ends at {_named(aftermath.answer.commit, aftermath.answer.digest)}, not at {_named(last_good.commit, wanted)}."
    if aftermath.pods != {wanted}:
        yield f"The pods of {where} run {sorted(aftermath.pods) or 'nothing'}, not only {wanted}."
    if aftermath.recorded != last_good.commit:
        yield f"Slipway's record says that {_or_nothing(aftermath.recorded)} is live in {where}, not {last_good.commit}."
    deployed = [revision for revision, status in aftermath.helm.statuses.items() if status == "deployed"]
    if not deployed or deployed != [max(aftermath.helm.statuses)]:
        yield f"Helm's history disagrees: not only the newest revision is deployed ({dict(aftermath.helm.statuses)})."
    if aftermath.helm.digest != wanted:
        yield f"Helm's history disagrees: its newest revision has {_or_nothing(aftermath.helm.digest)}, not {wanted}."
    for lease in aftermath.leases:
        yield f"A lease is still held: {lease}."
    for execution in aftermath.executions:
        yield f"An execution is still running: {execution}."


def _of_traffic(seen: Seen) -> Iterator[str]:
    if not seen.traffic:
        yield "No client sent requests."
    for traffic in seen.traffic:
        if traffic.per_second < LEAST_REQUESTS_PER_SECOND:
            yield f"The client sent {traffic.per_second:.1f} requests/s to {traffic.environment}; {LEAST_REQUESTS_PER_SECOND} were promised."
        yield from _of_failures(traffic, seen.steps)


def _of_failures(traffic: Traffic, steps: tuple[StepSeen, ...]) -> Iterator[str]:
    strange = [failure for failure in traffic.failures if not explained(failure, steps)]
    for failure in strange[:_SHOWN_FAILURES]:
        yield f"A request to {failure.environment} failed without an explanation: {failure.reason}, {_when(failure, steps)}."
    if len(strange) > _SHOWN_FAILURES:
        yield f"{len(strange) - _SHOWN_FAILURES} more requests to {traffic.environment} failed without an explanation."
    for step in steps:
        concerned = step.expected.fails_requests and any(deployment.environment == traffic.environment for deployment in step.deployments)
        if concerned and not any(explained(failure, (step,)) for failure in traffic.failures):
            yield f"Step {step.number}: no request to {traffic.environment} failed, though the fault should have been seen until it was undone."


def _when(failure: FailedRequest, steps: tuple[StepSeen, ...]) -> str:
    before = [step for step in steps if step.pushed_at <= failure.at]
    return f"{failure.at - before[-1].pushed_at:.1f} s after the push of step {before[-1].number}" if before else "before the first push"


def _named(commit: str, digest: str) -> str:
    return f"commit {_or_nothing(commit)[:12]}, image {_or_nothing(digest)[:19]}"


def _or_nothing(text: str) -> str:
    return text or "nothing"
