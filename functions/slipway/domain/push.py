"""GitHub's push event, and which run it asks for."""

from dataclasses import dataclass

from slipway.domain.environment import Configuration, Service

NO_COMMIT = "0" * 40
"""What GitHub sends as `after` when a ref was deleted. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push"""


@dataclass(frozen=True)
class Push:
    repository: str
    ref: str
    commit: str
    pusher: str
    deleted: bool


@dataclass(frozen=True)
class Ignored:
    """A push that starts nothing, with the sentence that tells GitHub's delivery page why."""

    reason: str


@dataclass(frozen=True)
class Accepted:
    service: Service
    environments: tuple[str, ...]


def decide(push: Push, configuration: Configuration) -> Accepted | Ignored:
    """Which service and environments a push is for."""
    service = configuration.service_of(push.repository)
    if service is None:
        return Ignored(f"No service is deployed from {push.repository}.")
    if push.deleted or push.commit == NO_COMMIT:
        return Ignored(f"{push.ref} was deleted; nothing to deploy.")
    environments = service.environments_for(push.ref)
    if not environments:
        return Ignored(f"No environment of {service.name} follows {push.ref}.")
    return Accepted(service, tuple(environments))
