"""Catch up with the code host: pushes whose event failed, and those that it told nobody about. A part of `sweep`.

GitHub tries a delivery once, and makes no events at all "for tags when more than three tags are pushed at once".
https://docs.github.com/en/webhooks/webhook-events-and-payloads#push https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from slipway.domain.environment import Configuration
from slipway.domain.push import NO_COMMIT, Accepted, Ignored, Push, decide
from slipway.errors import SlipwayError
from slipway.ports import ChangedRefs, Commits, Deliveries, DeliveryLog, FailedDelivery, KnownRef, Refs, Workflows
from slipway.steps.start_runs import runs_of, start_runs

REDELIVERABLE = timedelta(days=3)
"""How long GitHub keeps deliveries. https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""
PAUSES = (timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=16))
"""Between an attempt that failed and the next, at least; then nobody asks for it any more."""
LEFT_TO_EVENTS = timedelta(minutes=30)
"""How long a delivery that has failed once, and may come again, keeps us from starting what its ref may be: the event tells more of it than the ref does."""
MOST_AT_ONCE = 10
"""Runs started for a repository, or deliveries asked for again, in one look. The rest stay as they are, for the next one."""
SETTLED_SECONDS = 60
"""How long after a push its ref may still be shown to us as it was before, and its event be under way."""


@dataclass(frozen=True)
class CodeHost:
    """What there is to catch up with, and where what is known of it is kept."""

    configuration: Configuration
    deliveries: Deliveries
    delivery_log: DeliveryLog
    changed_refs: ChangedRefs
    commits: Commits
    refs: Refs
    workflows: Workflows
    time_is_up: Callable[[], bool] = lambda: False
    """Whether the call has to end soon: then nothing more is begun."""


def catch_up(host: CodeHost, now: datetime) -> Iterator[tuple[str, Callable[[], tuple[str, ...]]]]:
    """What there is to look at, by name, as `sweep` wants it: each look says what it did, and may raise a SlipwayError once it has done all it could."""
    # What failed long ago comes again only once it is known what its ref has become since.
    for repository in sorted({service.repository for service in host.configuration.services.values()}):
        yield f"the branches and tags of {repository}", partial(follow, host, repository, now)
    yield "the failed deliveries", partial(redeliver, host, now)


def redeliver(host: CodeHost, now: datetime) -> tuple[str, ...]:
    """Asks for another attempt of each delivery that none brought through, after longer and longer pauses. One that the webhook has taken after all
    (it answered too late, say) needs none.
    """
    due = [delivery for delivery in host.delivery_log.failed(now - REDELIVERABLE) if is_due(delivery, now)]

    def one(delivery: FailedDelivery) -> str:
        if host.deliveries.is_started(delivery.guid):
            return ""
        host.delivery_log.redeliver(delivery)
        return f"asked for delivery {delivery.guid} again"

    return _each(host, [partial(one, delivery) for delivery in due])


def is_due(delivery: FailedDelivery, now: datetime) -> bool:
    return delivery.attempts <= len(PAUSES) and now - delivery.at >= PAUSES[delivery.attempts - 1]


def follow(host: CodeHost, repository: str, now: datetime) -> tuple[str, ...]:
    """Starts the runs of branches and tags that have changed without an event. A repository that is seen for the first time is only remembered.

    The memory is read before the code host, and written only where nobody else has written it since: a push whose event comes at this very moment is
    started by one of the two, not by both.
    """
    memory = host.refs.known(repository)
    found = host.changed_refs.read(repository)
    if found is None:
        return ()
    at = int(found.at.timestamp())
    if memory is None:
        host.refs.baseline(repository, found.refs, at - SETTLED_SECONDS)
        return (f"{repository} is remembered with {len(found.refs)} branches and tags",)
    settled = {ref: known for ref, known in memory.items() if at - known.at >= SETTLED_SECONDS}
    changed = [ref for ref, target in found.refs.items() if ref not in memory or (ref in settled and memory[ref].target != target)]
    if changed and _may_come_again(host, now):
        changed = []
    unstarted = [ref for ref, known in memory.items() if known.unstarted and found.refs.get(ref) == known.target]
    for ref in settled.keys() - found.refs.keys():
        host.refs.forget(repository, ref, settled[ref])
    return _each(
        host,
        [partial(_begin, host, repository, ref, memory.get(ref), KnownRef(found.refs[ref], at)) for ref in changed]
        + [partial(_resume, host, repository, ref, memory[ref]) for ref in unstarted],
    )


def _may_come_again(host: CodeHost, now: datetime) -> bool:
    recent = host.delivery_log.failed(now - LEFT_TO_EVENTS)
    return any(delivery.attempts == 1 and not host.deliveries.is_started(delivery.guid) for delivery in recent)


def _begin(host: CodeHost, repository: str, ref: str, known: KnownRef | None, seen: KnownRef) -> str:
    """Remembers what the ref points at, then starts what follows it; a crash in between leaves it marked, for `_resume`."""
    # Most branches are followed by nobody: about them nobody need ask GitHub.
    if isinstance(decide(Push(repository, ref, seen.target, "", after=seen.target), host.configuration), Ignored):
        host.refs.see(repository, ref, seen, known)
        return ""
    push = _push(host, repository, ref, seen, known)
    decision = decide(push, host.configuration)
    if isinstance(decision, Ignored):
        host.refs.see(repository, ref, seen, known)
        return ""
    if not host.refs.see(repository, ref, replace(seen, unstarted=True), known):
        return ""
    return _start(host, push, decision, seen)


def _resume(host: CodeHost, repository: str, ref: str, seen: KnownRef) -> str:
    """Nobody knows any more what the ref pointed at before: so it concerns every service that follows it."""
    push = _push(host, repository, ref, seen, None)
    decision = decide(push, host.configuration)
    if isinstance(decision, Ignored):
        host.refs.started(repository, ref, seen)
        return ""
    return _start(host, push, decision, seen)


def _start(host: CodeHost, push: Push, decision: Sequence[Accepted], seen: KnownRef) -> str:
    runs = runs_of(push, decision, delivery_of(push.repository, push.ref, seen))
    start_runs(runs, push, datetime.fromtimestamp(push.at, UTC), host.workflows)
    host.refs.started(push.repository, push.ref, seen)
    return f"started {', '.join(runs)}: {push.ref} was pushed without an event"


def delivery_of(repository: str, ref: str, seen: KnownRef) -> str:
    """In the place of a delivery's GUID: the same however often the start is tried."""
    return "ref-" + hashlib.sha256("\n".join((repository.lower(), ref, seen.target, str(seen.at))).encode()).hexdigest()


def _push(host: CodeHost, repository: str, ref: str, seen: KnownRef, known: KnownRef | None) -> Push:
    """As its event would have told. `at` is when it was where the code host tells, else when it was seen."""
    commit = host.changed_refs.commit(repository, ref, seen.target)
    last = host.changed_refs.last_push(repository, ref, commit)
    before = known.target if known is not None else NO_COMMIT
    files = _files(host, repository, ref, before, commit)
    at = int(last.at.timestamp()) if last.at is not None else seen.at
    return Push(repository, ref, commit, last.login, by=last.login, before=before, after=seen.target, files=files, at=at)


def _files(host: CodeHost, repository: str, ref: str, before: str, commit: str) -> tuple[str, ...] | None:
    """Asked for only where it matters. As in an event, nothing is known of a tag and of a new branch."""
    if before == NO_COMMIT or not ref.startswith("refs/heads/") or not any(service.paths for service in host.configuration.services_of(repository)):
        return None
    files = host.commits.between(repository, before, commit).files
    return tuple(files) if files is not None else None


def _each(host: CodeHost, looks: Sequence[Callable[[], str]]) -> tuple[str, ...]:
    """All of them, whatever goes wrong with one, until enough is done or the time is up; then the first error, with what was done all the same."""
    done: list[str] = []
    errors: list[SlipwayError] = []
    for look in looks:
        if len(done) >= MOST_AT_ONCE or host.time_is_up():
            done.append("there is more to do, which is left to the next time")
            break
        try:
            done += [said] if (said := look()) else []
        except SlipwayError as error:
            errors.append(error)
    if errors:
        raise type(errors[0])("; ".join([*map(str, errors[:3]), *([f"and {len(errors) - 3} more"] if len(errors) > 3 else []), *done])) from errors[0]
    return tuple(done)
