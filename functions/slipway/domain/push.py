"""GitHub's push event, and which services and environments it is for."""

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.domain import paths
from slipway.domain.environment import Configuration, Service

NO_COMMIT = "0" * 40
"""What GitHub sends as `after` when a ref was deleted. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push"""
LONGEST_REF_BYTES = 512
"""A longer name doesn't fit into the keys under which releases are found."""


@dataclass(frozen=True)
class Push:
    """`before` and `after` are the objects of the ref, a tag's own object included; `commit` is where `after` leads to, empty for a tag of something else.

    `pusher` is the login of the person whom GitHub has authenticated, empty when that was a program or nobody is named; `by` is for people's eyes only.
    `files` are the paths that the push has changed, None when they aren't known: then everything may have. `at` is when it was, in seconds since
    the epoch by GitHub's clock; 0 when the event doesn't say.
    """

    repository: str
    ref: str
    commit: str
    pusher: str
    deleted: bool = False
    by: str = ""
    before: str = NO_COMMIT
    after: str = ""
    files: tuple[str, ...] | None = None
    at: int = 0


@dataclass(frozen=True)
class Ignored:
    """A push that starts nothing, with the sentence that tells GitHub's delivery page why."""

    reason: str


@dataclass(frozen=True)
class Accepted:
    service: Service
    environments: tuple[str, ...]


def decide(push: Push, configuration: Configuration) -> Sequence[Accepted] | Ignored:
    """Which services and environments a push is for, in the order of slipway.yaml; never an empty list."""
    services = configuration.services_of(push.repository)
    if not services:
        return Ignored(f"No service is deployed from {push.repository}. If the repository was renamed or transferred, change `repository` in slipway.yaml.")
    if push.deleted or push.after == NO_COMMIT:
        return Ignored(f"{push.ref} was deleted; nothing to deploy.")
    if len(push.ref.encode()) > LONGEST_REF_BYTES:
        return Ignored(f"A ref of more than {LONGEST_REF_BYTES} bytes starts nothing.")
    following = [Accepted(service, tuple(names)) for service in services if (names := service.environments_for(push.ref))]
    if not following:
        return Ignored(f"No environment of {_names(services)} follows {push.ref}.")
    if not push.commit:
        return Ignored(f"{push.ref} isn't the tag of a commit; nothing to deploy.")
    concerned = [accepted for accepted in following if _touches(accepted.service, push)]
    if not concerned:
        return Ignored(
            f"Nothing that was pushed to {push.ref} belongs to {_names([accepted.service for accepted in following])}, by its `paths` in slipway.yaml."
        )
    return concerned


def image_of(push: Push, service: Service) -> str:
    """The commit whose image this push leaves as it is, because it brings nothing but changes of the chart; empty when the image may be another one.

    An image is made of the service's source alone, so a chart inside of it is a part of the image.
    """
    chart, source = f"{service.chart}/", f"{service.source}/"
    only_chart = bool(push.files) and all(file.startswith(chart) and not file.startswith(source) for file in push.files or ())
    return push.before if only_chart and push.ref.startswith("refs/heads/") and push.before != NO_COMMIT else ""


def _touches(service: Service, push: Push) -> bool:
    return not service.paths or push.files is None or paths.touch(service.paths, push.files)


def _names(services: Sequence[Service]) -> str:
    return ", ".join(service.name for service in services)
