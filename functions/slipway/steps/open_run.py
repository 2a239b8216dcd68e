"""OpenRun: the first state of `release`. Records the run and says what is to be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.domain.release import ReleaseState
from slipway.domain.run import Run
from slipway.errors import InvalidInput
from slipway.ports import Configurations, Releases, Runs, Timeline


@dataclass(frozen=True)
class OpenRunRequest:
    run: str
    service: str
    ref: str
    commit: str
    pusher: str = ""


@dataclass(frozen=True)
class Target:
    """Input of one `deploy` execution, and the name it will have."""

    deployment: str
    run: str
    service: str
    environment: str
    commit: str


@dataclass(frozen=True)
class OpenedRun:
    """`release` is `unknown`, or the state of the release when an earlier run has made it."""

    run: str
    service: str
    commit: str
    release: str
    targets: Sequence[Target]


def open_run(request: OpenRunRequest, *, configurations: Configurations, runs: Runs, releases: Releases, timeline: Timeline, now: datetime) -> OpenedRun:
    """InvalidInput for a service that `slipway.yaml` doesn't have."""
    configuration = configurations.read()
    service = configuration.services.get(request.service)
    if service is None:
        raise InvalidInput(f"There is no service {request.service!r}; slipway.yaml has {', '.join(sorted(configuration.services))}.")
    runs.open(Run(request.run, request.service, request.ref, request.commit), now)
    environments = service.environments_for(request.ref)
    by = f" by {request.pusher}" if request.pusher else ""
    timeline.add(f"RUN#{request.run}", "opened", f"{request.ref} at {request.commit[:12]} was pushed{by}, for {', '.join(environments)}", now)
    release = releases.get(request.service, request.commit)
    settled = release is not None and release.state in (ReleaseState.READY, ReleaseState.REFUSED)
    return OpenedRun(
        run=request.run,
        service=request.service,
        commit=request.commit,
        release=release.state if release is not None and settled else "unknown",
        targets=[Target(f"{request.run}-{name}", request.run, request.service, name, request.commit) for name in environments],
    )
