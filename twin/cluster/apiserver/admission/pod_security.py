"""Pod Security: what a pod may not ask of its node, by the labels of its namespace. Called by `admit` for every pod that is created.

Only pods are refused, also those of a ReplicaSet: its controller then says so in the ReplicaFailure condition. Levels `baseline` and `restricted`, each in its
newest version whatever `enforce-version` says. Left out: the modes `warn` and `audit`, exemptions, Windows, pods with user namespaces, and these checks:
AppArmor, SELinux, sysctls, procMount, hosts in probes, ephemeral containers.
Source: policy/check_*.go and admission/admission.go of k8s.io/pod-security-admission. https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from twin.cluster.apiserver.access.rbac import Read
from twin.cluster.apiserver.admission.containers import all_containers
from twin.cluster.apiserver.admission.refusal import refused
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import NAMESPACE, POD

ENFORCE = "pod-security.kubernetes.io/enforce"

_VOLUMES = frozenset({"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"})
_BASELINE_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
_SECCOMP = ("RuntimeDefault", "Localhost")


def check_pod_security(pod: Object, read: Read) -> None:
    """Forbidden, with everything that the namespace's level doesn't allow."""
    (labels,) = [each["metadata"].get("labels", {}) for each in read(NAMESPACE, "") if each["metadata"]["name"] == pod["metadata"]["namespace"]]
    level = labels.get(ENFORCE, "privileged")
    if level not in _CHECKS:
        return
    found = [f"{reason} ({detail})" for check in _CHECKS[level] for reason, detail in check(pod["spec"])]
    if found:
        version = labels.get(f"{ENFORCE}-version", "latest")
        raise refused(POD, pod, f'violates PodSecurity "{level}:{version}": {", ".join(found)}')


Finding = tuple[str, str]
"""A reason and its details."""


def _host_namespaces(spec: Object) -> Iterator[Finding]:
    if found := [f"{name}=true" for name in ("hostIPC", "hostNetwork", "hostPID") if spec.get(name)]:
        yield "host namespaces", ", ".join(found)


def _host_ports(spec: Object) -> Iterator[Finding]:
    ports = {name: {str(port["hostPort"]) for port in each.get("ports", ()) if port.get("hostPort")} for name, each in _named(spec)}
    if users := [name for name, taken in ports.items() if taken]:
        numbers = sorted(set().union(*ports.values()))
        yield "hostPort", f"{_containers(users)} {_number(users, 'uses', 'use')} {_number(numbers, 'hostPort', 'hostPorts')} {', '.join(numbers)}"


def _host_path_volumes(spec: Object) -> Iterator[Finding]:
    if found := [volume["name"] for volume in spec.get("volumes", ()) if "hostPath" in volume]:
        yield "hostPath volumes", f"{_number(found, 'volume', 'volumes')} {_quoted(found)}"


def _privileged(spec: Object) -> Iterator[Finding]:
    if found := [name for name, each in _named(spec) if _context(each).get("privileged")]:
        yield "privileged", f"{_containers(found)} must not set securityContext.privileged=true"


def _escalation(spec: Object) -> Iterator[Finding]:
    if found := [name for name, each in _named(spec) if _context(each).get("allowPrivilegeEscalation") is not False]:
        yield "allowPrivilegeEscalation != false", f"{_containers(found)} must set securityContext.allowPrivilegeEscalation=false"


def _baseline_capabilities(spec: Object) -> Iterator[Finding]:
    added = _added_capabilities(spec, _BASELINE_CAPABILITIES)
    if added:
        yield "non-default capabilities", _must_not_add(added)


def _capabilities(spec: Object) -> Iterator[Finding]:
    keeping = [name for name, each in _named(spec) if "ALL" not in _context(each).get("capabilities", {}).get("drop", ())]
    added = _added_capabilities(spec, frozenset({"NET_BIND_SERVICE"}))
    details = [f'{_containers(keeping)} must set securityContext.capabilities.drop=["ALL"]'] if keeping else []
    details += [_must_not_add(added)] if added else []
    if details:
        yield "unrestricted capabilities", "; ".join(details)


def _added_capabilities(spec: Object, allowed: frozenset[str]) -> dict[str, list[str]]:
    """By container, those that aren't allowed."""
    added = {name: [each for each in _context(container).get("capabilities", {}).get("add", ()) if each not in allowed] for name, container in _named(spec)}
    return {name: capabilities for name, capabilities in added.items() if capabilities}


def _must_not_add(added: dict[str, list[str]]) -> str:
    capabilities = sorted({each for found in added.values() for each in found})
    return f"{_containers(list(added))} must not include {_quoted(capabilities)} in securityContext.capabilities.add"


def _volumes(spec: Object) -> Iterator[Finding]:
    bad = {volume["name"]: sorted(volume.keys() - {"name"} or {"unknown"}) for volume in spec.get("volumes", ()) if not volume.keys() & _VOLUMES}
    if bad:
        kinds, names = sorted({kind for found in bad.values() for kind in found}), list(bad)
        uses = f"{_number(names, 'uses', 'use')} {_number(kinds, 'restricted volume type', 'restricted volume types')}"
        yield "restricted volume types", f"{_number(names, 'volume', 'volumes')} {_quoted(names)} {uses} {_quoted(kinds)}"


def _non_root(spec: Object) -> Iterator[Finding]:
    reason, whole = "runAsNonRoot != true", spec.get("securityContext", {}).get("runAsNonRoot")
    denying = [name for name, each in _named(spec) if _context(each).get("runAsNonRoot") is False]
    if setters := ["pod"] * (whole is False) + ([_containers(denying)] if denying else []):
        yield reason, f"{' and '.join(setters)} must not set securityContext.runAsNonRoot=false"
    elif not whole and (silent := [name for name, each in _named(spec) if "runAsNonRoot" not in _context(each)]):
        yield reason, f"pod or {_containers(silent)} must set securityContext.runAsNonRoot=true"


def _root_user(spec: Object) -> Iterator[Finding]:
    roots = [name for name, each in _named(spec) if _context(each).get("runAsUser") == 0]
    if setters := ["pod"] * (spec.get("securityContext", {}).get("runAsUser") == 0) + ([_containers(roots)] if roots else []):
        yield "runAsUser=0", f"{' and '.join(setters)} must not set runAsUser=0"


def _seccomp(spec: Object) -> Iterator[Finding]:
    whole = _profile(spec.get("securityContext", {}))
    profiles = {name: _profile(_context(each)) for name, each in _named(spec)}
    wrong = [name for name, profile in profiles.items() if profile and profile not in _SECCOMP]
    if setters := ["pod"] * bool(whole and whole not in _SECCOMP) + ([_containers(wrong)] if wrong else []):
        values = sorted({profile for profile in (whole, *profiles.values()) if profile and profile not in _SECCOMP})
        yield "seccompProfile", f"{' and '.join(setters)} must not set securityContext.seccompProfile.type to {_quoted(values)}"
    elif not whole and (silent := [name for name, profile in profiles.items() if not profile]):
        yield "seccompProfile", f'pod or {_containers(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'


def _profile(context: Object) -> str:
    return str(context.get("seccompProfile", {}).get("type", ""))


def _named(spec: Object) -> Iterator[tuple[str, Object]]:
    """Admission comes before validation: a container may lack a name."""
    for container in all_containers({"spec": spec}):
        yield container.get("name", ""), container


def _context(container: Object) -> Object:
    return dict(container.get("securityContext", {}))


def _containers(names: Sequence[str]) -> str:
    return f"{_number(names, 'container', 'containers')} {_quoted(names)}"


def _number(counted: Sequence[str], one: str, more: str) -> str:
    return one if len(counted) == 1 else more


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


_BOTH: tuple[Callable[[Object], Iterator[Finding]], ...] = (_host_namespaces, _host_ports, _privileged)
_CHECKS = {
    "baseline": (*_BOTH, _baseline_capabilities, _host_path_volumes),
    "restricted": (*_BOTH, _escalation, _capabilities, _volumes, _non_root, _root_user, _seccomp),
}
