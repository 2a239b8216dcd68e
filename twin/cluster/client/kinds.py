"""Paths of the kinds that the cluster's own parts read and write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as parsed JSON. What an informer gives is shared: never change it in place."""


@dataclass(frozen=True)
class Kind:
    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    def collection(self, namespace: str = "") -> str:
        """Path of all objects, or those of one namespace."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        return f"{root}/namespaces/{namespace}/{self.plural}" if namespace and self.namespaced else f"{root}/{self.plural}"

    def path(self, item: Mapping[str, Any], subresource: str = "") -> str:
        """Path of an object, told from its metadata."""
        about = item["metadata"]
        path = f"{self.collection(about.get('namespace', ''))}/{about['name']}"
        return f"{path}/{subresource}" if subresource else path


CONFIG_MAPS = Kind("v1", "ConfigMap", "configmaps")
ENDPOINTS = Kind("v1", "Endpoints", "endpoints")
EVENTS = Kind("v1", "Event", "events")
LIMIT_RANGES = Kind("v1", "LimitRange", "limitranges")
NAMESPACES = Kind("v1", "Namespace", "namespaces", namespaced=False)
NODES = Kind("v1", "Node", "nodes", namespaced=False)
PERSISTENT_VOLUME_CLAIMS = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
PODS = Kind("v1", "Pod", "pods")
REPLICATION_CONTROLLERS = Kind("v1", "ReplicationController", "replicationcontrollers")
RESOURCE_QUOTAS = Kind("v1", "ResourceQuota", "resourcequotas")
SECRETS = Kind("v1", "Secret", "secrets")
SERVICE_ACCOUNTS = Kind("v1", "ServiceAccount", "serviceaccounts")
SERVICES = Kind("v1", "Service", "services")
DAEMON_SETS = Kind("apps/v1", "DaemonSet", "daemonsets")
DEPLOYMENTS = Kind("apps/v1", "Deployment", "deployments")
REPLICA_SETS = Kind("apps/v1", "ReplicaSet", "replicasets")
STATEFUL_SETS = Kind("apps/v1", "StatefulSet", "statefulsets")
HORIZONTAL_POD_AUTOSCALERS = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
CRON_JOBS = Kind("batch/v1", "CronJob", "cronjobs")
JOBS = Kind("batch/v1", "Job", "jobs")
LEASES = Kind("coordination.k8s.io/v1", "Lease", "leases")
ENDPOINT_SLICES = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")
INGRESSES = Kind("networking.k8s.io/v1", "Ingress", "ingresses")
NETWORK_POLICIES = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
POD_DISRUPTION_BUDGETS = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
CLUSTER_ROLES = Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_ROLE_BINDINGS = Kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False)
ROLES = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")
ROLE_BINDINGS = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")
