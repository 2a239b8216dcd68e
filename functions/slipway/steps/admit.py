"""Admit: makes a built release ready. The digest comes from the registry, never from the build."""

from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain.release import ReleaseState
from slipway.errors import InvalidInput
from slipway.ports import Registry, Releases, Timeline


@dataclass(frozen=True)
class AdmitRequest:
    run: str
    service: str
    commit: str


@dataclass(frozen=True)
class Admission:
    release: str
    reason: str


def admit(request: AdmitRequest, *, releases: Releases, registry: Registry, timeline: Timeline, now: datetime) -> Admission:
    """Not yet here: waiting for the registry's scan, the findings rule and the signature (they need a scanner to ask)."""
    release = releases.get(request.service, request.commit)
    if release is None:
        raise InvalidInput(f"{request.service} has no release at {request.commit}.")
    if release.state is ReleaseState.BUILT:
        digest = registry.digest(request.service, request.commit)
        if digest and release.bundle_digest:
            release = replace(release, state=ReleaseState.READY, image_digest=digest)
            timeline.add(f"RUN#{request.run}", "admitted", f"The release is ready: image {digest}", now, image=digest, bundle=release.bundle_digest)
        else:
            missing = "image tagged with the commit in the registry" if not digest else "bundle"
            release = replace(release, state=ReleaseState.REFUSED, reason=f"The build left no {missing}.")
        releases.save(release)
    return Admission(release.state, release.reason)
