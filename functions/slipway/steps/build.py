"""Build: waits for the build of the commit, and starts it when no other run has. Its task token stays in the table."""

from dataclasses import dataclass
from datetime import datetime

from slipway.domain.release import Release, ReleaseState
from slipway.errors import InvalidInput
from slipway.ports import Builds, Configurations, Releases, Timeline, Workflows


@dataclass(frozen=True)
class BuildRequest:
    run: str
    service: str
    commit: str
    token: str


def build(
    request: BuildRequest, *, configurations: Configurations, releases: Releases, builds: Builds, workflows: Workflows, timeline: Timeline, now: datetime
) -> None:
    """Answers its own token at once when the build has ended meanwhile; otherwise `build_finished` will.

    The waiter is recorded before the state is read, so that a build that ends in between finds it.
    """
    service = configurations.read().services.get(request.service)
    if service is None:
        raise InvalidInput(f"There is no service {request.service!r} in slipway.yaml any more.")
    releases.await_build(request.service, request.commit, request.run, request.token)
    if attempt := releases.claim(request.service, request.commit, request.run, now):
        identity = builds.start(service, request.commit, attempt)
        releases.remember_build(request.service, request.commit, identity)
        timeline.add(f"RUN#{request.run}", "build-started", f"Building {request.commit[:12]}", now, build=identity)
        return
    release = releases.get(request.service, request.commit)
    if release is not None and release.state is not ReleaseState.BUILDING:
        workflows.succeed(request.token, answer(release))
    else:
        timeline.add(f"RUN#{request.run}", "build-awaited", f"Another run is building {request.commit[:12]}", now)


def answer(release: Release) -> dict[str, object]:
    """What the Build state gets as its result."""
    return {"release": str(release.state), "reason": release.reason}
