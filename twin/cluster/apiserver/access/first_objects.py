"""What a cluster holds before anybody made anything: namespaces, and the roles of its own parts. Stored by the server when it starts.

Roles have the names and rights of a real cluster's (plugin/pkg/auth/authorizer/rbac/bootstrappolicy of k8s.io/kubernetes), as far as this server has the
kinds. Where client-go replaces a whole object or status, the twin's parts patch it, so that `patch` stands beside `update`.

- controllers: one process with one identity, which therefore holds the role of every controller that it may run, and the scheduler's: so a real
  controller manager has it without `--use-service-account-credentials`
- node: what the node authorizer gives a kubelet, but for all nodes' objects alike
- front door: what the AWS Load Balancer Controller needs to follow Ingresses with targets of type `ip`

Left out: `admin`, `edit` and `view` (they are aggregated, and too wide or too narrow for what Slipway does: see helm/environment/templates/role.yaml).
"""

from collections.abc import Mapping, Sequence

from twin.cluster.apiserver.access.kubeconfigs import CONTROLLERS, FRONT_DOOR
from twin.cluster.apiserver.access.rbac import Rule
from twin.cluster.apiserver.access.user import AUTHENTICATED, MASTERS
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, NAMESPACE, Resource

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_RBAC = "rbac.authorization.k8s.io"
_LEASES = "coordination.k8s.io"
_ENDPOINT_SLICES = "discovery.k8s.io"
_BOOTSTRAPPED: Mapping[str, object] = {
    "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
    "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
}
_READ = "get list watch"


def _rule(groups: str, resources: str, verbs: str, *names: str) -> Rule:
    """`groups` and the rest are lists with spaces; an empty `groups` is the core group."""
    rule: dict[str, object] = {"apiGroups": groups.split() or [""], "resources": resources.split(), "verbs": verbs.split()}
    return rule | {"resourceNames": list(names)} if names else rule


def _leader(name: str) -> Sequence[Rule]:
    """What is needed to be the only one of several."""
    return _rule(_LEASES, "leases", "create"), _rule(_LEASES, "leases", "get update patch", name)


_EVENTS = _rule("", "events", "create patch update")

_CONTROLLERS: Mapping[str, Sequence[Rule]] = {
    "system:kube-controller-manager": (
        _EVENTS,
        *_leader("kube-controller-manager"),
        _rule("", "secrets serviceaccounts", "create get update patch"),
        _rule("", "configmaps namespaces", "get"),
        _rule("*", "*", "list watch"),
    ),
    "system:kube-scheduler": (
        _EVENTS,
        *_leader("kube-scheduler"),
        _rule("", "nodes namespaces persistentvolumeclaims replicationcontrollers services", _READ),
        _rule("", "pods", "get list watch delete"),
        _rule("", "pods/binding", "create"),
        _rule("", "pods/status", "patch update"),
        _rule("apps", "replicasets statefulsets", _READ),
        _rule("policy", "poddisruptionbudgets", _READ),
    ),
    "system:controller:deployment-controller": (
        _EVENTS,
        _rule("apps", "deployments", "get list watch update patch"),
        _rule("apps", "deployments/status", "update patch"),
        _rule("apps", "replicasets", "get list watch create update patch delete"),
        _rule("", "pods", "get list watch update patch"),
    ),
    "system:controller:replicaset-controller": (
        _EVENTS,
        _rule("apps", "replicasets", "get list watch update patch"),
        _rule("apps", "replicasets/status", "update patch"),
        _rule("", "pods", "create delete get list patch watch"),
    ),
    "system:controller:endpointslice-controller": (
        _EVENTS,
        _rule("", "nodes pods services", _READ),
        _rule(_ENDPOINT_SLICES, "endpointslices", "get list watch create update patch delete"),
    ),
    "system:controller:endpoint-controller": (
        _EVENTS,
        _rule("", "pods services", _READ),
        _rule("", "endpoints", "get list watch create update patch delete"),
    ),
    "system:controller:disruption-controller": (
        _EVENTS,
        _rule("apps", "deployments replicasets statefulsets", _READ),
        _rule("*", "*/scale", "get"),
        _rule("policy", "poddisruptionbudgets", _READ),
        _rule("policy", "poddisruptionbudgets/status", "update patch"),
        _rule("", "pods/status", "update patch"),
    ),
    "system:controller:generic-garbage-collector": (_EVENTS, _rule("*", "*", "get list watch patch update delete")),
    "system:controller:horizontal-pod-autoscaler": (
        _EVENTS,
        _rule("autoscaling", "horizontalpodautoscalers", _READ),
        _rule("autoscaling", "horizontalpodautoscalers/status", "update patch"),
        _rule("*", "*/scale", "get update patch"),
        _rule("", "pods", "list watch"),
    ),
    "system:controller:job-controller": (
        _EVENTS,
        _rule("batch", "jobs", "get list watch update patch"),
        _rule("batch", "jobs/status", "update patch"),
        _rule("", "pods", "create delete list patch watch"),
    ),
    "system:controller:ttl-after-finished-controller": (_EVENTS, _rule("batch", "jobs", "get list watch delete")),
    "system:controller:namespace-controller": (
        _rule("", "namespaces", "get list watch delete"),
        _rule("", "namespaces/finalize namespaces/status", "update patch"),
        _rule("*", "*", "delete deletecollection get list watch"),
    ),
    "system:controller:node-controller": (
        _EVENTS,
        _rule("", "nodes", "get list watch update patch delete"),
        _rule("", "nodes/status pods/status", "update patch"),
        _rule("", "pods", "get list watch delete"),
        _rule(_LEASES, "leases", _READ),
    ),
    "system:controller:resourcequota-controller": (_EVENTS, _rule("*", "*", "list watch"), _rule("", "resourcequotas/status", "update patch")),
    "system:controller:root-ca-cert-publisher": (_EVENTS, _rule("", "configmaps", "create update patch")),
    "system:controller:service-account-controller": (_EVENTS, _rule("", "serviceaccounts", "create")),
}

_NODE: Sequence[Rule] = (
    _EVENTS,
    _rule("", "services configmaps secrets", _READ),
    _rule("", "nodes", "get list watch create update patch"),
    _rule("", "nodes/status pods/status", "update patch"),
    _rule("", "pods", "get list watch create delete"),
    _rule("", "pods/eviction", "create"),
    _rule("", "persistentvolumeclaims endpoints", "get"),
    _rule(_LEASES, "leases", "create delete get update patch"),
)

_FRONT_DOOR: Sequence[Rule] = (
    _rule("", "events", "create patch"),
    _rule("", "namespaces nodes pods services", _READ),
    _rule(_ENDPOINT_SLICES, "endpointslices", _READ),
    _rule("networking.k8s.io", "ingresses", _READ),
    _rule("networking.k8s.io", "ingresses/status", "update patch"),
)

_DISCOVERY_PATHS = "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"
_DISCOVERY: Sequence[Rule] = ({"nonResourceURLs": _DISCOVERY_PATHS.split(), "verbs": ["get"]},)
_BASIC_USER: Sequence[Rule] = (
    _rule("authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", "create"),
    _rule("authentication.k8s.io", "selfsubjectreviews", "create"),
)
_EVERYTHING: Sequence[Rule] = (_rule("*", "*", "*"), {"nonResourceURLs": ["*"], "verbs": ["*"]})


def first_objects() -> list[tuple[Resource, Object]]:
    """In an order in which they can be stored: a role before its binding."""
    objects: list[tuple[Resource, Object]] = [(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}) for name in _NAMESPACES]
    objects += _role("cluster-admin", _EVERYTHING, _group(MASTERS))
    objects += _role("system:basic-user", _BASIC_USER, _group(AUTHENTICATED))
    objects += _role("system:discovery", _DISCOVERY, _group(AUTHENTICATED))
    for name, rules in _CONTROLLERS.items():
        objects += _role(name, rules, _user(CONTROLLERS.name))
    objects += _role("system:node", _NODE, _group("system:nodes"))
    _, _, namespace, account = FRONT_DOOR.name.split(":")
    subject: Object = {"kind": "ServiceAccount", "namespace": namespace, "name": account}
    objects += _role(account, _FRONT_DOOR, subject)
    return objects


def _group(name: str) -> Object:
    return {"kind": "Group", "apiGroup": _RBAC, "name": name}


def _user(name: str) -> Object:
    return {"kind": "User", "apiGroup": _RBAC, "name": name}


def _role(name: str, rules: Sequence[Rule], subject: Object) -> list[tuple[Resource, Object]]:
    """A ClusterRole, and a ClusterRoleBinding of the same name for `subject`."""
    about: Object = {"name": name, **_BOOTSTRAPPED}
    role: Object = {"apiVersion": CLUSTER_ROLE.api_version, "kind": "ClusterRole", "metadata": about, "rules": [dict(rule) for rule in rules]}
    binding: Object = {"apiVersion": CLUSTER_ROLE_BINDING.api_version, "kind": "ClusterRoleBinding", "metadata": about}
    binding |= {"roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name}, "subjects": [subject]}
    return [(CLUSTER_ROLE, role), (CLUSTER_ROLE_BINDING, binding)]
