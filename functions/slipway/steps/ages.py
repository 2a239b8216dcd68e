"""How long what isn't finished has been there. Called by Sweep; alarms of `template.yaml` look at the oldest of each kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.domain.approval import ApprovalState
from slipway.ports import Approvals, Configurations, Leases, Runs, Timeline


@dataclass(frozen=True)
class Ages:
    """Of the oldest run that hasn't ended, of the lease that somebody has had for the longest, and of the oldest question to people; 0 when there is none."""

    run: timedelta
    lease: timedelta
    approval: timedelta


def ages(*, configurations: Configurations, runs: Runs, leases: Leases, approvals: Approvals, timeline: Timeline, now: datetime) -> Ages:
    """As the timelines and the questions tell it. Raises what the table raises."""
    targets = [(service.name, name) for service in configurations.read().services.values() for name in service.targets]
    owners = {owner for target in targets if (owner := leases.read(*target).owner)}
    questions = [question for target in targets if (question := approvals.pending(*target)) and question.state_at(now) is ApprovalState.PENDING]

    def oldest(subjects: list[str], kind: str) -> timedelta:
        events = (next((event for event in reversed(timeline.read(subject)) if event.kind == kind), None) for subject in subjects)
        return now - min((event.at for event in events if event), default=now)

    return Ages(
        run=oldest([f"RUN#{run}" for run in runs.unfinished()], "opened"),
        lease=oldest([f"DEPLOYMENT#{owner}" for owner in owners], "lease-acquired"),
        approval=now - min((question.opened_at for question in questions), default=now),
    )
