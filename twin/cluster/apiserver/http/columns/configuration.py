"""What pods are given, and who may do what."""

from collections.abc import Mapping

from twin.cluster.apiserver.http.columns.column import AGE, NAME, UNSET, Column, text, value_at
from twin.cluster.apiserver.objects import Object

_ACCESS_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _subjects(name: str, kind: str) -> Column:
    def written(subject: Mapping[str, str]) -> str:
        return f"{subject.get('namespace', '')}/{subject['name']}" if kind == "ServiceAccount" else subject["name"]

    return Column(name, lambda item: ", ".join(written(each) for each in item.get("subjects") or () if each["kind"] == kind), wide=True)


def _phase(claim: Object) -> str:
    return "Terminating" if claim["metadata"].get("deletionTimestamp") else str(value_at(claim, "status.phase", ""))


def _capacity(claim: Object) -> str:
    return str(value_at(claim, "status.capacity.storage", "0")) if value_at(claim, "spec.volumeName") else ""


def _modes(claim: Object) -> str:
    granted = value_at(claim, "status.accessModes", ()) if value_at(claim, "spec.volumeName") else ()
    return ",".join(short for mode, short in _ACCESS_MODES.items() if mode in granted)


_BINDING = (
    NAME,
    Column("Role", lambda item: f"{item['roleRef']['kind']}/{item['roleRef']['name']}"),
    AGE,
    _subjects("Users", "User"),
    _subjects("Groups", "Group"),
    _subjects("ServiceAccounts", "ServiceAccount"),
)

COLUMNS = {
    "ConfigMap": (NAME, Column("Data", lambda item: len(item.get("data") or ()) + len(item.get("binaryData") or ())), AGE),
    "Secret": (NAME, Column("Type", text("type")), Column("Data", lambda item: len(item.get("data") or ())), AGE),
    "ServiceAccount": (NAME, Column("Secrets", lambda item: len(item.get("secrets") or ())), AGE),
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
    "PersistentVolumeClaim": (
        NAME,
        Column("Status", _phase),
        Column("Volume", text("spec.volumeName")),
        Column("Capacity", _capacity),
        Column("Access Modes", _modes),
        Column("StorageClass", text("spec.storageClassName")),
        Column("VolumeAttributesClass", text("spec.volumeAttributesClassName", UNSET)),
        AGE,
        Column("VolumeMode", text("spec.volumeMode", UNSET), wide=True),
    ),
}
