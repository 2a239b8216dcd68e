"""StartDeployment: an operator brings a release that exists to an environment, with the same questions asked as after a push. The console calls it.

Policies are checked here already, so that a person at a terminal hears at once what is in the way; Plan checks them again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from slipway.domain import freeze, history, policy
from slipway.domain.deployment import DeployRequest, Kind
from slipway.domain.environment import LONGEST_ECHO, Target
from slipway.domain.release import Release, ReleaseState
from slipway.errors import InvalidInput
from slipway.ports import Audit, Configurations, Environments, Leases, Releases, Timeline, Workflows


@dataclass(frozen=True)
class StartDeploymentRequest:
    """`version` is a tag or the first digits of a commit, `commit` only the latter; without both it is what is live there, once more.

    `actor` is a person's name, or the principal that signed the request, and `login` the person's at GitHub, empty when nobody knows it: they count as
    the pusher. `key` tells one wish from another: the same twice is one deployment. `override_freeze` asks for a decision against a freeze.
    """

    service: str
    environment: str
    actor: str
    login: str
    key: str
    version: str = ""
    commit: str = ""
    reason: str = ""
    override_freeze: bool = False


@dataclass(frozen=True)
class StartedDeployment:
    """`asks` says whether people have to approve it, `hold` why it will wait, empty when it won't for that."""

    deployment: str
    version: str
    commit: str
    asks: bool
    hold: str


@dataclass(frozen=True)
class Declined:
    """The environment doesn't take the release now; `reason` is a sentence that says what it wants."""

    reason: str


def start_deployment(
    request: StartDeploymentRequest,
    *,
    configurations: Configurations,
    releases: Releases,
    environments: Environments,
    leases: Leases,
    workflows: Workflows,
    timeline: Timeline,
    audit: Audit,
    now: datetime,
) -> StartedDeployment | Declined:
    """InvalidInput, with what would be right, when there is no such service, environment or release."""
    service, environment = request.service, request.environment
    configuration = configurations.read()
    if fault := configuration.fault(service, environment):
        raise InvalidInput(fault)
    target = configuration.services[service].targets[environment]
    kind = Kind.OVERRIDE if request.override_freeze else Kind.RELEASE
    if request.override_freeze and not request.reason:
        raise InvalidInput("An override needs a reason: those who decide about it want to know why it can't wait.")
    release, version = _meant(request, releases, environments, target)
    before = environments.healthy_release(service, target.ran_in, release.commit) if target.ran_in else None
    if reason := policy.unmet(environment, target, release.commit, release, before, now) or policy.frozen(environment, target, now, kind):
        return Declined(reason)
    if request.override_freeze and freeze.look(target.freeze, now) is None:
        raise InvalidInput(f"{environment} isn't frozen now: leave out the override.")
    fingerprint = hashlib.sha256("\n".join((service, environment, release.commit, request.actor, request.key)).encode()).hexdigest()[:12]
    identity = f"deploy-{service}-{environment}-{fingerprint}"
    against = " in spite of the freeze" if request.override_freeze else ""
    cause = f"{request.actor} asked for {version} by hand{against}" + (f": {request.reason}" if request.reason else "")
    audit.add(request.actor, kind if request.override_freeze else "deploy", f"ENV#{service}#{environment}", now, commit=release.commit, reason=request.reason)
    if workflows.start_deploy(DeployRequest(identity, identity, service, environment, release.commit, kind, version, request.login, cause, now)):
        timeline.add(f"DEPLOYMENT#{identity}", "started-by-hand", cause, now)
    asks = policy.approval_rule(target, kind) is not None
    return StartedDeployment(identity, version, release.commit, asks, leases.read(service, environment).hold)


def _meant(request: StartDeploymentRequest, releases: Releases, environments: Environments, target: Target) -> tuple[Release, str]:
    """The release, and what people call it."""
    service, environment = request.service, request.environment
    if request.version and request.commit:
        raise InvalidInput("version and commit can't both be given.")
    digits = request.commit or request.version or environments.state(service, environment).live
    if not digits:
        raise InvalidInput(f"Nothing is live for {service} in {environment}: name a release by its version or commit.")
    tagged = releases.tagged(service, request.version) if request.version else None
    found = [tagged] if tagged is not None else releases.begun(service, digits)
    named, place = digits[:LONGEST_ECHO], target.ran_in or environment

    def valid() -> str:
        """All of them are read only for a sentence that names them."""
        earlier = environments.healthy(service, place)
        return f" Healthy in {place}: {history.named(earlier)}." if earlier else ""

    if not found:
        raise InvalidInput(f"{service} has no release {named!r}: a commit becomes one by being pushed and built.{valid()}")
    if len(found) > 1:
        raise InvalidInput(f"{named!r} begins {len(found)} releases of {service}: give more digits.")
    if found[0].state is not ReleaseState.READY:
        raise InvalidInput(f"The release {named!r} of {service} isn't ready but {found[0].state}.{valid()}")
    known = environments.healthy_release(service, environment, found[0].commit)
    called = known.version if known is not None else found[0].version
    return found[0], request.version if tagged is not None else called
