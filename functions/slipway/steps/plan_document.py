"""What approvers see: commits, difference, manual changes, checks, where it ran, and who is left to decide.

`plan` calls it for a deployment that has to ask.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.domain import manifests
from slipway.domain.approval import Selves, electorate, too_few
from slipway.domain.deployment import Deployment
from slipway.domain.environment import ApprovalRule, Configuration
from slipway.domain.manual_changes import overwritten
from slipway.domain.plain_text import one_line
from slipway.domain.plan import MOST_MANUAL_CHANGES, ManualChange, ManualChanges, PlanDocument, Ran, ran_in
from slipway.domain.release import Release
from slipway.errors import TemporarilyUnavailable
from slipway.ports import (
    Bundles,
    Charts,
    Cluster,
    Clusters,
    Commits,
    Environments,
    GateReports,
    HelmFailed,
    ObjectName,
    Registry,
)
from slipway.steps import new_commits
from slipway.steps.changing import chart_values

DELETED = "the whole object, which was deleted"
UNKNOWN_LOOKUPS = "; the chart may look things up in the cluster (lookup, tpl), and what it makes of them is known only when it is applied"


@dataclass(frozen=True)
class Refused:
    """The deployment can't be asked about: `reason` is a sentence for whoever pushed."""

    reason: str


def plan_document(
    deployment: Deployment,
    release: Release,
    rule: ApprovalRule,
    live: str,
    *,
    pushers: Sequence[str],
    in_round: int,
    configuration: Configuration,
    environments: Environments,
    registry: Registry,
    bundles: Bundles,
    clusters: Clusters,
    commits: Commits,
    gate_reports: GateReports,
) -> PlanDocument | Refused:
    """`live` is the commit that the environment runs, empty when it is none; `pushers` are all who have pushed the release or asked for it, ever.

    Nothing is changed by asking. Refused when too few of the approvers are left to decide, when so much is new that its authors can't all be looked up, or the
    chart can't be rendered there. GitHub that doesn't answer, and manual changes that can't be read, are said in the document: people decide knowing that.
    TemporarilyUnavailable when Helm can't reach the cluster.
    """
    comparison = new_commits.compared(commits, configuration.services[deployment.service].repository, live, deployment.commit)
    contributors = new_commits.contributors(comparison, pushers, deployment.pusher, configuration.people)
    selves = Selves(deployment.pusher, contributors)
    if reason := too_few(deployment.environment, rule, selves, configuration.people) or new_commits.unread(comparison, deployment.environment, rule):
        return Refused(reason)
    environment = configuration.environments[deployment.environment]
    charts = clusters.charts(environment)
    rendered = _rendered(charts, deployment, release, registry, bundles, environment.values)
    if isinstance(rendered, HelmFailed):
        return Refused(f"The release can't be applied to {deployment.environment}: {rendered.message[:1000]}")
    manifest, looks_up = rendered
    running = charts.manifest(deployment.service)
    try:
        difference = manifests.difference(running, manifest)
        wanted, had = manifests.objects(manifest), {label for label, _ in manifests.objects(running)}
    except ValueError as error:
        return Refused(f"The release can't be applied to {deployment.environment}: what would change can't be shown: {error}")
    known = environments.healthy_release(deployment.service, deployment.environment, live)
    return PlanDocument(
        from_version=known.version if known is not None else live[:12],
        from_commit=live,
        to_version=deployment.version,
        to_commit=deployment.commit,
        digest=release.image_digest,
        summary=difference.summary + (UNKNOWN_LOOKUPS if looks_up else ""),
        difference=difference.text,
        commits=new_commits.listed(comparison),
        contributors=contributors,
        manual_changes=_manual_changes(clusters.cluster(environment), wanted, had),
        checks=tuple(gate_reports.read(deployment.service, deployment.commit)),
        ran=_ran_before(deployment, release, configuration, environments),
        round=in_round,
        required=rule.required,
        approvers=tuple(person.name for person in electorate(rule, selves, configuration.people)),
        cause=one_line(deployment.cause),
    )


def _rendered(charts: Charts, deployment: Deployment, release: Release, registry: Registry, bundles: Bundles, values: str) -> tuple[str, bool] | HelmFailed:
    """The manifest that `apply` would make so, and whether what the chart looks up in the cluster is missing in it. It holds secrets."""
    with tempfile.TemporaryDirectory() as folder:
        bundles.unpack(release.bundle_digest, Path(folder))
        manifest = charts.render(deployment.service, Path(folder), chart_values(release, deployment.environment, registry), values)
        return manifest if isinstance(manifest, HelmFailed) else (manifest, charts.looks_up(Path(folder)))


def _manual_changes(cluster: Cluster, wanted: Sequence[tuple[str, Mapping[str, Any]]], had: set[str]) -> ManualChanges:
    """What people have changed or deleted of the release's objects. `had` are the labels of the objects that Helm believes to be there."""
    try:
        there = cluster.objects([_name_of(item) for _, item in wanted])
    except TemporarilyUnavailable:
        return ManualChanges(unknown="the cluster didn't answer")
    found: list[ManualChange] = []
    for label, item in wanted:
        name = _name_of(item)
        live = there.get(name)
        if live is not None:
            found += overwritten(label, item, live)
        elif name in there and label in had:
            found.append(ManualChange(label, DELETED, "somebody"))
    return ManualChanges(tuple(found[:MOST_MANUAL_CHANGES]), len(found[MOST_MANUAL_CHANGES:]))


def _name_of(item: Mapping[str, Any]) -> ObjectName:
    metadata = item["metadata"]
    return ObjectName(str(item.get("apiVersion", "")), str(item["kind"]), str(metadata["name"]), str(metadata.get("namespace") or ""))


def _ran_before(deployment: Deployment, release: Release, configuration: Configuration, environments: Environments) -> tuple[Ran, ...]:
    """Of every environment that comes earlier in the service's flow."""
    flow = list(configuration.services[deployment.service].targets)
    return tuple(
        ran_in(earlier, release.image_digest, environments.healthy_release(deployment.service, earlier, deployment.commit))
        for earlier in flow[: flow.index(deployment.environment)]
    )
