"""What must hold before a release may go to an environment."""

from collections.abc import Sequence

from slipway.domain import history
from slipway.domain.environment import Target
from slipway.domain.history import HealthyRelease
from slipway.domain.release import Release


def unmet(environment: str, target: Target, commit: str, release: Release | None, healthy: Sequence[HealthyRelease]) -> str:
    """Why the release may not go there yet, as a sentence; empty when it may. `healthy` are the releases of `target.ran_in`.

    The same bytes have to have run there: a commit alone doesn't count, the image's digest does.
    """
    if not target.ran_in:
        return ""
    before = history.find(healthy, commit)
    if before is not None and release is not None and before.digest == release.image_digest:
        return ""
    return (
        f"{environment} takes only releases that were healthy in {target.ran_in}, and {commit[:12]} never was. "
        f"Release it there first, then push a new tag, or delete this one and push it again."
    )
