"""The table of kinds that this server knows; every other room looks kinds up here.

One version of each kind. A kind that isn't here (PersistentVolume, CustomResourceDefinition ...) is a 404, as on a cluster where it isn't installed.
"""

from dataclasses import dataclass, field

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True)
class Resource:
    """One kind. `model` is the class of the `kubernetes` client that describes its fields; `counts_generations`: a changed spec is a new generation."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    subresources: frozenset[str] = frozenset()
    in_all: bool = False
    counts_generations: bool = False
    model: str = field(default="")
    stored: bool = True
    """A review isn't: it is answered when it is created."""

    @property
    def verbs(self) -> tuple[str, ...]:
        return VERBS if self.stored else ("create",)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """As error messages name it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources

    @property
    def path(self) -> str:
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"


def _kind(
    api_version: str,
    kind: str,
    plural: str,
    short: str = "",
    *,
    cluster: bool = False,
    sub: str = "",
    in_all: bool = False,
    generations: bool = False,
    model: str = "",
    stored: bool = True,
) -> Resource:
    group, _, version = api_version.rpartition("/")
    model = model or f"{version.capitalize()}{kind}"
    return Resource(group, version, kind, plural, not cluster, tuple(short.split()), frozenset(sub.split()), in_all, generations, model, stored)


def _review(group: str, kind: str, *, cluster: bool = True) -> Resource:
    return _kind(f"{group}.k8s.io/v1", kind, f"{kind.lower()}s", cluster=cluster, stored=False)


_POD = "status log proxy eviction binding"
_SCALED = "status scale"
_RBAC = "rbac.authorization.k8s.io/v1"

RESOURCES: tuple[Resource, ...] = (
    _kind("v1", "ConfigMap", "configmaps", "cm"),
    _kind("v1", "Endpoints", "endpoints", "ep"),
    _kind("v1", "Event", "events", "ev", model="CoreV1Event"),
    _kind("v1", "LimitRange", "limitranges", "limits"),
    _kind("v1", "Namespace", "namespaces", "ns", cluster=True, sub="status finalize"),
    _kind("v1", "Node", "nodes", "no", cluster=True, sub="status"),
    _kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc", sub="status"),
    _kind("v1", "Pod", "pods", "po", sub=_POD, in_all=True, generations=True),
    _kind("v1", "ReplicationController", "replicationcontrollers", "rc", sub=_SCALED, in_all=True, generations=True),
    _kind("v1", "ResourceQuota", "resourcequotas", "quota", sub="status"),
    _kind("v1", "Secret", "secrets"),
    _kind("v1", "Service", "services", "svc", sub="status proxy", in_all=True),
    _kind("v1", "ServiceAccount", "serviceaccounts", "sa", sub="token"),
    _kind("apps/v1", "DaemonSet", "daemonsets", "ds", sub="status", in_all=True, generations=True),
    _kind("apps/v1", "Deployment", "deployments", "deploy", sub=_SCALED, in_all=True, generations=True),
    _kind("apps/v1", "ReplicaSet", "replicasets", "rs", sub=_SCALED, in_all=True, generations=True),
    _kind("apps/v1", "StatefulSet", "statefulsets", "sts", sub=_SCALED, in_all=True, generations=True),
    _review("authentication", "SelfSubjectReview"),
    _review("authorization", "LocalSubjectAccessReview", cluster=False),
    _review("authorization", "SelfSubjectAccessReview"),
    _review("authorization", "SelfSubjectRulesReview"),
    _review("authorization", "SubjectAccessReview"),
    _kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", sub="status", in_all=True),
    _kind("batch/v1", "CronJob", "cronjobs", "cj", sub="status", in_all=True, generations=True),
    _kind("batch/v1", "Job", "jobs", sub="status", in_all=True, generations=True),
    _kind("coordination.k8s.io/v1", "Lease", "leases"),
    _kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", generations=True),
    _kind("networking.k8s.io/v1", "Ingress", "ingresses", "ing", sub="status", generations=True),
    _kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", "netpol", generations=True),
    _kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", "pdb", sub="status", generations=True),
    _kind(_RBAC, "ClusterRole", "clusterroles", cluster=True),
    _kind(_RBAC, "ClusterRoleBinding", "clusterrolebindings", cluster=True),
    _kind(_RBAC, "Role", "roles"),
    _kind(_RBAC, "RoleBinding", "rolebindings"),
)

_BY_PATH = {(resource.group, resource.version, resource.plural): resource for resource in RESOURCES}
_BY_KIND = {resource.kind: resource for resource in RESOURCES}
NAMESPACED = tuple(resource for resource in RESOURCES if resource.namespaced)

DEPLOYMENT = _BY_KIND["Deployment"]
ENDPOINT_SLICE = _BY_KIND["EndpointSlice"]
EVENT = _BY_KIND["Event"]
LIMIT_RANGE = _BY_KIND["LimitRange"]
NAMESPACE = _BY_KIND["Namespace"]
NODE = _BY_KIND["Node"]
POD = _BY_KIND["Pod"]
RESOURCE_QUOTA = _BY_KIND["ResourceQuota"]
SERVICE = _BY_KIND["Service"]
SERVICE_ACCOUNT = _BY_KIND["ServiceAccount"]
ROLE = _BY_KIND["Role"]
ROLE_BINDING = _BY_KIND["RoleBinding"]
CLUSTER_ROLE = _BY_KIND["ClusterRole"]
CLUSTER_ROLE_BINDING = _BY_KIND["ClusterRoleBinding"]


def find(group: str, version: str, plural: str) -> Resource | None:
    return _BY_PATH.get((group, version, plural))


def group_versions() -> dict[str, list[Resource]]:
    """Every group and version that has kinds, as `apiVersion` writes it, with its kinds."""
    found: dict[str, list[Resource]] = {}
    for resource in RESOURCES:
        found.setdefault(resource.api_version, []).append(resource)
    return found
