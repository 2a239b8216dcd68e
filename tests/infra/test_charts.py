"""The charts as Helm renders them: what the service may do, what Slipway may do in its namespace, and that the two fit."""

import subprocess
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HELM = ROOT / ".slipway" / "bin" / "helm"
SAMPLE_APP = ROOT / "helm" / "sample-app"
ENVIRONMENT = ROOT / "helm" / "environment"
ENVIRONMENTS = ("dev", "stage", "prod")
DIGEST = "sha256:" + "ab" * 32
WRITE = {"get", "list", "watch", "create", "patch", "delete"}

Manifest = dict[str, Any]


def helm(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(HELM), *(str(argument) for argument in arguments)], capture_output=True, text=True, check=False)


@cache
def sample_app(environment: str, *sets: str) -> Sequence[Manifest]:
    """What a release is made of; `helm test` makes the rest."""
    return [manifest for manifest in whole_sample_app(environment, *sets) if not is_test(manifest)]


def is_test(manifest: Manifest) -> bool:
    return manifest["metadata"].get("annotations", {}).get("helm.sh/hook") == "test"


@cache
def whole_sample_app(environment: str, *sets: str) -> Sequence[Manifest]:
    values = ["--set", f"image.digest={DIGEST},release.digest={DIGEST},release.commit=c0ffee,environment={environment}", *_each("--set", sets)]
    return _rendered(helm("template", "sample-app", SAMPLE_APP, "-n", f"sample-{environment}", "-f", SAMPLE_APP / f"values-{environment}.yaml", *values))


@cache
def environment_chart(environment: str, *sets: str) -> Sequence[Manifest]:
    values = ["--set", f"environment={environment},namespace=sample-{environment}", *_each("--set", sets)]
    return _rendered(helm("template", f"environment-{environment}", ENVIRONMENT, "-n", "platform", *values))


def _each(flag: str, values: Sequence[str]) -> list[str]:
    return [argument for value in values for argument in (flag, value)]


def _rendered(done: subprocess.CompletedProcess[str]) -> Sequence[Manifest]:
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def one(manifests: Sequence[Manifest], kind: str) -> Manifest:
    (found,) = [manifest for manifest in manifests if manifest["kind"] == kind]
    return found


def kinds(manifests: Sequence[Manifest]) -> set[str]:
    return {manifest["kind"] for manifest in manifests}


def pod(environment: str) -> Manifest:
    spec: Manifest = one(sample_app(environment), "Deployment")["spec"]["template"]["spec"]
    return spec


def container(environment: str) -> Manifest:
    (found,) = pod(environment)["containers"]
    return dict(found)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_charts_have_no_fault_that_helm_finds(environment: str) -> None:
    for done in (
        helm("lint", "--strict", SAMPLE_APP, "-f", SAMPLE_APP / f"values-{environment}.yaml", "--set", f"image.digest={DIGEST}"),
        helm("lint", "--strict", ENVIRONMENT, "--set", f"environment={environment},namespace=sample-{environment}"),
    ):
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("image.digest=latest", "at '/image/digest': 'latest' does not match pattern"),
        ("image.tag=v1", "at '/image': additional properties 'tag' not allowed"),
        ("replica=3", "at '': additional properties 'replica' not allowed"),
        ("replicas=0", "at '/replicas': minimum: got 0, want 1"),
        ("replicas=three", "at '/replicas': got string, want integer"),
        ("logLevel=LOUD", "at '/logLevel': value must be one of 'DEBUG', 'INFO', 'WARNING', 'ERROR'"),
        ("environment=prod,faults=true", "at '/faults': value must be false"),
        ("ingress.host=UPPER CASE", "at '/ingress/host': 'UPPER CASE' does not match pattern"),
        ("resources.limits.memory=1 gigabyte", "at '/resources/limits/memory': '1 gigabyte' does not match pattern"),
        ("shutdown.terminationGrace=20", "must be less than terminationGrace 20"),
        ("serviceMonitor.intervalSeconds=0", "at '/serviceMonitor/intervalSeconds': minimum: got 0, want 5"),
        ("autoscaling.enabled=true,autoscaling.minReplicas=9", "minReplicas 9 is above maxReplicas 6"),
        ("externalSecret.enabled=true", "at '/externalSecret/variables': minProperties: got 0, want 1"),
        ("externalSecret.variables.api-key=x", "'api-key' does not match pattern '^[A-Z][A-Z0-9_]*$'"),
        ("image.digest=", "image.digest is missing: a release is deployed by digest"),
    ],
)
def test_a_bad_value_of_the_service_is_refused_by_name(value: str, message: str) -> None:
    done = helm("template", "sample-app", SAMPLE_APP, "--set", f"image.digest={DIGEST}", "--set", value)
    assert done.returncode != 0
    assert message in done.stderr


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("environment=", "at '/environment': '' does not match pattern"),
        ("environment=Dev", "at '/environment': 'Dev' does not match pattern"),
        ("environment=dev,group=system:masters", "at '/group': 'system:masters' does not match pattern"),
        ("environment=dev,controlPlane.cidrs[0]=everywhere", "at '/controlPlane/cidrs/0': 'everywhere' does not match pattern"),
        ("environment=dev,namespaces=x", "at '': additional properties 'namespaces' not allowed"),
    ],
)
def test_a_bad_value_of_the_environment_is_refused_by_name(value: str, message: str) -> None:
    done = helm("template", "environment", ENVIRONMENT, "--set", value)
    assert done.returncode != 0
    assert message in done.stderr


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_pods_meet_the_restricted_pod_security_standard(environment: str) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    spec, main = pod(environment), container(environment)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 1000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert main["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert not {"hostNetwork", "hostPID", "hostIPC", "volumes"} & set(spec)
    assert not any("hostPort" in port for port in main["ports"])
    assert spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_image_is_named_by_digest_and_the_process_is_told_its_release(environment: str) -> None:
    main = container(environment)
    assert main["image"] == f"sample-app@{DIGEST}"
    variables = {variable["name"]: variable for variable in main["env"]}
    assert variables["HOST"]["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
    assert {name: variables[name]["value"] for name in ("PORT", "COMMIT", "IMAGE_DIGEST", "ENVIRONMENT")} == {
        "PORT": "8000",
        "COMMIT": "c0ffee",
        "IMAGE_DIGEST": DIGEST,
        "ENVIRONMENT": environment,
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_rolling_update_loses_no_request(environment: str) -> None:
    deployment = one(sample_app(environment), "Deployment")["spec"]
    assert deployment["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    assert (deployment["progressDeadlineSeconds"], deployment["revisionHistoryLimit"]) == (600, 3)
    main = container(environment)
    assert main["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "http"}
    assert main["readinessProbe"]["periodSeconds"] == 1
    assert main["livenessProbe"]["httpGet"]["path"] == main["startupProbe"]["httpGet"]["path"] == "/health/live"
    configuration = one(sample_app(environment), "ConfigMap")["data"]
    shutdown = int(configuration["DRAIN_SECONDS"]) + int(configuration["SHUTDOWN_SECONDS"])
    assert main["lifecycle"]["preStop"]["sleep"]["seconds"] + shutdown < pod(environment)["terminationGracePeriodSeconds"]


def test_faults_on_demand_are_off_unless_another_environment_than_prod_wants_them() -> None:
    given = {environment: one(sample_app(environment), "ConfigMap")["data"]["FAULTS"] for environment in ENVIRONMENTS}
    assert set(given.values()) == {"false"}
    assert one(sample_app("dev", "faults=true"), "ConfigMap")["data"]["FAULTS"] == "true"


def test_dev_runs_one_replica_and_the_others_autoscale_with_no_replicas_beside() -> None:
    assert one(sample_app("dev"), "Deployment")["spec"]["replicas"] == 1
    assert "HorizontalPodAutoscaler" not in kinds(sample_app("dev"))
    for environment, least, most in (("stage", 2, 6), ("prod", 3, 10)):
        assert "replicas" not in one(sample_app(environment), "Deployment")["spec"]
        autoscaler = one(sample_app(environment), "HorizontalPodAutoscaler")["spec"]
        assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (least, most)
        assert container(environment)["resources"] == {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": "1000m", "memory": "1Gi"}}
        assert "PodDisruptionBudget" in kinds(sample_app(environment))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_service_ingress_and_pods_find_each_other(environment: str) -> None:
    manifests = sample_app(environment)
    service, ingress = one(manifests, "Service"), one(manifests, "Ingress")
    labels = one(manifests, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert service["spec"]["ports"] == [{"name": "http", "port": 8000, "targetPort": "http", "protocol": "TCP"}]
    (rule,) = ingress["spec"]["rules"]
    assert rule["host"] == f"sample-app.{environment}.localhost"
    assert rule["http"]["paths"][0]["backend"] == {"service": {"name": "sample-app", "port": {"name": "http"}}}
    assert {manifest["metadata"]["name"] for manifest in manifests} == {"sample-app"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_slipway_may_write_exactly_the_kinds_that_the_chart_renders_and_helms_secrets(environment: str) -> None:
    rendered = {_resource(manifest) for each in ENVIRONMENTS for manifest in sample_app(each)}
    written = {(group, resource) for (group, resource), verbs in granted(environment).items() if "create" in verbs}
    assert written == rendered | {("", "secrets")}
    assert {resource: granted(environment)[resource] for resource in written} == {**dict.fromkeys(written, WRITE), ("", "secrets"): WRITE | {"update"}}


def test_an_external_secret_becomes_variables_and_its_right_is_there_only_where_the_platform_wants_it() -> None:
    sets = ("externalSecret.enabled=true", "externalSecret.variables.API_KEY=dev/api-key")
    manifests = sample_app("dev", *sets)
    external = one(manifests, "ExternalSecret")["spec"]
    assert external["data"] == [{"secretKey": "API_KEY", "remoteRef": {"key": "dev/api-key"}}]
    (main,) = one(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert {"secretRef": {"name": external["target"]["name"], "optional": True}} in main["envFrom"]
    assert "ExternalSecret" not in kinds(sample_app("dev"))
    right = ("external-secrets.io", "externalsecrets")
    assert granted("dev", "externalSecrets=true")[right] == WRITE
    assert right not in granted("dev")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_prometheus_finds_the_service_where_its_operator_is_installed(environment: str) -> None:
    """How labels are named: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config"""
    manifests = sample_app(environment, "serviceMonitor.enabled=true", "serviceMonitor.labels.release=prometheus")
    monitor, service = one(manifests, "ServiceMonitor"), one(manifests, "Service")
    assert monitor["metadata"]["labels"].items() >= {"release": "prometheus"}.items()
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    (relabeling,) = endpoint["relabelings"]
    assert relabeling["targetLabel"] == "environment"
    assert [
        f"__meta_kubernetes_service_label_{label.replace('.', '_').replace('/', '_')}" for label in service["metadata"]["labels"] if "environment" in label
    ] == (relabeling["sourceLabels"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_service_monitors_may_be_written_only_where_the_platform_says_so(environment: str) -> None:
    assert "ServiceMonitor" not in kinds(sample_app(environment))
    resource = _resource(one(sample_app(environment, "serviceMonitor.enabled=true"), "ServiceMonitor"))
    assert resource not in granted(environment)
    assert granted(environment, "serviceMonitors=true") == {**granted(environment), resource: WRITE}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_rule_allows_everything_of_a_kind(environment: str) -> None:
    rules = [rule for manifest in environment_chart(environment) if "rules" in manifest for rule in manifest["rules"]]
    named = {name for rule in rules for part in ("apiGroups", "resources", "verbs") for name in rule[part]}
    assert rules and not [name for name in named if "*" in name]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_slipway_may_otherwise_only_read_what_it_watches(environment: str) -> None:
    read_only = {resource: verbs for resource, verbs in granted(environment).items() if "create" not in verbs}
    assert read_only == {
        ("", "pods"): {"list", "watch"},
        ("apps", "replicasets"): {"list", "watch"},
        ("", "pods/log"): {"get"},
        ("", "pods/proxy"): {"get"},
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_role_is_bound_to_the_environments_group_in_its_namespace_only(environment: str) -> None:
    manifests = environment_chart(environment)
    assert one(manifests, "RoleBinding")["subjects"] == [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": f"slipway:{environment}"}]
    assert not {"ClusterRole", "ClusterRoleBinding"} & kinds(manifests)
    assert _namespaces(manifests) == {f"sample-{environment}"}


def test_the_namespace_is_made_with_pod_security_and_outlives_the_chart() -> None:
    manifests = environment_chart("dev", "namespace=elsewhere")
    namespace = one(manifests, "Namespace")["metadata"]
    assert namespace["name"] == "elsewhere"
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace["labels"]["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    assert namespace["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert _namespaces(manifests) == {"elsewhere"}


def test_the_chart_is_not_installed_where_those_who_deploy_could_change_helms_record_of_it() -> None:
    done = helm("template", "environment-dev", ENVIRONMENT, "-n", "sample-dev", "--set", "environment=dev,namespace=sample-dev")
    assert done.returncode != 0
    assert "install this chart in a namespace of the platform, not in sample-dev" in done.stderr


def _namespaces(manifests: Sequence[Manifest]) -> set[str]:
    return {manifest["metadata"]["namespace"] for manifest in manifests if manifest["kind"] != "Namespace"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_traffic_is_denied_but_for_dns_the_control_plane_and_what_the_service_names(environment: str) -> None:
    policies = {manifest["metadata"]["name"]: manifest["spec"] for manifest in environment_chart(environment) if manifest["kind"] == "NetworkPolicy"}
    assert policies["platform-default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert {port["port"] for rule in policies["platform-dns"]["egress"] for port in rule["ports"]} == {53}
    port = container(environment)["ports"][0]["containerPort"]
    own = one(sample_app(environment), "NetworkPolicy")["spec"]
    for ingress in (policies["platform-control-plane"]["ingress"], own["ingress"]):
        assert [allowed["ports"] for allowed in ingress] == [[{"port": port, "protocol": "TCP"}]]
        assert all(allowed["from"] for allowed in ingress)
    assert own["policyTypes"] == ["Ingress"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_quota_holds_the_largest_rollout_twice(environment: str) -> None:
    manifests = sample_app(environment)
    pods = one(manifests, "HorizontalPodAutoscaler")["spec"]["maxReplicas"] if environment != "dev" else 1
    hard = one(environment_chart(environment), "ResourceQuota")["spec"]["hard"]
    needed = {
        f"{side}.{name}": 2 * pods * amount(quantity)
        for side, quantities in container(environment)["resources"].items()
        for name, quantity in quantities.items()
    }
    assert {name: amount(str(hard[name])) for name in needed} == {name: max(amount(str(hard[name])), needed[name]) for name in needed}
    assert int(hard["pods"]) >= 2 * pods + 1
    assert (hard["services.loadbalancers"], hard["services.nodeports"]) == ("0", "0")
    most = one(environment_chart(environment), "LimitRange")["spec"]["limits"][0]["max"]
    assert all(amount(quantity) <= amount(str(most[name])) for name, quantity in container(environment)["resources"]["limits"].items())


def granted(environment: str, *sets: str) -> Mapping[tuple[str, str], set[str]]:
    """Verbs by group and resource."""
    rights: dict[tuple[str, str], set[str]] = {}
    for rule in one(environment_chart(environment, *sets), "Role")["rules"]:
        assert "resourceNames" not in rule
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                rights.setdefault((group, resource), set()).update(rule["verbs"])
    return rights


def _resource(manifest: Manifest) -> tuple[str, str]:
    group, _, version = manifest["apiVersion"].rpartition("/")
    assert not version.startswith("v1beta")
    kind = manifest["kind"].lower()
    return group, kind[:-1] + "ies" if kind.endswith("y") else kind + ("es" if kind.endswith("ss") else "s")


def amount(quantity: str) -> Decimal:
    """CPUs or bytes. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""
    units = {"m": Decimal("0.001"), "Mi": Decimal(2**20), "Gi": Decimal(2**30)}
    unit = next((unit for unit in units if quantity.endswith(unit)), "")
    return Decimal(quantity.removesuffix(unit)) * units.get(unit, Decimal(1))
