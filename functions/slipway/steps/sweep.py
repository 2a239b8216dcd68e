"""Sweep: runs every few minutes and finds what events should have told. With all events lost, everything still ends within two sweeps.

It looks at what the table says is unfinished and asks Step Functions, CodeBuild and the code host how it really is. What it does may be done twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count, takewhile

from slipway.domain.approval import ApprovalState, question_of
from slipway.ports import (
    Approvals,
    Builds,
    ChangedRefs,
    Commits,
    Configurations,
    Deliveries,
    DeliveryLog,
    Deployments,
    Environments,
    Leases,
    Mails,
    Notices,
    Plans,
    Refs,
    Releases,
    Runs,
    Tellings,
    Timeline,
    UnfinishedBuild,
    Workflows,
)
from slipway.steps.build_finished import BuildFinishedRequest, build_finished, fail_waiters
from slipway.steps.catch_up import CodeHost, catch_up
from slipway.steps.hand_over import hand_over
from slipway.steps.remind import remind
from slipway.steps.repair import RepairRequest, repair, take_back
from slipway.steps.settle import settle
from slipway.steps.untold import untold
from slipway.steps.vote import rule_of
from slipway.telemetry import logger

STARTING = timedelta(minutes=5)
"""How long a claimed commit may be without a build before its build counts as lost: whoever wanted to start it was killed."""
GONE = "GONE"
"""How an execution ended, when nobody has told."""
Look = Callable[[], tuple[str, ...]]
"""Looks at one thing, and says what it did about it."""


@dataclass(frozen=True)
class SweepRequest:
    """Nothing: everything is looked at."""


@dataclass(frozen=True)
class Swept:
    """What was done, and what couldn't be looked at, in words."""

    done: tuple[str, ...]
    failed: tuple[str, ...]


def sweep(
    request: SweepRequest,
    *,
    configurations: Configurations,
    runs: Runs,
    releases: Releases,
    builds: Builds,
    deployments: Deployments,
    environments: Environments,
    leases: Leases,
    approvals: Approvals,
    plans: Plans,
    mails: Mails,
    workflows: Workflows,
    timeline: Timeline,
    deliveries: Deliveries,
    delivery_log: DeliveryLog,
    changed_refs: ChangedRefs,
    commits: Commits,
    refs: Refs,
    tellings: Tellings,
    notices: Notices,
    clock: Callable[[], datetime],
    call_ends: datetime,
    pause: Callable[[], None],
) -> Swept:
    """One thing that can't be looked at keeps nothing else from being looked at. From `call_ends` on nothing more is begun: the next sweep does."""
    configuration = configurations.read()

    def build(unfinished: UnfinishedBuild) -> tuple[str, ...]:
        return _sweep_build(unfinished, releases=releases, builds=builds, workflows=workflows, timeline=timeline, now=clock())

    def ended(execution: str) -> tuple[str, ...]:
        """Asks a call that is still at work to stop, and doesn't wait for it: the next sweep sees."""
        return repair(
            RepairRequest(execution, GONE), runs=runs, deployments=deployments, environments=environments, leases=leases, approvals=approvals,
            workflows=workflows, timeline=timeline, clock=clock, call_ends=clock(), pause=pause,
        ).done  # fmt: skip

    def lease(service: str, environment: str) -> tuple[str, ...]:
        owner = leases.read(service, environment).owner
        done = ended(deployments.get(owner).execution) if owner else ()
        granted = leases.hand_on(service, environment)
        told = hand_over(granted, service, environment, deployments=deployments, leases=leases, workflows=workflows, timeline=timeline, now=clock())
        done += (f"{told} has the lease",) if told else ()
        return done or take_back(service, environment, environments=environments, leases=leases, workflows=workflows, now=clock())

    def unfinished_deployment(name: str) -> tuple[str, ...]:
        deployment = deployments.get(name)
        done, where = ended(deployment.execution), (deployment.service, deployment.environment)
        return (*done, *lease(*where), *question(*where)) if configuration.fault(*where) else done  # slipway.yaml hasn't that place any more

    def question(service: str, environment: str) -> tuple[str, ...]:
        pending = approvals.pending(service, environment)
        if pending is None:
            return ()
        tell = partial(settle, pending, rule_of(configuration, pending), configuration.people, approvals=approvals, workflows=workflows)
        settled = tell()  # votes that came in time count, however late they are counted
        fault, is_over = configuration.fault(service, environment), settled.state_at(clock()) is ApprovalState.EXPIRED
        if settled.state is ApprovalState.PENDING and (fault or is_over):
            state, reason = (ApprovalState.REJECTED, fault) if fault else (ApprovalState.EXPIRED, "too few people decided in time")
            approvals.decide(pending.identity, state, reason)
            settled = tell()
        return (f"{pending.identity} is {settled.state}",) if settled.state is not pending.state else ()

    def answer(name: str) -> tuple[str, ...]:
        """A decision that is stored, and whose messenger was killed. The question may not be the newest of its environment any more."""
        asked = list(takewhile(lambda found: found is not None, (approvals.get(question_of(name, number)) for number in count(1))))
        newest = asked[-1] if asked else None
        if newest is None or newest.told:
            return ()
        settled = settle(newest, rule_of(configuration, newest), configuration.people, approvals=approvals, workflows=workflows)
        return (f"{name} hears that it is {settled.state}",) if settled.told else ()

    def reminder(service: str, environment: str) -> tuple[str, ...]:
        return remind(
            service,
            environment,
            configurations=configurations,
            deployments=deployments,
            approvals=approvals,
            plans=plans,
            mails=mails,
            workflows=workflows,
            timeline=timeline,
            now=clock(),
        )

    def time_is_up() -> bool:
        return clock() >= call_ends

    def untold_ends() -> tuple[str, ...]:
        """Nothing that had to be put right here: whoever tells compares once more."""
        untold(configurations=configurations, runs=runs, deployments=deployments, tellings=tellings, notices=notices)
        return ()

    def looks() -> Iterator[tuple[str, Look]]:
        for unfinished in releases.unfinished_builds():
            yield f"the build of {unfinished.commit}", partial(build, unfinished)
        for run in runs.unfinished():
            yield run, partial(ended, workflows.release_execution(run))
        for name in deployments.unfinished():
            yield name, partial(unfinished_deployment, name)
            yield f"what {name} waits to hear", partial(answer, name)
        for service in configuration.services.values():
            for environment in service.targets:
                yield f"the lease of {service.name} in {environment}", partial(lease, service.name, environment)
                yield f"the question about {service.name} in {environment}", partial(question, service.name, environment)
                yield f"the reminder about {service.name} in {environment}", partial(reminder, service.name, environment)
        yield "the ends that nobody was told about", untold_ends
        yield from catch_up(CodeHost(configuration, deliveries, delivery_log, changed_refs, commits, refs, workflows, time_is_up), clock())

    done: list[str] = []
    failed: list[str] = []
    for what, look in looks():
        if time_is_up():
            logger.warning("sweep has no time left", beginning_with=what)
            failed.append(f"{what}, and what follows: no time was left")
            break
        try:
            done += look()
        except Exception as error:
            logger.exception("sweep couldn't look at something", what=what)
            failed.append(f"{what}: {type(error).__name__}: {error}")
    return Swept(tuple(done), tuple(failed))


def _sweep_build(
    unfinished: UnfinishedBuild, *, releases: Releases, builds: Builds, workflows: Workflows, timeline: Timeline, now: datetime
) -> tuple[str, ...]:
    """Brings a build to its end that nobody has announced; forgets one that was never started, so that whoever waits for it starts it anew."""
    if unfinished.build:
        state = build_finished(BuildFinishedRequest(unfinished.build), builds=builds, releases=releases, workflows=workflows, timeline=timeline, now=now)
        return () if (unfinished in releases.unfinished_builds()) else (f"the build of {unfinished.commit} is {state}",)
    if now - unfinished.since < STARTING:
        return ()
    releases.unclaim(unfinished.service, unfinished.commit, "")
    fail_waiters(unfinished.service, unfinished.commit, "nobody started the build", releases=releases, workflows=workflows)
    releases.build_ended(unfinished.service, unfinished.commit, "")
    return (f"forgot the claim on {unfinished.commit}",)
