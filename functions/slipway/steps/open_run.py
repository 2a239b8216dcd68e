"""OpenRun: the first state of `release`. Records the run and says what is to be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.domain import policy
from slipway.domain.deployment import DeployRequest, Kind
from slipway.domain.release import ReleaseState
from slipway.domain.run import Run, version_of
from slipway.errors import InvalidInput
from slipway.ports import Configurations, Environments, Registry, Releases, Runs, Timeline


@dataclass(frozen=True)
class OpenRunRequest:
    """`pusher` is a GitHub login, empty when nobody knows it; `by` names them to people."""

    run: str
    service: str
    ref: str
    commit: str
    pusher: str = ""
    asked_at: datetime | None = None
    """When the push came; None: just now."""
    by: str = ""
    image_of: str = ""
    """A commit that has the same image, because the push has changed nothing but the chart; empty when nobody knows one."""


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
    registry: Registry,
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
    by = request.by or request.pusher
    cause = f"{request.ref} at {request.commit[:12]} was pushed" + (f" by {by}" if by else "")
    timeline.add(f"RUN#{request.run}", "opened", f"{cause}, for {', '.join(names)}", now)
    if request.pusher:
        releases.remember_pusher(request.service, request.commit, request.pusher)
    release = releases.get(request.service, request.commit)
    settled = release is not None and release.state in (ReleaseState.READY, ReleaseState.REFUSED)
    version = version_of(request.ref, request.commit)
    asked_at = request.asked_at or now
    if request.ref.startswith("refs/tags/"):
        releases.label(request.service, version, request.commit, asked_at)
    targets = [
        DeployRequest(f"{request.run}-{name}", request.run, request.service, name, request.commit, Kind.RELEASE, version, request.pusher, cause, asked_at)
        for name in names
    ]
    refusal = ""
    if names:
        first = service.targets[names[0]]
        earlier = environments.healthy_release(request.service, first.ran_in, request.commit) if first.ran_in else None
        refusal = policy.unmet(names[0], first, request.commit, release, earlier, now)
    state = release.state if release is not None and settled else "unknown"
    if state == "unknown" and not refusal and request.image_of:
        before = releases.get(request.service, request.image_of)
        if before is not None and before.state is ReleaseState.READY and registry.tag(request.service, before.image_digest, request.commit):
            timeline.add(f"RUN#{request.run}", "image-kept", f"Only the chart has changed: the image stays that of {request.image_of[:12]}", now)
    return OpenedRun(request.run, request.service, request.commit, ReleaseState.REFUSED if refusal else state, targets, refusal)
