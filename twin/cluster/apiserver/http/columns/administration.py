"""Nodes, namespaces, events and what else an administrator looks at."""

from twin.cluster.apiserver.http.columns.ages import UNKNOWN, since
from twin.cluster.apiserver.http.columns.column import AGE, NAME, NONE, Column, text, value_at
from twin.cluster.apiserver.objects import Object

_ROLE_LABEL = "node-role.kubernetes.io/"


def _node_status(node: Object) -> str:
    ready = {condition["status"] for condition in value_at(node, "status.conditions", ()) if condition["type"] == "Ready"}
    status = ("Ready" if "True" in ready else "NotReady") if ready else "Unknown"
    return f"{status},SchedulingDisabled" if value_at(node, "spec.unschedulable") else status


def _node_roles(node: Object) -> str:
    labels: dict[str, str] = value_at(node, "metadata.labels", {})
    roles = {label.removeprefix(_ROLE_LABEL) for label in labels if label.startswith(_ROLE_LABEL)} | {labels.get("kubernetes.io/role", "")}
    return ",".join(sorted(filter(None, roles))) or NONE


def _node_address(kind: str) -> Column:
    def cell(node: Object) -> str:
        return next((each["address"] for each in value_at(node, "status.addresses", ()) if each["type"] == f"{kind}IP"), NONE)

    return Column(f"{kind}-IP", cell, wide=True)


def _first_seen(event: Object) -> str:
    return since(event.get("firstTimestamp") or event.get("eventTime"))


def _last_seen(event: Object) -> str:
    if event.get("series"):
        return since(event["series"].get("lastObservedTime"))
    return since(event["lastTimestamp"]) if event.get("lastTimestamp") else _first_seen(event)


def _count(event: Object) -> int:
    return int(value_at(event, "series.count") or event.get("count") or 1)


def _object(event: Object) -> str:
    return "/".join(filter(None, (value_at(event, "involvedObject.kind", "").lower(), value_at(event, "involvedObject.name"))))


def _source(event: Object) -> str:
    component = value_at(event, "source.component") or event.get("reportingComponent")
    host = value_at(event, "source.host") or event.get("reportingInstance")
    return ", ".join([component or "", host]) if host else component or ""


def _quota(quota: Object, *, limits: bool) -> str:
    hard, used = value_at(quota, "status.hard", {}), value_at(quota, "status.used", {})
    return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard) if name.startswith("limits.") == limits)


COLUMNS = {
    "Namespace": (NAME, Column("Status", text("status.phase")), AGE),
    "Node": (
        NAME,
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        AGE,
        Column("Version", text("status.nodeInfo.kubeletVersion")),
        _node_address("Internal"),
        _node_address("External"),
        Column("OS-Image", text("status.nodeInfo.osImage", UNKNOWN), wide=True),
        Column("Kernel-Version", text("status.nodeInfo.kernelVersion", UNKNOWN), wide=True),
        Column("Container-Runtime", text("status.nodeInfo.containerRuntimeVersion", UNKNOWN), wide=True),
    ),
    "Event": (
        Column("Last Seen", _last_seen),
        Column("Type", text("type")),
        Column("Reason", text("reason")),
        Column("Object", _object),
        Column("Subobject", text("involvedObject.fieldPath"), wide=True),
        Column("Source", _source, wide=True),
        Column("Message", lambda item: item.get("message", "").strip()),
        Column("First Seen", _first_seen, wide=True),
        Column("Count", _count, wide=True),
        Column("Name", NAME.cell, wide=True, format="name"),
    ),
    "Lease": (NAME, Column("Holder", text("spec.holderIdentity")), AGE),
    "ResourceQuota": (NAME, Column("Request", lambda item: _quota(item, limits=False)), Column("Limit", lambda item: _quota(item, limits=True)), AGE),
}
