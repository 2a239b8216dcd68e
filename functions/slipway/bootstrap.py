"""The composition root: the one place where adapters are built, each when it's first asked for.

Imports are inside the properties on purpose: a function loads only the adapters that its step uses, which is most of
a cold start.
"""

import os
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from slipway import ports
from slipway.settings import Settings

if TYPE_CHECKING:
    from slipway.adapters.dynamodb.table import Table


class Platform:
    """The adapters for one set of settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @staticmethod
    def clock() -> datetime:
        return datetime.now(UTC)

    @cached_property
    def configurations(self) -> ports.Configurations:
        from slipway.adapters.configuration import FileConfigurations

        return FileConfigurations(Path(os.environ.get("LAMBDA_TASK_ROOT", ".")) / self._settings.configuration)

    @cached_property
    def deliveries(self) -> ports.Deliveries:
        from slipway.adapters.dynamodb.deliveries import DynamoDeliveries

        return DynamoDeliveries(self._table)

    @cached_property
    def runs(self) -> ports.Runs:
        from slipway.adapters.dynamodb.runs import DynamoRuns

        return DynamoRuns(self._table)

    @cached_property
    def releases(self) -> ports.Releases:
        from slipway.adapters.dynamodb.releases import DynamoReleases

        return DynamoReleases(self._table)

    @cached_property
    def deployments(self) -> ports.Deployments:
        from slipway.adapters.dynamodb.deployments import DynamoDeployments

        return DynamoDeployments(self._table)

    @cached_property
    def environments(self) -> ports.Environments:
        from slipway.adapters.dynamodb.environments import DynamoEnvironments

        return DynamoEnvironments(self._table)

    @cached_property
    def leases(self) -> ports.Leases:
        from slipway.adapters.dynamodb.leases import DynamoLeases

        return DynamoLeases(self._table)

    @cached_property
    def approvals(self) -> ports.Approvals:
        from slipway.adapters.dynamodb.approvals import DynamoApprovals

        return DynamoApprovals(self._table)

    @cached_property
    def audit(self) -> ports.Audit:
        from slipway.adapters.dynamodb.audit import DynamoAudit

        return DynamoAudit(self._table)

    @cached_property
    def timeline(self) -> ports.Timeline:
        from slipway.adapters.dynamodb.timeline import DynamoTimeline

        return DynamoTimeline(self._table)

    @cached_property
    def workflows(self) -> ports.Workflows:
        from slipway.adapters.stepfunctions import StepFunctionsWorkflows

        return StepFunctionsWorkflows(self._settings.release_state_machine_arn)

    @cached_property
    def builds(self) -> ports.Builds:
        from slipway.adapters.codebuild import CodeBuildBuilds

        return CodeBuildBuilds(self._settings.build_project, self._settings.bundles_bucket)

    @cached_property
    def registry(self) -> ports.Registry:
        from slipway.adapters.ecr import EcrRegistry

        return EcrRegistry(self._settings.account_id)

    @cached_property
    def bundles(self) -> ports.Bundles:
        from slipway.adapters.s3 import S3Bundles

        return S3Bundles(self._settings.bundles_bucket)

    @cached_property
    def plans(self) -> ports.Plans:
        from slipway.adapters.plans import S3Plans

        return S3Plans(self._settings.bundles_bucket)

    @cached_property
    def links(self) -> ports.Links:
        from slipway.adapters.links import SignedLinks

        return SignedLinks(self._link_secret)

    @cached_property
    def form_tickets(self) -> ports.FormTickets:
        from slipway.adapters.links import FormTickets

        return FormTickets(self._link_secret)

    @cached_property
    def mails(self) -> ports.Mails:
        from slipway.adapters.email.ses import SesMails

        return SesMails(self._settings.mail_from, self._settings.console_url, self.links)

    @cached_property
    def clusters(self) -> ports.Clusters:
        from slipway.adapters.eks import EksClusters

        return EksClusters(self._settings.account_id)

    @cached_property
    def webhook_secret(self) -> ports.Secret:
        from slipway.adapters.secrets import SecretsManagerSecret

        return SecretsManagerSecret(self._settings.webhook_secret_arn)

    @cached_property
    def _link_secret(self) -> ports.Secret:
        from slipway.adapters.secrets import SecretsManagerSecret

        return SecretsManagerSecret(self._settings.link_secret_arn)

    @cached_property
    def _table(self) -> "Table":
        from slipway.adapters.dynamodb.table import Table

        return Table(self._settings.table_name)


platform = Platform(Settings.from_environment(os.environ))
"""The adapters of this process."""
