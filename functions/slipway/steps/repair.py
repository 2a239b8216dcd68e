"""Repair: what is left to do when an execution has ended without doing it. Called for every execution that failed, timed out or was aborted, and by Sweep.

Aborting an execution doesn't stop a function that runs. Repair asks it to stop, and takes the environment over only after it has acknowledged that, or
can't be alive any more. Everything here may be done twice, and by several at once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain.approval import ApprovalState
from slipway.domain.deployment import Deployment, DeployRequest, Kind, Outcome
from slipway.domain.run import RunState
from slipway.errors import InvalidInput, TemporarilyUnavailable
from slipway.ports import Approvals, Deployments, Environments, Leases, Runs, Timeline, Workflows
from slipway.steps.hand_over import hand_over
from slipway.steps.record import hold_after


@dataclass(frozen=True)
class RepairRequest:
    """`execution` is the ARN of an execution of `release`, `deploy` or `rollback`; `status` is Step Functions' word for how it ended."""

    execution: str
    status: str


@dataclass(frozen=True)
class Repaired:
    """What was done, in words, in order; empty when nothing was left to do."""

    done: tuple[str, ...]


def repair(
    request: RepairRequest,
    *,
    runs: Runs,
    deployments: Deployments,
    environments: Environments,
    leases: Leases,
    approvals: Approvals,
    workflows: Workflows,
    timeline: Timeline,
    clock: Callable[[], datetime],
    call_ends: datetime,
    pause: Callable[[], None],
) -> Repaired:
    """TemporarilyUnavailable when a call of the execution is still at work at `call_ends`; `pause` waits a moment between two looks."""
    if workflows.is_running(request.execution):
        return Repaired(())
    machine, _, name = request.execution.rpartition(":execution:")[2].partition(":")
    how = request.status.lower().replace("_", " ")
    if machine.endswith("-release"):
        return _close_run(name, how, runs, timeline, clock())
    try:
        deployment = deployments.get(name)
    except InvalidInput:
        return Repaired(())  # it ended before it was opened, or is a rollback's, which holds nothing itself
    if deployment.execution != request.execution:
        return Repaired(())  # a rollback's execution that somebody gave a deployment's name
    done = _withdraw_question(deployment, approvals)
    _await_landing(deployment, leases, how, clock, call_ends, pause)
    if not deployments.get(name).outcome:
        done += _close(deployment, how, deployments, environments, timeline, clock())
    if hold := hold_after(deployment):
        leases.put_on_hold(deployment.service, deployment.environment, name, hold)
    granted = leases.release(deployment.service, deployment.environment, name)
    owner = hand_over(
        granted, deployment.service, deployment.environment, deployments=deployments, leases=leases, workflows=workflows, timeline=timeline, now=clock()
    )
    if owner:
        return Repaired((*done, f"{owner} has the lease"))
    return Repaired((*done, *take_back(deployment.service, deployment.environment, environments=environments, leases=leases, workflows=workflows, now=clock())))


def take_back(service: str, environment: str, *, environments: Environments, leases: Leases, workflows: Workflows, now: datetime) -> tuple[str, ...]:
    """Start the repair of an environment that was left half done and that nobody is about to change; what was started, in words."""
    lease = leases.read(service, environment)
    if lease.owner or not lease.changing:
        return ()
    last_good = environments.state(service, environment).last_good
    fingerprint = hashlib.sha256(f"{lease.changing}#{lease.epoch}#{now:%Y-%m-%dT%H:%M}".encode()).hexdigest()[:12]
    name = f"repair-{service}-{environment}-{fingerprint}"
    started = workflows.start_deploy(
        DeployRequest(
            deployment=name,
            run=name,
            service=service,
            environment=environment,
            commit=last_good,
            kind=Kind.REPAIR,
            version=last_good[:12],
            pusher="",
            cause=f"{lease.changing} left {environment} half done",
            asked_at=now,
        )
    )
    return (f"started {name}",) if started else ()


def _close(deployment: Deployment, how: str, deployments: Deployments, environments: Environments, timeline: Timeline, now: datetime) -> tuple[str, ...]:
    """Record was perhaps killed between the environment's state and the deployment's own: then the state is right."""
    service, environment = deployment.service, deployment.environment
    is_live = environments.recorded_by(service, environment) == deployment.identity and environments.state(service, environment).live == deployment.commit
    outcome = Outcome.LIVE if is_live else Outcome.FAILED
    closed = deployments.close(deployment.identity, outcome, f"its execution ended before it did ({how})", now)
    timeline.add(f"DEPLOYMENT#{deployment.identity}", closed.outcome, closed.reason, now)
    return (f"closed {deployment.identity}",)


def _close_run(name: str, how: str, runs: Runs, timeline: Timeline, now: datetime) -> Repaired:
    run = runs.get(name)
    if run is None or run.state is not RunState.RUNNING:
        return Repaired(())
    reason = f"its execution ended before it did ({how})"
    runs.close(replace(run, state=RunState.FAILED, reason=reason), now)
    timeline.add(f"RUN#{name}", "closed", f"{RunState.FAILED}: {reason}", now)
    return Repaired((f"closed {name}",))


def _withdraw_question(deployment: Deployment, approvals: Approvals) -> tuple[str, ...]:
    pending = approvals.pending(deployment.service, deployment.environment)
    if pending is None or pending.deployment != deployment.identity:
        return ()
    ended = approvals.decide(pending.identity, ApprovalState.ENDED, "its execution isn't running any more")
    return (f"withdrew the question {pending.identity}",) if ended else ()


def _await_landing(deployment: Deployment, leases: Leases, how: str, clock: Callable[[], datetime], call_ends: datetime, pause: Callable[[], None]) -> None:
    """Until no call of the deployment can be changing the environment: none may begin any more, and the one that had begun has landed."""
    service, environment = deployment.service, deployment.environment
    lease = leases.read(service, environment)
    if lease.owner == deployment.identity:
        leases.ask_to_stop(service, environment, lease.epoch, f"its execution ended ({how})")
    while (lease := leases.read(service, environment)).owner == deployment.identity and lease.is_in_flight(clock()):
        if clock() >= call_ends:
            raise TemporarilyUnavailable(f"A call of {deployment.identity} may be at work until {lease.in_flight_until:%H:%M:%S} UTC.")
        pause()
