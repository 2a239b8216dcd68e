"""CloseRun: the last state of `release`. Reads how everything ended and records it."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain.failure import readable
from slipway.domain.release import ReleaseState
from slipway.domain.run import RunState, conclude
from slipway.errors import InvalidInput
from slipway.ports import Configurations, Deployments, Releases, Runs, Timeline
from slipway.steps.admit import Admission


@dataclass(frozen=True)
class CloseRunRequest:
    """`error` is what the workflow caught, `refusal` what OpenRun found against the release, empty when nothing; `admission` is Admit's answer."""

    run: str
    error: str = ""
    refusal: str = ""
    admission: Admission | None = None


@dataclass(frozen=True)
class ClosedRun:
    state: RunState
    reason: str


def close_run(
    request: CloseRunRequest,
    *,
    configurations: Configurations,
    runs: Runs,
    releases: Releases,
    deployments: Deployments,
    timeline: Timeline,
    now: datetime,
) -> ClosedRun:
    run = runs.get(request.run)
    if run is None:
        raise InvalidInput(f"There is no run {request.run}.")
    release = releases.get(run.service, run.commit)
    by_admit = request.admission.reason if request.admission is not None else ""
    refusal = request.refusal or by_admit or (release.reason if release is not None and release.state is ReleaseState.REFUSED else "")
    service = configurations.read().services.get(run.service)
    ended = {deployment.environment: (deployment.outcome, deployment.reason) for deployment in deployments.of_run(run.identity)}
    targets = service.environments_for(run.ref) if service is not None else list(ended)
    state, reason = conclude(refusal, readable(request.error), {name: ended.get(name, ("", "")) for name in targets})
    runs.close(replace(run, state=state, reason=reason), now)
    timeline.add(f"RUN#{run.identity}", "closed", f"{state}: {reason}", now)
    return ClosedRun(state, reason)
