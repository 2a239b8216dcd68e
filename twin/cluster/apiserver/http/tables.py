"""Objects as a table, which is all that `kubectl get` prints. Called by `rendering`.

https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables; the columns themselves are in `columns`.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from twin.cluster.apiserver.http.columns import administration, configuration, networking, pods, workloads
from twin.cluster.apiserver.http.columns.column import NAME, Column, text
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import Resource

Included: TypeAlias = str
"""What of its object a row carries: Metadata, Object or None."""

_META = "meta.k8s.io/v1"
# Roles and limit ranges have no columns of their own on a real server either.
_DEFAULT = (NAME, Column("Created At", text("metadata.creationTimestamp"), "date"))
_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    **pods.COLUMNS,
    **workloads.COLUMNS,
    **networking.COLUMNS,
    **configuration.COLUMNS,
    **administration.COLUMNS,
}
_COMPLETED = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}


def table(resource: Resource, items: Sequence[Object], resource_version: str, include_object: Included = "Metadata") -> Object:
    columns = _COLUMNS.get(resource.kind, _DEFAULT)
    return {
        "kind": "Table",
        "apiVersion": _META,
        "metadata": {"resourceVersion": resource_version},
        "columnDefinitions": [_definition(column) for column in columns],
        "rows": [_row(columns, item, include_object) for item in items],
    }


def _definition(column: Column) -> Object:
    return {"name": column.name, "type": column.type, "format": column.format, "description": "", "priority": int(column.wide)}


def _row(columns: Sequence[Column], item: Object, include_object: Included) -> Object:
    row: Object = {"cells": [column.cell(item) for column in columns]}
    if include_object == "Object":
        row["object"] = item
    elif include_object != "None":
        row["object"] = {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": item["metadata"]}
    phase = item.get("status", {}).get("phase") if item.get("kind") == "Pod" else None
    if phase in _COMPLETED:
        row["conditions"] = [{"type": "Completed", "status": "True", "reason": phase, "message": _COMPLETED[phase]}]
    return row
