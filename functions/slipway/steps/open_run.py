"""OpenRun: the first state of `release`. Records the run and says what is to be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.domain import policy
from slipway.domain.deployment import DeployRequest, Kind
from slipway.domain.release import ReleaseState
from slipway.domain.run import Run, version_of
from slipway.errors import InvalidInput
from slipway.ports import Configurations, Environments, Releases, Runs, Timeline


@dataclass(frozen=True)
class OpenRunRequest:
    run: str
    service: str
    ref: str
    commit: str
    pusher: str = ""


@dataclass(frozen=True)
class OpenedRun:
    """`release` is `unknown`, or the state of the release when an earlier run has made it.

    It is `refused`, with the reason in `refusal`, also when the first environment wouldn't take the release: then nothing need be built.
    """

    run: str
    service: str
    commit: str
    release: str
    targets: Sequence[DeployRequest]
    refusal: str = ""


def open_run(
    request: OpenRunRequest,
    *,
    configurations: Configurations,
    runs: Runs,
    releases: Releases,
    environments: Environments,
    timeline: Timeline,
    now: datetime,
) -> OpenedRun:
    """InvalidInput for a service that `slipway.yaml` doesn't have."""
    configuration = configurations.read()
    service = configuration.services.get(request.service)
    if service is None:
        raise InvalidInput(f"There is no service {request.service!r}; slipway.yaml has {', '.join(sorted(configuration.services))}.")
    runs.open(Run(request.run, request.service, request.ref, request.commit), now)
    names = service.environments_for(request.ref)
    cause = f"{request.ref} at {request.commit[:12]} was pushed" + (f" by {request.pusher}" if request.pusher else "")
    timeline.add(f"RUN#{request.run}", "opened", f"{cause}, for {', '.join(names)}", now)
    release = releases.get(request.service, request.commit)
    settled = release is not None and release.state in (ReleaseState.READY, ReleaseState.REFUSED)
    version = version_of(request.ref, request.commit)
    targets = [
        DeployRequest(f"{request.run}-{name}", request.run, request.service, name, request.commit, Kind.RELEASE, version, request.pusher, cause)
        for name in names
    ]
    refusal = ""
    if names:
        first = service.targets[names[0]]
        refusal = policy.unmet(names[0], first, request.commit, release, environments.healthy(request.service, first.ran_in) if first.ran_in else [])
    state = release.state if release is not None and settled else "unknown"
    return OpenedRun(request.run, request.service, request.commit, ReleaseState.REFUSED if refusal else state, targets, refusal)
