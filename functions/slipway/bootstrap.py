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
    from slipway.adapters.github.app import App


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
    def refs(self) -> ports.Refs:
        from slipway.adapters.dynamodb.refs import DynamoRefs

        return DynamoRefs(self._table)

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

        timeline = DynamoTimeline(self._table)
        if not self._settings.notices_queue_url:
            return timeline
        from slipway.adapters.telling_timeline import TellingTimeline

        return TellingTimeline(timeline, self.notices)

    @cached_property
    def notices(self) -> ports.Notices:
        from slipway.adapters.sqs import SqsNotices

        return SqsNotices(self._settings.notices_queue_url)

    @cached_property
    def tellings(self) -> ports.Tellings:
        from slipway.adapters.dynamodb.told import DynamoTellings

        return DynamoTellings(self._table)

    @cached_property
    def call_budget(self) -> ports.CallBudget:
        from slipway.adapters.dynamodb.told import DynamoCallBudget

        return DynamoCallBudget(self._table)

    @cached_property
    def news(self) -> ports.NewsChannel:
        from slipway.adapters.sns import SnsNewsChannel

        return SnsNewsChannel(self._settings.news_topic_arn)

    @cached_property
    def workflows(self) -> ports.Workflows:
        from slipway.adapters.stepfunctions import StepFunctionsWorkflows

        return StepFunctionsWorkflows(self._settings.release_state_machine_arn, self._settings.deploy_state_machine_arn)

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
    def gate_reports(self) -> ports.GateReports:
        from slipway.adapters.gate_reports import S3GateReports

        return S3GateReports(self._settings.bundles_bucket)

    @cached_property
    def advisories(self) -> ports.Advisories:
        from slipway.adapters.advisories import S3Advisories

        return S3Advisories(self._settings.bundles_bucket)

    @cached_property
    def signatures(self) -> ports.Signatures:
        from slipway.adapters.kms import KmsSignatures

        return KmsSignatures(self._settings.signing_key_arn)

    @cached_property
    def links(self) -> ports.Links:
        from slipway.adapters.links import SignedLinks
        from slipway.adapters.secrets import SecretsManagerSecret

        return SignedLinks(SecretsManagerSecret(self._settings.link_secret_arn))

    @cached_property
    def form_tickets(self) -> ports.FormTickets:
        from slipway.adapters.links import FormTickets

        return FormTickets(self._session_secret)

    @cached_property
    def sessions(self) -> ports.Sessions:
        from slipway.adapters.sessions import SignedSessions

        return SignedSessions(self._session_secret)

    @cached_property
    def accounts(self) -> ports.Accounts:
        from slipway.adapters.github.accounts import GitHubAccounts
        from slipway.adapters.secrets import SecretsManagerSecret

        secret = SecretsManagerSecret(self._settings.github_sign_in_secret_arn)
        return GitHubAccounts(secret, self._settings.github_web_url, self._settings.github_url)

    @cached_property
    def mails(self) -> ports.Mails:
        from slipway.adapters.email.ses import SesMails

        return SesMails(self._settings.mail_from, self._settings.console_url, self.links)

    @cached_property
    def clusters(self) -> ports.Clusters:
        from slipway.adapters.eks import EksClusters

        return EksClusters(self._settings.account_id)

    @cached_property
    def commits(self) -> ports.Commits:
        from slipway.adapters.github.commits import GitHubCommits

        return GitHubCommits(self._github)

    @cached_property
    def changed_refs(self) -> ports.ChangedRefs:
        from slipway.adapters.github.refs import GitHubRefs

        return GitHubRefs(self._github)

    @cached_property
    def delivery_log(self) -> ports.DeliveryLog:
        from slipway.adapters.github.deliveries import GitHubDeliveries

        return GitHubDeliveries(self._github)

    @cached_property
    def commit_statuses(self) -> ports.CommitStatuses:
        from slipway.adapters.github.statuses import GitHubStatuses

        return GitHubStatuses(self._github)

    @cached_property
    def webhook_secret(self) -> ports.Secret:
        from slipway.adapters.secrets import SecretsManagerSecret

        return SecretsManagerSecret(self._settings.webhook_secret_arn)

    @cached_property
    def _github(self) -> "App":
        from slipway.adapters.github.app import App
        from slipway.adapters.secrets import SecretsManagerSecret

        arn = self._settings.github_app_secret_arn
        return App(SecretsManagerSecret(arn) if arn else None, self._settings.github_url)

    @cached_property
    def _session_secret(self) -> ports.Secret:
        from slipway.adapters.secrets import SecretsManagerSecret

        return SecretsManagerSecret(self._settings.session_secret_arn)

    @cached_property
    def _table(self) -> "Table":
        from slipway.adapters.dynamodb.table import Table

        return Table(self._settings.table_name)


platform = Platform(Settings.from_environment(os.environ))
"""The adapters of this process."""
