"""Invoked every few minutes by a schedule, and by whoever doesn't want to wait for it."""

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.bootstrap import platform
from slipway.handlers.deadline import call_ends, pause
from slipway.handlers.state import state_handler
from slipway.steps.ages import ages
from slipway.steps.sweep import SweepRequest, sweep
from slipway.telemetry import logger, metrics


@state_handler(SweepRequest)
def handler(request: SweepRequest, context: LambdaContext) -> object:
    swept = sweep(
        request,
        configurations=platform.configurations,
        runs=platform.runs,
        releases=platform.releases,
        builds=platform.builds,
        deployments=platform.deployments,
        environments=platform.environments,
        leases=platform.leases,
        approvals=platform.approvals,
        plans=platform.plans,
        mails=platform.mails,
        workflows=platform.workflows,
        timeline=platform.timeline,
        deliveries=platform.deliveries,
        delivery_log=platform.delivery_log,
        changed_refs=platform.changed_refs,
        commits=platform.commits,
        refs=platform.refs,
        tellings=platform.tellings,
        notices=platform.notices,
        clock=platform.clock,
        call_ends=call_ends(context, platform.clock()),
        pause=pause,
    )
    logger.info("swept", done=swept.done, failed=swept.failed)
    metrics.add_metric(name="SweptUp", unit=MetricUnit.Count, value=len(swept.done))
    metrics.add_metric(name="NotSwept", unit=MetricUnit.Count, value=len(swept.failed))
    oldest = ages(
        configurations=platform.configurations,
        runs=platform.runs,
        leases=platform.leases,
        approvals=platform.approvals,
        timeline=platform.timeline,
        now=platform.clock(),
    )
    metrics.add_metric(name="OldestRun", unit=MetricUnit.Seconds, value=oldest.run.total_seconds())
    metrics.add_metric(name="OldestLease", unit=MetricUnit.Seconds, value=oldest.lease.total_seconds())
    metrics.add_metric(name="OldestApproval", unit=MetricUnit.Seconds, value=oldest.approval.total_seconds())
    return swept
