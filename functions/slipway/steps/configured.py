"""What slipway.yaml says now about a deployment that has begun. Its service or environment may have been removed meanwhile: then it ends with that reason."""

from slipway.domain.deployment import Deployment
from slipway.domain.environment import Configuration, Environment, Service
from slipway.errors import InvalidInput


def service_of(configuration: Configuration, deployment: Deployment) -> Service:
    """InvalidInput when the service, or its way to that environment, was removed."""
    if fault := configuration.fault(deployment.service, deployment.environment):
        raise InvalidInput(f"Removed from slipway.yaml while {deployment.identity} was under way: {fault}")
    return configuration.services[deployment.service]


def environment_of(configuration: Configuration, deployment: Deployment) -> Environment:
    """Also when only the service was removed: what was changed there can still be watched and taken back. InvalidInput when the environment was, too."""
    if deployment.environment not in configuration.environments:
        names = ", ".join(configuration.environments)
        raise InvalidInput(f"{deployment.environment} was removed from slipway.yaml while {deployment.identity} was under way; it has {names}.")
    return configuration.environments[deployment.environment]
