"""Field numbers of the protobuf messages that Helm, kubectl and client-go's typed clients send to this server. Read by `protobuf`.

Source: the generated.proto of k8s.io/api and k8s.io/apimachinery. Left out: workloads, services and ingresses (kubectl's `create deployment` and the
like), whose messages reach far; they are answered with 415. `apply`, and all of a chart, is JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Scalar: TypeAlias = Literal["text", "bytes", "json", "quantity", "number", "pointed-number", "pointed-flag"]
"""Go writes a field that isn't a pointer even when it is empty; in JSON it is then left out. A pointer that is there means what it says, zero included."""


@dataclass(frozen=True)
class Moment:
    """metav1.Time, or MicroTime with `micro`; one without content is no time at all."""

    micro: bool = False


@dataclass(frozen=True)
class Repeated:
    of: "Type"


@dataclass(frozen=True)
class MapOf:
    """From text to `value`."""

    value: "Type"


@dataclass(frozen=True)
class Message:
    fields: "Mapping[int, tuple[str, Type]]"


Type: TypeAlias = Scalar | Moment | Repeated | MapOf | Message

_OWNER = Message(
    {
        1: ("kind", "text"),
        3: ("name", "text"),
        4: ("uid", "text"),
        5: ("apiVersion", "text"),
        6: ("controller", "pointed-flag"),
        7: ("blockOwnerDeletion", "pointed-flag"),
    }
)
_MANAGED_FIELDS = Message(
    {
        1: ("manager", "text"),
        2: ("operation", "text"),
        3: ("apiVersion", "text"),
        4: ("time", Moment()),
        6: ("fieldsType", "text"),
        7: ("fieldsV1", "json"),
        8: ("subresource", "text"),
    }
)
_METADATA = Message(
    {
        1: ("name", "text"),
        2: ("generateName", "text"),
        3: ("namespace", "text"),
        4: ("selfLink", "text"),
        5: ("uid", "text"),
        6: ("resourceVersion", "text"),
        7: ("generation", "number"),
        8: ("creationTimestamp", Moment()),
        9: ("deletionTimestamp", Moment()),
        10: ("deletionGracePeriodSeconds", "pointed-number"),
        11: ("labels", MapOf("text")),
        12: ("annotations", MapOf("text")),
        13: ("ownerReferences", Repeated(_OWNER)),
        14: ("finalizers", Repeated("text")),
        17: ("managedFields", Repeated(_MANAGED_FIELDS)),
    }
)
_REFERENCE = Message(
    {
        1: ("kind", "text"),
        2: ("namespace", "text"),
        3: ("name", "text"),
        4: ("uid", "text"),
        5: ("apiVersion", "text"),
        6: ("resourceVersion", "text"),
        7: ("fieldPath", "text"),
    }
)
_DELETE_OPTIONS = Message(
    {
        1: ("gracePeriodSeconds", "pointed-number"),
        2: ("preconditions", Message({1: ("uid", "text"), 2: ("resourceVersion", "text")})),
        3: ("orphanDependents", "pointed-flag"),
        4: ("propagationPolicy", "text"),
        5: ("dryRun", Repeated("text")),
    }
)
_POLICY_RULE = Message(
    {
        1: ("verbs", Repeated("text")),
        2: ("apiGroups", Repeated("text")),
        3: ("resources", Repeated("text")),
        4: ("resourceNames", Repeated("text")),
        5: ("nonResourceURLs", Repeated("text")),
    }
)
_ROLE = Message({1: ("metadata", _METADATA), 2: ("rules", Repeated(_POLICY_RULE))})
_ROLE_BINDING = Message(
    {
        1: ("metadata", _METADATA),
        2: ("subjects", Repeated(Message({1: ("kind", "text"), 2: ("apiGroup", "text"), 3: ("name", "text"), 4: ("namespace", "text")}))),
        3: ("roleRef", Message({1: ("apiGroup", "text"), 2: ("kind", "text"), 3: ("name", "text")})),
    }
)
_LEASE_SPEC = Message(
    {
        1: ("holderIdentity", "text"),
        2: ("leaseDurationSeconds", "pointed-number"),
        3: ("acquireTime", Moment(micro=True)),
        4: ("renewTime", Moment(micro=True)),
        5: ("leaseTransitions", "pointed-number"),
    }
)
_EVENT = Message(
    {
        1: ("metadata", _METADATA),
        2: ("involvedObject", _REFERENCE),
        3: ("reason", "text"),
        4: ("message", "text"),
        5: ("source", Message({1: ("component", "text"), 2: ("host", "text")})),
        6: ("firstTimestamp", Moment()),
        7: ("lastTimestamp", Moment()),
        8: ("count", "number"),
        9: ("type", "text"),
        10: ("eventTime", Moment(micro=True)),
        11: ("series", Message({1: ("count", "number"), 2: ("lastObservedTime", Moment(micro=True))})),
        12: ("action", "text"),
        13: ("related", _REFERENCE),
        14: ("reportingComponent", "text"),
        15: ("reportingInstance", "text"),
    }
)

_RESOURCE_ATTRIBUTES = Message(
    {
        1: ("namespace", "text"),
        2: ("verb", "text"),
        3: ("group", "text"),
        4: ("version", "text"),
        5: ("resource", "text"),
        6: ("subresource", "text"),
        7: ("name", "text"),
    }
)
_ACCESS_REVIEW_SPEC: Mapping[int, tuple[str, Type]] = {
    1: ("resourceAttributes", _RESOURCE_ATTRIBUTES),
    2: ("nonResourceAttributes", Message({1: ("path", "text"), 2: ("verb", "text")})),
    3: ("user", "text"),
    4: ("groups", Repeated("text")),
}
_SUBJECT_ACCESS_REVIEW = Message({1: ("metadata", _METADATA), 2: ("spec", Message(_ACCESS_REVIEW_SPEC))})
_TOKEN_REQUEST_SPEC = Message({1: ("audiences", Repeated("text")), 4: ("expirationSeconds", "pointed-number")})

MESSAGES: Mapping[str, Message] = {
    "ClusterRole": _ROLE,
    "ClusterRoleBinding": _ROLE_BINDING,
    "ConfigMap": Message({1: ("metadata", _METADATA), 2: ("data", MapOf("text")), 3: ("binaryData", MapOf("bytes")), 4: ("immutable", "pointed-flag")}),
    "DeleteOptions": _DELETE_OPTIONS,
    "Event": _EVENT,
    "Eviction": Message({1: ("metadata", _METADATA), 2: ("deleteOptions", _DELETE_OPTIONS)}),
    "Lease": Message({1: ("metadata", _METADATA), 2: ("spec", _LEASE_SPEC)}),
    "Namespace": Message(
        {1: ("metadata", _METADATA), 2: ("spec", Message({1: ("finalizers", Repeated("text"))})), 3: ("status", Message({1: ("phase", "text")}))}
    ),
    "ResourceQuota": Message(
        {1: ("metadata", _METADATA), 2: ("spec", Message({1: ("hard", MapOf("quantity")), 2: ("scopes", Repeated("text"))})), 3: ("status", Message({}))}
    ),
    "Role": _ROLE,
    "RoleBinding": _ROLE_BINDING,
    "Secret": Message(
        {1: ("metadata", _METADATA), 2: ("data", MapOf("bytes")), 3: ("type", "text"), 4: ("stringData", MapOf("text")), 5: ("immutable", "pointed-flag")}
    ),
    "LocalSubjectAccessReview": _SUBJECT_ACCESS_REVIEW,
    "SelfSubjectAccessReview": _SUBJECT_ACCESS_REVIEW,
    "SelfSubjectReview": Message({1: ("metadata", _METADATA)}),
    "SelfSubjectRulesReview": Message({1: ("metadata", _METADATA), 2: ("spec", Message({1: ("namespace", "text")}))}),
    "SubjectAccessReview": _SUBJECT_ACCESS_REVIEW,
    "TokenRequest": Message({1: ("metadata", _METADATA), 2: ("spec", _TOKEN_REQUEST_SPEC)}),
    "ServiceAccount": Message(
        {
            1: ("metadata", _METADATA),
            2: ("secrets", Repeated(_REFERENCE)),
            3: ("imagePullSecrets", Repeated(Message({1: ("name", "text")}))),
            4: ("automountServiceAccountToken", "pointed-flag"),
        }
    ),
}
