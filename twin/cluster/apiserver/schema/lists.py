"""How lists and maps merge: the `x-kubernetes-list-type`, `-list-map-keys`, `-map-type` and `-patch-merge-key` markers of Kubernetes' types.

Read by `schema.types`. Source: k8s.io/api/*/types.go. Lists that aren't named here are atomic, as lists without a marker are; maps and structs that
aren't named here merge member by member.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Keyed:
    """A list whose items are known by `keys`; `patch_key` is the one that strategic merge patches use."""

    keys: tuple[str, ...]
    patch_key: str


@dataclass(frozen=True)
class SetOfScalars:
    """A list that holds each value once."""


def _by(*keys: str) -> Keyed:
    return Keyed(keys, keys[0])


_CONDITIONS: dict[tuple[str, str], Keyed | SetOfScalars] = {
    (model, "conditions"): _by("type")
    for model in (
        "V1DaemonSetStatus", "V1DeploymentStatus", "V1JobStatus", "V1NamespaceStatus", "V1NodeStatus", "V1PersistentVolumeClaimStatus",
        "V1PodDisruptionBudgetStatus", "V1PodStatus", "V1ReplicaSetStatus", "V1ReplicationControllerStatus", "V1ServiceStatus", "V1StatefulSetStatus",
        "V2HorizontalPodAutoscalerStatus",
    )
}  # fmt: skip

MERGING_LISTS: dict[tuple[str, str], Keyed | SetOfScalars] = _CONDITIONS | {
    ("V1ObjectMeta", "ownerReferences"): _by("uid"),
    ("V1ObjectMeta", "finalizers"): SetOfScalars(),
    ("V1NamespaceSpec", "finalizers"): SetOfScalars(),
    ("V1PodSpec", "containers"): _by("name"),
    ("V1PodSpec", "ephemeralContainers"): _by("name"),
    ("V1PodSpec", "hostAliases"): _by("ip"),
    ("V1PodSpec", "imagePullSecrets"): _by("name"),
    ("V1PodSpec", "initContainers"): _by("name"),
    ("V1PodSpec", "resourceClaims"): _by("name"),
    ("V1PodSpec", "schedulingGates"): _by("name"),
    ("V1PodSpec", "topologySpreadConstraints"): _by("topologyKey", "whenUnsatisfiable"),
    ("V1PodSpec", "volumes"): _by("name"),
    ("V1PodStatus", "podIPs"): _by("ip"),
    ("V1Container", "env"): _by("name"),
    ("V1Container", "ports"): _by("containerPort", "protocol"),
    ("V1Container", "volumeDevices"): _by("devicePath"),
    ("V1Container", "volumeMounts"): _by("mountPath"),
    ("V1EphemeralContainer", "env"): _by("name"),
    ("V1NodeStatus", "addresses"): _by("type"),
    ("V1ResourceRequirements", "claims"): _by("name"),
    ("V1ServiceAccount", "secrets"): _by("name"),
    ("V1ServiceSpec", "ports"): _by("port", "protocol"),
}

ATOMIC_STRUCTS = frozenset(
    {
        "CoreV1EndpointPort", "DiscoveryV1EndpointPort", "RbacV1Subject", "V1ConfigMapKeySelector", "V1EndpointAddress", "V1LabelSelector",
        "V1LocalObjectReference", "V1NodeSelector", "V1NodeSelectorTerm", "V1ObjectFieldSelector", "V1ObjectReference", "V1OwnerReference",
        "V1ResourceFieldSelector", "V1RoleRef", "V1ScopeSelector", "V1SecretKeySelector", "V1ServiceBackendPort",
        "V1TypedLocalObjectReference", "V1TypedObjectReference",
    }
)  # fmt: skip

ATOMIC_MAPS = frozenset({("V1PodSpec", "nodeSelector"), ("V1ServiceSpec", "selector"), ("V1ReplicationControllerSpec", "selector")})

QUANTITIES = frozenset(
    {
        ("V1ContainerStatus", "allocatedResources"), ("V1LimitRangeItem", "default"), ("V1LimitRangeItem", "defaultRequest"),
        ("V1LimitRangeItem", "max"), ("V1LimitRangeItem", "maxLimitRequestRatio"), ("V1LimitRangeItem", "min"), ("V1NodeStatus", "allocatable"),
        ("V1NodeStatus", "capacity"), ("V1PersistentVolumeClaimStatus", "capacity"), ("V1PodSpec", "overhead"), ("V1ResourceQuotaSpec", "hard"),
        ("V1ResourceQuotaStatus", "hard"), ("V1ResourceQuotaStatus", "used"), ("V1ResourceRequirements", "limits"),
        ("V1ResourceRequirements", "requests"), ("V1VolumeResourceRequirements", "limits"), ("V1VolumeResourceRequirements", "requests"),
        ("V1EmptyDirVolumeSource", "sizeLimit"), ("V1ResourceFieldSelector", "divisor"), ("V2MetricTarget", "averageValue"), ("V2MetricTarget", "value"),
    }
)  # fmt: skip
"""Fields that hold a quantity (or a map of them): a number is as good as a string."""
