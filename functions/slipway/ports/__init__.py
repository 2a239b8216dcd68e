"""What the steps need from the world, named by role. Adapters implement it for real, the tests' fakes in memory.

`code_host` deliveries, refs, commits · `releases` builds, images, bundles · `deployments` runs, environments, leases, timelines · `approvals` questions and
people · `clusters` Helm and Kubernetes · `telling` who hears of it. Every method may raise `TemporarilyUnavailable`; other errors are named where they occur.
"""

from slipway.ports.approvals import Accounts, Approvals, FormTickets, Links, Mails, Sessions, SignInAttempt
from slipway.ports.clusters import Charts, Cluster, Clusters, HelmFailed, HelmRelease, ObjectName
from slipway.ports.code_host import (
    ChangedRefs,
    CommitInfo,
    Commits,
    Comparison,
    Deliveries,
    DeliveryLog,
    FailedDelivery,
    KnownRef,
    LastPush,
    PushedRef,
    Receipt,
    Refs,
    RefsNow,
)
from slipway.ports.deployments import Audit, Configurations, Deployments, Environments, Leases, Plans, Runs, Secret, Timeline, TimelineEvent, Workflows
from slipway.ports.releases import Advisories, BuildResult, Builds, Bundles, GateReports, Registry, Releases, Signatures, UnfinishedBuild
from slipway.ports.telling import CallBudget, CommitStatuses, NewsChannel, Notices, Tellings

__all__ = [
    "Accounts",
    "Advisories",
    "Approvals",
    "Audit",
    "BuildResult",
    "Builds",
    "Bundles",
    "CallBudget",
    "ChangedRefs",
    "Charts",
    "Cluster",
    "Clusters",
    "CommitInfo",
    "CommitStatuses",
    "Commits",
    "Comparison",
    "Configurations",
    "Deliveries",
    "DeliveryLog",
    "Deployments",
    "Environments",
    "FailedDelivery",
    "FormTickets",
    "GateReports",
    "HelmFailed",
    "HelmRelease",
    "KnownRef",
    "LastPush",
    "Leases",
    "Links",
    "Mails",
    "NewsChannel",
    "Notices",
    "ObjectName",
    "Plans",
    "PushedRef",
    "Receipt",
    "Refs",
    "RefsNow",
    "Registry",
    "Releases",
    "Runs",
    "Secret",
    "Sessions",
    "SignInAttempt",
    "Signatures",
    "Tellings",
    "Timeline",
    "TimelineEvent",
    "UnfinishedBuild",
    "Workflows",
]
