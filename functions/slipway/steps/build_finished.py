"""Called when CodeBuild says that a build changed its status: records the result and wakes every run that waits for it."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain.release import Release, ReleaseState
from slipway.ports import Builds, Releases, Timeline, Workflows
from slipway.steps.build import answer


@dataclass(frozen=True)
class BuildFinishedRequest:
    build: str


def build_finished(request: BuildFinishedRequest, *, builds: Builds, releases: Releases, workflows: Workflows, timeline: Timeline, now: datetime) -> str:
    """The release's state afterwards. The event only says "look": the build's own record is what counts.

    A build that broke leaves no trace, so that a retry builds anew; a gate's "no" is remembered for the commit.
    """
    result = builds.result(request.build)
    if result is None:
        return ReleaseState.BUILDING
    release = releases.get(result.service, result.commit) or Release(result.service, result.commit, ReleaseState.BUILDING)
    if release.state is ReleaseState.BUILDING and result.broken:
        if not releases.unclaim(result.service, result.commit, request.build) and releases.get(result.service, result.commit) is not None:
            return ReleaseState.BUILDING  # by another build meanwhile, whose end everybody will be told
        fail_waiters(result.service, result.commit, result.broken, releases=releases, workflows=workflows)
        releases.build_ended(result.service, result.commit, request.build)
        return "unknown"
    if release.state is ReleaseState.BUILDING:
        state = ReleaseState.REFUSED if result.refusal else ReleaseState.BUILT
        release = replace(release, state=state, build_id=request.build, bundle_digest=result.bundle_digest, reason=result.refusal)
        releases.save(release)
        message = "The gate refused the commit" if result.refusal else "Built"
        timeline.add(f"RELEASE#{result.service}#{result.commit}", "built", message, now, **dict(result.seconds or {}))
    tokens = releases.take_waiters(result.service, result.commit)
    for token in tokens:
        workflows.succeed(token, answer(release))
    releases.forget_waiters(result.service, result.commit, tokens)
    releases.build_ended(result.service, result.commit, request.build)
    return release.state


def fail_waiters(service: str, commit: str, why: str, *, releases: Releases, workflows: Workflows) -> None:
    """Everybody who waits for the build tries again. Called once the commit isn't claimed any more, so that who comes now builds it anew."""
    tokens = releases.take_waiters(service, commit)
    for token in tokens:
        workflows.fail(token, "TemporarilyUnavailable", why)
    releases.forget_waiters(service, commit, tokens)
