"""What Apply and RestorePrevious have in common: the restore point, clearing what an interrupted Helm left, and putting a release in from its bundle."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway.domain.deployment import RestorePoint
from slipway.domain.environment import Environment, EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.release import Release
from slipway.errors import InvalidInput, Unexpected
from slipway.ports import Bundles, Charts, HelmFailed, HelmRelease, Registry, Signatures

_WHOLE = ("deployed", "superseded")
"""Helm's words for revisions that were applied to the end."""


def restore_point(revisions: Sequence[HelmRelease], state: EnvironmentState, known: HealthyRelease | None) -> RestorePoint:
    """The newest revision that holds the last good release (`known`); empty when the environment ran nothing good.

    Always by number: `helm rollback` without one takes the newest but one, which may be the bad one. Helm's own history forgets what a "Rollback to N"
    holds as soon as N is pruned, so the numbers that were verified to hold the release count, too.
    """
    numbers = known.revisions if known is not None else ()
    good = [found for found in revisions if found.status in _WHOLE and state.last_good and (found.commit == state.last_good or found.revision in numbers)]
    return RestorePoint(good[-1].revision if good else 0, state.last_good)


def recover(charts: Charts, name: str, point: RestorePoint, revisions: Sequence[HelmRelease]) -> str:
    """Clear what a Helm that was killed in the middle left behind; what was done, empty when there was nothing to do.

    `revisions` are Helm's own, as they are now. A `pending-*` release refuses every further upgrade (helm/helm 13570): only the owner of the lease may
    clear it.
    """
    if not revisions or not revisions[-1].pending:
        return ""
    left = revisions[-1]
    whole = [found.revision for found in revisions if found.status in _WHOLE]
    back = point.revision or (whole[-1] if whole and not point.is_empty else 0)
    if not back:
        charts.uninstall(name)
        return f"Removed revision {left.revision}, which an interrupted Helm had left {left.status}"
    restored = charts.rollback(name, back)
    if isinstance(restored, HelmFailed):
        raise Unexpected(f"Revision {left.revision} was left {left.status} and going back to {back} failed: {restored.message}")
    return f"Went back to revision {back}: an interrupted Helm had left revision {left.revision} {left.status}"


def clear_failed(charts: Charts, name: str, point: RestorePoint, revisions: Sequence[HelmRelease]) -> str:
    """Take back what a Helm that failed half way has made; what was done, empty when there was nothing to do.

    Helm upgrades from the newest revision that is `deployed`: what a newer, failed one had added would stay for ever. Best effort: Helm upgrades all the same.
    """
    if not revisions or revisions[-1].status != "failed" or not point.revision:
        return ""
    left = revisions[-1].revision
    restored = charts.rollback(name, point.revision)
    if isinstance(restored, HelmFailed):
        return f"Revision {left} had failed half way, and going back to {point.revision} before the upgrade was refused: {restored.message[:300]}"
    return f"Went back to revision {point.revision}: revision {left} had failed half way"


def check_admitted(release: Release, signatures: Signatures) -> None:
    """InvalidInput for a release that Admit hasn't signed as it stands: whoever can write the table, or push an image, can't deploy by it."""
    if not signatures.is_valid(release.statement, release.signature):
        raise InvalidInput(
            f"The release {release.version} of {release.service} doesn't have Admit's signature over its image and bundle; nothing of it is deployed."
        )


def put_in(charts: Charts, release: Release, environment: Environment, bundles: Bundles, registry: Registry) -> HelmRelease | HelmFailed:
    """Install or upgrade to the release, from its bundle and with its image's digest."""
    with tempfile.TemporaryDirectory() as folder:
        bundles.unpack(release.bundle_digest, Path(folder))
        return charts.upgrade(release.service, Path(folder), chart_values(release, environment.name, registry), environment.values, release.commit)


def chart_values(release: Release, environment: str, registry: Registry) -> Mapping[str, object]:
    """What Slipway tells the chart, above the values of the bundle."""
    return {
        "image": {"repository": registry.reference(release.service), "digest": release.image_digest},
        "release": {"version": release.version, "commit": release.commit, "digest": release.image_digest},
        "environment": environment,
    }
