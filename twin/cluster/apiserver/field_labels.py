"""The fields that objects of a kind can be selected by, beside name and namespace. Asked for every list and watch.

Source: AddFieldLabelConversionFunc in k8s.io/kubernetes/pkg/apis/*/v1/conversion.go.
https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/#list-of-supported-fields
"""

import re

from twin.cluster.apiserver.errors import bad_request
from twin.cluster.apiserver.resources import Resource

_OF_ALL = frozenset({"metadata.name", "metadata.namespace"})
_OF_REFERENCES = ("apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid")
_BY_KIND = {
    "Event": {*(f"involvedObject.{name}" for name in _OF_REFERENCES), "reason", "reportingComponent", "source", "type"},
    "Job": {"status.successful"},
    "Namespace": {"status.phase"},
    "Node": {"spec.unschedulable"},
    "Pod": {
        "spec.hostNetwork", "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.nominatedNodeName", "status.phase",
        "status.podIP", "status.podIPs",
    },
    "ReplicaSet": {"status.replicas"},
    "ReplicationController": {"status.replicas"},
    "Secret": {"type"},
    "Service": {"spec.clusterIP", "spec.type"},
}  # fmt: skip


def check_field_labels(resource: Resource, label_selector: str, field_selector: str) -> None:
    """Bad request, in a real server's words, for a field that the kind can't be selected by."""
    known = _BY_KIND.get(resource.kind)
    for part in filter(None, field_selector.split(",")):
        field = re.split("!?=", part, maxsplit=1)[0]
        if field in _OF_ALL or (known and field in known):
            continue
        fault = f"field label not supported: {field}" if known else f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
        what = f"{resource.api_version if resource.group else '/v1'}, Resource={resource.plural}"
        raise bad_request(f'Unable to find "{what}" that match label selector "{label_selector}", field selector "{field_selector}": {fault}')
