"""What an operator asks for, and which release it means."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from slipway.domain import history
from slipway.domain.environment import LONGEST_ECHO, EnvironmentState
from slipway.domain.history import HealthyRelease
from slipway.domain.release import SHORTEST_COMMIT

LONGEST_REASON = 500
_MOST_FAULTS = 10


class Refused(Exception):
    """The request can't be carried out; the message says what would be right."""


@dataclass(frozen=True)
class RollbackRequest:
    """`service` and `environment` are enough: that is the release before the live one. Only one of `revision` and `version` may be given."""

    service: str
    environment: str
    revision: int | None = None
    version: str | None = None
    reason: str = ""


def read(given: object) -> RollbackRequest:
    """The input of `rollback` as a person typed it into the AWS console. Refused with every fault at once."""
    allowed = [field.name for field in fields(RollbackRequest)]
    if not isinstance(given, Mapping):
        raise Refused('The input must be a JSON object such as {"service": "sample-app", "environment": "prod"}.')
    faults = [_unknown(str(name), allowed) for name in given if name not in allowed]
    faults += [f"{name} is missing" for name in ("service", "environment") if name not in given]
    faults += [f"{name} must be text" for name in ("service", "environment", "version", "reason") if name in given and not isinstance(given[name], str)]
    revision = given.get("revision")
    if "revision" in given and (not isinstance(revision, int) or isinstance(revision, bool) or revision < 1):
        faults.append("revision must be a whole number above 0, as `helm history` shows it, without quotation marks")
    if "revision" in given and "version" in given:
        faults.append("revision and version can't both be given")
    if isinstance(given.get("reason"), str) and len(given["reason"]) > LONGEST_REASON:
        faults.append(f"reason has more than {LONGEST_REASON} characters")
    if faults:
        raise Refused(
            f"The input of rollback is wrong: {'; '.join(faults[:_MOST_FAULTS])}. Fields: service, environment; optional: revision or version, reason."
        )
    return RollbackRequest(**{str(name): value for name, value in given.items()})


def choose(request: RollbackRequest, healthy: Sequence[HealthyRelease], state: EnvironmentState) -> HealthyRelease:
    """The release to go back to. Refused, with the valid ones, when there is no such release or it was never healthy there."""
    where = f"{request.service} in {request.environment}"
    if not healthy:
        raise Refused(f"No release of {where} was ever healthy there: there is nothing to go back to.")
    valid = f"Valid: {history.named(healthy)}."
    if request.revision is not None:
        found = [release for release in healthy if request.revision in release.revisions]
        wanted = f"revision {request.revision}"
    elif request.version is not None:
        found = [release for release in healthy if _is_called(release, request.version)]
        wanted = f"version {request.version[:LONGEST_ECHO]!r}"
    else:
        return _before_the_live_one(healthy, state, f"{where}. {valid}")
    if not found:
        raise Refused(f"{wanted[0].upper()}{wanted[1:]} was never healthy for {where}. {valid}")
    if len({release.commit for release in found}) > 1:
        raise Refused(f"{wanted[0].upper()}{wanted[1:]} means more than one release of {where}. {valid}")
    return found[-1]


def _is_called(release: HealthyRelease, version: str) -> bool:
    return version in release.versions or (len(version) >= SHORTEST_COMMIT and release.commit.startswith(version))


def _before_the_live_one(healthy: Sequence[HealthyRelease], state: EnvironmentState, tail: str) -> HealthyRelease:
    """What the live release replaced, if that is older; when nobody knows what runs, what ran well last."""
    live = history.find(healthy, state.live)
    found = history.find(healthy, live.before if live is not None else state.last_good)
    if found is None or (live is not None and found.at >= live.at):
        raise Refused(f"Nothing older ran before the live release of {tail}")
    return found


def _unknown(name: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, allowed, n=1)
    return f"there is no field {name[:LONGEST_ECHO]!r}" + (f", did you mean {close[0]}?" if close else "")
