"""How long what isn't finished has been there. Called by Sweep; alarms of `template.yaml` look at the oldest of each kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.ports import Configurations, Leases, Runs, Timeline


@dataclass(frozen=True)
class Ages:
    """Of the oldest run that hasn't ended, and of the lease that somebody has had for the longest; 0 when there is none."""

    run: timedelta
    lease: timedelta


def ages(*, configurations: Configurations, runs: Runs, leases: Leases, timeline: Timeline, now: datetime) -> Ages:
    """As the timelines tell it. Raises what the table raises."""
    services = configurations.read().services.values()
    owners = {owner for service in services for name in service.targets if (owner := leases.read(service.name, name).owner)}

    def oldest(subjects: list[str], kind: str) -> timedelta:
        events = (next((event for event in reversed(timeline.read(subject)) if event.kind == kind), None) for subject in subjects)
        return now - min((event.at for event in events if event), default=now)

    return Ages(
        run=oldest([f"RUN#{run}" for run in runs.unfinished()], "opened"),
        lease=oldest([f"DEPLOYMENT#{owner}" for owner in owners], "lease-acquired"),
    )
