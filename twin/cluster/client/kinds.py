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
EVENTS = Kind("v1", "Event", "events")
NAMESPACES = Kind("v1", "Namespace", "namespaces", namespaced=False)
NODES = Kind("v1", "Node", "nodes", namespaced=False)
PODS = Kind("v1", "Pod", "pods")
SECRETS = Kind("v1", "Secret", "secrets")
SERVICE_ACCOUNTS = Kind("v1", "ServiceAccount", "serviceaccounts")
SERVICES = Kind("v1", "Service", "services")
DEPLOYMENTS = Kind("apps/v1", "Deployment", "deployments")
REPLICA_SETS = Kind("apps/v1", "ReplicaSet", "replicasets")
LEASES = Kind("coordination.k8s.io/v1", "Lease", "leases")
ENDPOINT_SLICES = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")
INGRESSES = Kind("networking.k8s.io/v1", "Ingress", "ingresses")
