"""Admit: makes a built release ready. The digest comes from the registry, never from the build; what is known against it is judged, then it is signed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from slipway.domain.admission import ScanState, judge
from slipway.domain.release import Release, ReleaseState
from slipway.errors import InvalidInput, Unexpected
from slipway.ports import Advisories, Configurations, Registry, Releases, Signatures, Timeline

WAITS_SECONDS = (2, 5, 10, 15)
"""Before the registry is asked again; the last one repeats."""
MOST_LOOKS = 60
"""A quarter of an hour: a scan takes a minute."""


@dataclass(frozen=True)
class Admission:
    """`release` is `ready`, `refused`, or `scanning`: then Admit asks again after `wait_seconds`. `looks` counts how often the registry was asked."""

    release: str
    reason: str
    looks: int = 0
    wait_seconds: int = 0


@dataclass(frozen=True)
class AdmitRequest:
    """`admission` is what Admit answered before, None at first."""

    run: str
    service: str
    commit: str
    admission: Admission | None = None


def admit(
    request: AdmitRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    registry: Registry,
    advisories: Advisories,
    signatures: Signatures,
    timeline: Timeline,
    now: datetime,
) -> Admission:
    """A release that lacks its image or bundle is refused for good. One with findings stays `built`: another day, or an exception, may let it pass."""
    release = releases.get(request.service, request.commit)
    if release is None:
        raise InvalidInput(f"{request.service} has no release at {request.commit}.")
    if release.state is not ReleaseState.BUILT:
        return Admission(release.state, release.reason)
    digest = registry.digest(request.service, request.commit)
    if not digest or not release.bundle_digest:
        missing = "bundle" if digest else "image tagged with the commit in the registry"
        return _refused(replace(release, state=ReleaseState.REFUSED, reason=f"The build left no {missing}."), releases)
    scan = registry.scan(request.service, digest)
    if scan.state is ScanState.UNFINISHED:
        return _later(request.admission.looks if request.admission else 0)
    known = advisories.read(request.service, request.commit)
    if known is None:
        return _refused(replace(release, state=ReleaseState.REFUSED, reason="The build left no audit of the packages in requirements.txt."), releases)
    judgement = judge(configurations.read().findings, request.service, scan, known, now.astimezone(UTC).date())
    if judgement.refusal:
        return _refused(replace(release, reason=judgement.refusal), releases)
    ready = replace(release, state=ReleaseState.READY, image_digest=digest, reason="")
    ready = replace(ready, signature=signatures.sign(ready.statement))
    let_pass = f"; let pass for now: {', '.join(judgement.passed_over)}" if judgement.passed_over else ""
    timeline.add(f"RUN#{request.run}", "admitted", f"The release is ready: image {digest}{let_pass}", now, image=digest, bundle=release.bundle_digest)
    releases.save(ready)
    return Admission(ReleaseState.READY, "")


def _refused(release: Release, releases: Releases) -> Admission:
    releases.save(release)
    return Admission(ReleaseState.REFUSED, release.reason)


def _later(looks: int) -> Admission:
    if looks >= MOST_LOOKS:
        raise Unexpected("The registry hasn't finished its scan of the image in a quarter of an hour.")
    return Admission("scanning", "", looks + 1, WAITS_SECONDS[min(looks, len(WAITS_SECONDS) - 1)])
