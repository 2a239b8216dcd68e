"""What must hold before a release may go to an environment, and who has to agree.

`unmet` is asked by OpenRun (of the first environment), StartDeployment and Plan; `frozen` by StartDeployment, by Plan, and by ConfirmPlan right before Apply.
"""

from datetime import UTC, datetime, timedelta

from slipway.domain import freeze
from slipway.domain.deployment import Kind
from slipway.domain.environment import ApprovalRule, Target
from slipway.domain.history import HealthyRelease
from slipway.domain.release import Release

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def unmet(environment: str, target: Target, commit: str, release: Release | None, before: HealthyRelease | None, now: datetime) -> str:
    """Why the release may not go there yet, as a sentence; empty when it may. `before` is the release as it was healthy in `target.ran_in`.

    The same bytes have to have run there: a commit alone doesn't count, the image's digest does. How long counts from when they went live there until
    something else did, or until now.
    """
    if not target.ran_in:
        return ""
    if before is None or release is None or before.digest != release.image_digest:
        return (
            f"{environment} takes only releases that were healthy in {target.ran_in}, and {commit[:12]} never was. "
            f"Release it there first, then push a new tag, or delete this one and push it again."
        )
    lived = before.lived(now)
    if lived >= target.ran_for:
        return ""
    rule = f"{environment} takes only releases that ran well in {target.ran_in} for {in_words(target.ran_for)}"
    if before.until is not None:
        return f"{rule}, and {commit[:12]} was replaced there after {in_words(lived)}. Release it there again first."
    allowed = now + target.ran_for - lived
    then = f"slipway deploy {release.service} {environment} --commit {commit[:12]}"
    return f"{rule}, and {commit[:12]} runs there since {_clock(before.live_since, now)}. From {_clock(allowed, now)} on: {then}"


def frozen(environment: str, target: Target, now: datetime, kind: Kind = Kind.RELEASE) -> str:
    """Why nothing new may go there now, with when that ends; empty when it may. Going back is never frozen, and an override is decided by people.

    Asked twice: a deployment that has waited for people or for its turn may find the environment frozen meanwhile.
    """
    if kind is Kind.OVERRIDE and target.freeze_override is None:
        return f"{environment} has no freeze_override in slipway.yaml, so nobody may decide against its freeze."
    found = freeze.look(target.freeze, now) if kind is Kind.RELEASE else None
    if found is None:
        return ""
    until = f"until {found.until:%a %Y-%m-%d %H:%M} {found.until.tzinfo} ({_clock(found.until, now)})" if found.until else "with no end within a year"
    rule = target.freeze_override
    way = f", or before with --override-freeze, which {' or '.join(rule.approvers)} can approve" if rule else "; nobody may override this"
    return f"{environment} is frozen {until}. Rollbacks aren't. Bring the release there afterwards with slipway deploy{way}."


def approval_rule(target: Target, kind: Kind) -> ApprovalRule | None:
    """Who decides about a deployment of that kind; None when nobody has to be asked."""
    match kind:
        case Kind.RELEASE:
            return target.approval
        case Kind.OVERRIDE:
            return target.freeze_override
        case _:
            return None


def in_words(length: timedelta) -> str:
    """As slipway.yaml has it: `90s`, `10m`, `2d`. Parts of a second are cut off."""
    seconds = max(int(length.total_seconds()), 0)
    factor, unit = next((factor, unit) for factor, unit in _UNITS if seconds % factor == 0 and seconds >= factor) if seconds else (1, "s")
    return f"{seconds // factor}{unit}"


def _clock(at: datetime, now: datetime) -> str:
    """UTC, with the date when that isn't today's."""
    at = at.astimezone(UTC)
    return f"{at:%H:%M:%S} UTC" if at.date() == now.astimezone(UTC).date() else f"{at:%Y-%m-%d %H:%M:%S} UTC"
