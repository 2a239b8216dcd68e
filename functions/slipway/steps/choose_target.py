"""ChooseTarget: the first state of `rollback`. Reads what the operator asked for and says which release that is, or which would be valid."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from slipway.domain import rollback
from slipway.domain.deployment import DeployRequest, Kind
from slipway.domain.lease import Lease
from slipway.errors import InvalidInput
from slipway.ports import Audit, Configurations, Deployments, Environments, Leases


@dataclass(frozen=True)
class ChooseTargetRequest:
    """`request` is the input of the execution as it was typed; `execution` its ARN and `run` its name."""

    request: object
    execution: str
    run: str


def choose_target(
    request: ChooseTargetRequest,
    *,
    configurations: Configurations,
    environments: Environments,
    deployments: Deployments,
    leases: Leases,
    audit: Audit,
    now: datetime,
) -> DeployRequest:
    """InvalidInput, with a sentence that lists what is valid, for everything that can't be carried out as it stands.

    While a push is changing the environment, "back" means to what ran well before it. The actor on the audit log is the execution: who started
    it, CloudTrail knows.
    """
    try:
        wanted = rollback.read(request.request)
        if fault := configurations.read().fault(wanted.service, wanted.environment):
            raise InvalidInput(fault)
        healthy = environments.healthy(wanted.service, wanted.environment)
        state = environments.state(wanted.service, wanted.environment)
        if is_being_changed(leases.read(wanted.service, wanted.environment), deployments):
            state = replace(state, live="")
        target = rollback.choose(wanted, healthy, state)
    except rollback.Refused as refused:
        raise InvalidInput(str(refused)) from refused
    fingerprint = hashlib.sha256(request.execution.encode()).hexdigest()[:12]
    audit.add(request.execution, "rollback", f"ENV#{wanted.service}#{wanted.environment}", now, commit=target.commit, reason=wanted.reason)
    cause = "an operator started a rollback" + (f": {wanted.reason}" if wanted.reason else "")
    return DeployRequest(
        deployment=f"rollback-{wanted.service}-{wanted.environment}-{fingerprint}",
        run=request.run,
        service=wanted.service,
        environment=wanted.environment,
        commit=target.commit,
        kind=Kind.ROLLBACK,
        version=target.version,
        pusher="",
        cause=cause,
        asked_at=now,
    )


def is_being_changed(lease: Lease, deployments: Deployments) -> bool:
    """Whether a push has the environment, or has left it half done: then nobody knows what runs there."""
    return bool(lease.changing) or (bool(lease.owner) and not deployments.get(lease.owner).kind.goes_first)
