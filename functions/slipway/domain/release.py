"""A release: a service at a commit, made deployable. Immutable once it is ready."""

import json
from dataclasses import dataclass
from enum import StrEnum


class ReleaseState(StrEnum):
    BUILDING = "building"
    """A run is building the commit; other runs of the same commit wait for it."""
    BUILT = "built"
    """The build is through the gate. It isn't admitted yet, or wasn't for what is known against it; the next run asks again."""
    READY = "ready"
    """Admitted and signed: image and bundle are known by digest and may be deployed."""
    REFUSED = "refused"
    """The gate or the admission said no. The same commit gets the same answer without a new build."""


SHORTEST_COMMIT = 7
"""Digits that name a commit: what git shows at least."""


def begins_a_commit(name: str) -> bool:
    return SHORTEST_COMMIT <= len(name) <= 40 and all(digit in "0123456789abcdef" for digit in name)


@dataclass(frozen=True)
class Release:
    """`image_digest` and `bundle_digest` are `sha256:<hex>`, recorded once and only ever reused; `signature` is that of Admit over `statement`, in base64."""

    service: str
    commit: str
    state: ReleaseState
    build_id: str = ""
    image_digest: str = ""
    bundle_digest: str = ""
    reason: str = ""
    signature: str = ""

    @property
    def version(self) -> str:
        """What people call it: the first twelve digits of the commit."""
        return self.commit[:12]

    @property
    def statement(self) -> bytes:
        """What the signature says: these bytes are this service at this commit, and were admitted."""
        said = {"service": self.service, "commit": self.commit, "image": self.image_digest, "bundle": self.bundle_digest, "type": "slipway.release.v1"}
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
