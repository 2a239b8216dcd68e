"""Untold: finds what ended and never reached the code host, because a notice was lost or lies in the dead letter queue. Part of `sweep`.

Looks at the newest deployments of every environment only; what is older, people find in Slipway itself.
"""

from collections.abc import Sequence

from slipway.domain.deployment import Deployment
from slipway.domain.notice import commit_notice, deployment_notice
from slipway.domain.run import RunState
from slipway.ports import Configurations, Deployments, Notices, Runs, Tellings
from slipway.steps.tell import status_key

NEWEST = 3
"""Deployments to each environment that are looked at. Costs about ten reads for each service and environment, at every sweep."""


def untold(*, configurations: Configurations, runs: Runs, deployments: Deployments, tellings: Tellings, notices: Notices) -> Sequence[str]:
    """The subjects that were put into the queue of notices again. Safe to run as often as one likes: telling compares once more."""
    found: list[str] = []
    for service in configurations.read().services.values():
        for environment in service.targets:
            for deployment in deployments.latest(service.name, environment, NEWEST):
                found += _untold_of(deployment, runs, tellings)
    asked = list(dict.fromkeys(found))
    for subject in asked:
        notices.put(subject)
    return asked


def _untold_of(deployment: Deployment, runs: Runs, tellings: Tellings) -> list[str]:
    found = []
    subject = f"DEPLOYMENT#{deployment.identity}"
    if deployment.outcome and tellings.read(subject).notice != deployment_notice(deployment, []):
        found.append(subject)
    run = runs.get(deployment.run)
    if run is not None and run.state is not RunState.RUNNING:
        told = tellings.read(status_key(run))
        if told.run in ("", run.identity) and told.notice != commit_notice(run, []):
            found.append(f"RUN#{run.identity}")
    return found
