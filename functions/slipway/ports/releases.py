"""A commit's release: its build, image, chart bundle and gate report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from slipway.domain.admission import Finding, Scan
from slipway.domain.environment import Service
from slipway.domain.plan import PassedCheck
from slipway.domain.release import Release


@dataclass(frozen=True)
class UnfinishedBuild:
    """`build` is empty as long as nobody has written down that it was started; `since` is when the commit was claimed."""

    service: str
    commit: str
    since: datetime
    build: str = ""


class Releases(Protocol):
    def get(self, service: str, commit: str) -> Release | None: ...

    def label(self, service: str, tag: str, commit: str, asked_at: datetime) -> None:
        """That tag means this commit from now on, unless it was pushed later with another one."""

    def tagged(self, service: str, tag: str) -> Release | None:
        """The release of the commit that the tag means."""

    def begun(self, service: str, digits: str) -> Sequence[Release]:
        """Those whose commits begin with these digits; seven of them at least."""

    def remember_pusher(self, service: str, commit: str, login: str) -> None:
        """Whoever pushed the commit for a deployment, or asked for one by hand. For good: nobody's part in it is forgotten by what others do later."""

    def pushers(self, service: str, commit: str) -> Sequence[str]:
        """All of them, in alphabetical order."""

    def claim(self, service: str, commit: str, run: str, now: datetime) -> int:
        """Become the run that builds this commit: the number of the attempt, the same when that run asks again; 0 for every other run."""

    def unclaim(self, service: str, commit: str, build: str) -> bool:
        """Forget that build of the commit (empty: one that was never started), so that the next run builds it anew; False when another is under way."""

    def save(self, release: Release) -> None:
        """Record state, digests and reason. A release that is ready is never changed."""

    def await_build(self, service: str, commit: str, run: str, token: str) -> None:
        """Remember who waits for the build of this commit; a run waits with one token, its newest."""

    def take_waiters(self, service: str, commit: str) -> Sequence[str]:
        """The tokens of all who wait. They stay recorded until `forget_waiters`."""

    def forget_waiters(self, service: str, commit: str, tokens: Sequence[str]) -> None: ...

    def remember_build(self, service: str, commit: str, build: str) -> None:
        """Which build makes this commit's release, so that its end can be looked up when nobody announces it."""

    def unfinished_builds(self) -> Sequence[UnfinishedBuild]:
        """Those that nobody has brought to an end: claimed, and not yet `build_ended`."""

    def build_ended(self, service: str, commit: str, build: str) -> None:
        """Everybody who waited for that build knows how it ended."""


@dataclass(frozen=True)
class BuildResult:
    """How a build ended. `refusal` is the gate's answer when it said no; `broken` is set when the build itself failed to tell.

    `seconds` maps phases (gate, image) to their length.
    """

    service: str
    commit: str
    bundle_digest: str = ""
    refusal: str = ""
    broken: str = ""
    seconds: Mapping[str, float] | None = None


class Builds(Protocol):
    def start(self, service: Service, commit: str, attempt: int) -> str:
        """Start the build of a commit; its identity. The same commit and attempt again, within minutes, is the same build."""

    def result(self, build: str) -> BuildResult | None:
        """None while it runs."""


class Registry(Protocol):
    def digest(self, service: str, commit: str) -> str:
        """`sha256:<hex>` of the image that is tagged with the commit; empty when there is none."""

    def tag(self, service: str, digest: str, commit: str) -> bool:
        """The image of that digest is the commit's, too. False, and nothing is changed, when there is no such image or the commit has another one."""

    def scan(self, service: str, digest: str) -> Scan:
        """What the registry has found in the image of that digest, as far as it is."""

    def reference(self, service: str) -> str:
        """The image's repository as a pod names it, without tag and digest."""


class Bundles(Protocol):
    def unpack(self, digest: str, folder: Path) -> None:
        """Put the chart of a bundle into `folder`. InvalidInput when the stored bytes don't have that digest."""


class GateReports(Protocol):
    """What the quality gate said of a commit that it let through, for a service."""

    def read(self, service: str, commit: str) -> Sequence[PassedCheck]:
        """Empty when no report is kept any more."""


class Advisories(Protocol):
    """What the build's audit found known against the packages that a commit's lock names."""

    def read(self, service: str, commit: str) -> Sequence[Finding] | None:
        """None when the build left no audit, or one that isn't understood."""


class Signatures(Protocol):
    """The key that admits releases. Only one function may sign with it."""

    def sign(self, statement: bytes) -> str:
        """A signature, as text."""

    def is_valid(self, statement: bytes, signature: str) -> bool: ...
