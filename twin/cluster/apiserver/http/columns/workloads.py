"""What runs pods, and what scales or guards them."""

from datetime import UTC, datetime

from twin.cluster.apiserver.http.columns.ages import UNKNOWN, human_duration, moment, since
from twin.cluster.apiserver.http.columns.column import (
    AGE,
    NAME,
    NONE,
    UNSET,
    Column,
    first_of,
    has_condition,
    label_selector,
    labels,
    number,
    pod_template_columns,
    text,
    value_at,
)
from twin.cluster.apiserver.objects import Object, is_being_deleted

_METRICS_SHOWN = 2
_TEMPLATE = "spec.template.spec"


def _selector(item: Object) -> str:
    return label_selector(value_at(item, "spec.selector", {}))


def _ready_of_desired(item: Object) -> str:
    return f"{value_at(item, 'status.readyReplicas', 0)}/{value_at(item, 'spec.replicas', 0)}"


def _completions(job: Object) -> str:
    succeeded, wanted, parallel = value_at(job, "status.succeeded", 0), value_at(job, "spec.completions"), value_at(job, "spec.parallelism", 0)
    if wanted is not None:
        return f"{succeeded}/{wanted}"
    return f"{succeeded}/1 of {parallel}" if parallel > 1 else f"{succeeded}/1"


def _job_status(job: Object) -> str:
    for condition in ("Complete", "Failed"):
        if has_condition(job, condition):
            return condition
    if is_being_deleted(job):
        return "Terminating"
    return next((condition for condition in ("Suspended", "FailureTarget") if has_condition(job, condition)), "Running")


def _job_duration(job: Object) -> str:
    started, ended = value_at(job, "status.startTime"), value_at(job, "status.completionTime")
    if not started:
        return ""
    return human_duration((moment(ended) if ended else datetime.now(UTC)) - moment(started))


def _last_schedule(job: Object) -> str:
    last = value_at(job, "status.lastScheduleTime")
    return since(last) if last else NONE


def _targets(autoscaler: Object) -> str:
    current = value_at(autoscaler, "status.currentMetrics", ())
    metrics = [_target(metric, current[place] if place < len(current) else {}) for place, metric in enumerate(value_at(autoscaler, "spec.metrics", ()))]
    return first_of(metrics, _METRICS_SHOWN, NONE, ", ")


def _target(metric: Object, current: Object) -> str:
    """`cpu: 10%/80%`"""
    kind = metric["type"]
    source = kind[:1].lower() + kind[1:]
    target, now = value_at(metric, f"{source}.target", {}), value_at(current, f"{source}.current", {})
    if kind in ("Resource", "ContainerResource"):
        name = metric[source]["name"]
        if "averageValue" in target:
            return f"{name}: {now.get('averageValue', UNKNOWN)}/{target['averageValue']}"
        return f"{name}: {_percentage(now, UNKNOWN)}/{_percentage(target, '<auto>')}"
    if kind == "Pods":
        return f"{now.get('averageValue', UNKNOWN)}/{target.get('averageValue')}"
    if "averageValue" in target:
        return f"{now.get('averageValue', UNKNOWN)}/{target['averageValue']} (avg)"
    return f"{now.get('value', UNKNOWN)}/{target.get('value')}"


def _percentage(value: Object, nothing: str) -> str:
    return f"{value['averageUtilization']}%" if "averageUtilization" in value else nothing


_REPLICAS = (
    NAME,
    Column("Desired", number("spec.replicas"), "integer"),
    Column("Current", number("status.replicas"), "integer"),
    Column("Ready", number("status.readyReplicas"), "integer"),
    AGE,
)

COLUMNS = {
    "Deployment": (
        NAME,
        Column("Ready", _ready_of_desired),
        Column("Up-to-date", number("status.updatedReplicas")),
        Column("Available", number("status.availableReplicas")),
        AGE,
        *pod_template_columns(_TEMPLATE, _selector),
    ),
    "ReplicaSet": (*_REPLICAS, *pod_template_columns(_TEMPLATE, _selector)),
    "ReplicationController": (*_REPLICAS, *pod_template_columns(_TEMPLATE, lambda item: labels(value_at(item, "spec.selector", {})))),
    "StatefulSet": (NAME, Column("Ready", _ready_of_desired), AGE, *pod_template_columns(_TEMPLATE, None)),
    "DaemonSet": (
        NAME,
        Column("Desired", number("status.desiredNumberScheduled"), "integer"),
        Column("Current", number("status.currentNumberScheduled"), "integer"),
        Column("Ready", number("status.numberReady"), "integer"),
        Column("Up-to-date", number("status.updatedNumberScheduled"), "integer"),
        Column("Available", number("status.numberAvailable"), "integer"),
        Column("Node Selector", lambda item: labels(value_at(item, f"{_TEMPLATE}.nodeSelector", {}))),
        AGE,
        *pod_template_columns(_TEMPLATE, _selector),
    ),
    "Job": (
        NAME,
        Column("Status", _job_status),
        Column("Completions", _completions),
        Column("Duration", _job_duration),
        AGE,
        *pod_template_columns(_TEMPLATE, _selector),
    ),
    "CronJob": (
        NAME,
        Column("Schedule", text("spec.schedule")),
        Column("Timezone", text("spec.timeZone", NONE)),
        Column("Suspend", lambda item: str(value_at(item, "spec.suspend", UNSET)).capitalize(), "boolean"),
        Column("Active", lambda item: len(value_at(item, "status.active", ())), "integer"),
        Column("Last Schedule", _last_schedule),
        AGE,
        *pod_template_columns(f"spec.jobTemplate.{_TEMPLATE}", lambda item: label_selector(value_at(item, "spec.jobTemplate.spec.selector", {}))),
    ),
    "HorizontalPodAutoscaler": (
        NAME,
        Column("Reference", lambda item: f"{item['spec']['scaleTargetRef']['kind']}/{item['spec']['scaleTargetRef']['name']}"),
        Column("Targets", _targets),
        Column("MinPods", text("spec.minReplicas", UNSET)),
        Column("MaxPods", number("spec.maxReplicas")),
        Column("Replicas", number("status.currentReplicas")),
        AGE,
    ),
    "PodDisruptionBudget": (
        NAME,
        Column("Min Available", text("spec.minAvailable", "N/A")),
        Column("Max Unavailable", text("spec.maxUnavailable", "N/A")),
        Column("Allowed Disruptions", number("status.disruptionsAllowed"), "integer"),
        AGE,
    ),
}
