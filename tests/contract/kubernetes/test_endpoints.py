"""Services and their EndpointSlices: which pods get traffic, and which are only still there.

The pods are on a Node that is nothing but an object, since a real controller leaves out pods without one: the test says which are ready.
"""

from collections.abc import Iterator

import pytest

from tests.contract.kubernetes.cluster import Cluster, Namespace, Object, until
from tests.contract.kubernetes.workloads import ADDRESS, BY_HAND, DISCOVERY, Workloads, item_of_kind, name_of, pod, service

SLICES = "https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/"
SERVICES = "https://kubernetes.io/docs/concepts/services-networking/service/"


class Traffic(Workloads):
    def slices(self, name: str = "web") -> list[Object]:
        found: list[Object] = self.namespace.cluster.get(
            self.namespace.path("endpointslices", version=DISCOVERY), labelSelector=f"kubernetes.io/service-name={name}"
        )["items"]
        return found

    def endpoints(self, name: str = "web") -> list[Object]:
        return [each for found in self.slices(name) for each in found.get("endpoints") or ()]

    def endpoint(self, **conditions: bool) -> Object:
        """The only one, as soon as it has these conditions."""

        def look() -> Object | None:
            return next((each for each in self.endpoints() if conditions.items() <= each["conditions"].items()), None)

        return until(look, f"an endpoint that is {conditions}")

    def running(self, name: str = "web", *, ready: bool = True, address: str = ADDRESS, port: int = 8080) -> Object:
        spec = {**BY_HAND, "nodeName": self.namespace.name, "containers": [{**BY_HAND["containers"][0], "ports": [{"name": "web", "containerPort": port}]}]}
        made = self.make(pod(name, labels={"app": "web"}, **spec))
        return item_of_kind(self.run(made, ready=ready, address=address), "Pod")


@pytest.fixture
def traffic(namespace: Namespace) -> Iterator[Traffic]:
    """With a Node of the namespace's name."""
    namespace.cluster.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace.name}})
    yield Traffic(namespace)
    namespace.cluster.delete(f"/api/v1/nodes/{namespace.name}")


@pytest.mark.behaviour(f"{SLICES}#conditions")
def test_a_ready_pod_is_a_ready_endpoint_under_its_address(traffic: Traffic) -> None:
    traffic.make(service())
    made = traffic.running()
    found = traffic.endpoint(ready=True, serving=True, terminating=False)
    assert found["addresses"] == [ADDRESS]
    assert (found["targetRef"]["kind"], found["targetRef"]["name"], found["targetRef"]["uid"]) == ("Pod", "web", made["metadata"]["uid"])


@pytest.mark.behaviour(f"{SLICES}#conditions")
def test_a_pod_that_is_not_ready_is_an_endpoint_without_traffic(traffic: Traffic) -> None:
    traffic.make(service())
    traffic.running(ready=False)
    traffic.endpoint(ready=False, serving=False, terminating=False)


@pytest.mark.behaviour(f"{SLICES}#conditions")
def test_a_pod_that_loses_its_readiness_stays_as_an_endpoint_that_is_not_ready(traffic: Traffic) -> None:
    traffic.make(service())
    made = traffic.running()
    traffic.endpoint(ready=True)
    traffic.run(made, ready=False)
    traffic.endpoint(ready=False, serving=False)


@pytest.mark.behaviour(f"{SLICES}#terminating")
def test_a_pod_that_is_being_deleted_still_serves_but_is_not_ready(traffic: Traffic) -> None:
    traffic.make(service())
    made = traffic.running()
    traffic.patch(made, {"metadata": {"finalizers": ["example.com/held"]}}, "merge-patch")
    traffic.endpoint(ready=True)
    traffic.delete(made)
    traffic.endpoint(ready=False, serving=True, terminating=True)
    traffic.patch(made, {"metadata": {"finalizers": None}}, "merge-patch")
    until(lambda: not traffic.endpoints(), "no endpoint")


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase")
def test_a_pod_that_has_ended_is_no_endpoint(traffic: Traffic) -> None:
    traffic.make(service())
    made = traffic.running()
    traffic.endpoint(ready=True)
    traffic.end(made)
    until(lambda: not traffic.endpoints(), "no endpoint")


@pytest.mark.behaviour(f"{SLICES}#management")
def test_a_slice_names_its_service_its_manager_and_its_owner(traffic: Traffic) -> None:
    made = traffic.make(service())
    (found,) = until(lambda: traffic.slices(), "a slice")
    labels = found["metadata"]["labels"]
    assert labels["kubernetes.io/service-name"] == "web"
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"
    assert found["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
    assert found["addressType"] == "IPv4"
    assert name_of(found).startswith("web-")


@pytest.mark.behaviour(f"{SERVICES}#field-spec-ports")
def test_a_target_port_by_name_is_the_one_that_the_pod_declares(traffic: Traffic) -> None:
    traffic.make(service(ports=[{"name": "http", "port": 80, "targetPort": "web"}]))
    traffic.running(port=9090)

    def ports() -> list[tuple[str, int, str]]:
        return [(port["name"], port["port"], port["protocol"]) for found in traffic.slices() if found.get("endpoints") for port in found["ports"] or ()]

    assert until(ports, "a slice with an endpoint") == [("http", 9090, "TCP")]


@pytest.mark.behaviour(f"{SERVICES}#field-spec-ports")
def test_pods_that_mean_different_numbers_by_a_port_are_in_different_slices(traffic: Traffic) -> None:
    traffic.make(service(ports=[{"name": "http", "port": 80, "targetPort": "web"}]))
    traffic.running("old", port=8080)
    traffic.running("new", port=9090, address="10.254.0.2")
    until(lambda: len(traffic.endpoints()) == 2, "two endpoints")
    ports = {each["addresses"][0]: found["ports"][0]["port"] for found in traffic.slices() for each in found["endpoints"] or ()}
    assert ports == {ADDRESS: 8080, "10.254.0.2": 9090}


@pytest.mark.behaviour(f"{SERVICES}#services-without-selectors")
def test_a_pod_whose_labels_no_longer_match_is_no_endpoint(traffic: Traffic) -> None:
    traffic.make(service())
    made = traffic.running()
    traffic.endpoint(ready=True)
    traffic.patch(made, {"metadata": {"labels": {"app": "quarantined"}}})
    until(lambda: not traffic.endpoints(), "no endpoint")
    assert traffic.exists(made)


@pytest.mark.behaviour(f"{SERVICES}#defining-a-service")
def test_a_changed_selector_shifts_the_traffic(traffic: Traffic) -> None:
    made = traffic.make(service())
    traffic.running()
    traffic.endpoint(ready=True)
    traffic.patch(made, {"spec": {"selector": {"app": "other"}}})
    until(lambda: not traffic.endpoints(), "no endpoint")


@pytest.mark.behaviour(f"{SERVICES}#services-without-selectors")
def test_a_service_without_a_selector_gets_no_slice(traffic: Traffic) -> None:
    bare = service("bare")
    del bare["spec"]["selector"]
    traffic.make(bare)
    traffic.make(service())
    until(lambda: traffic.slices("web"), "the slice of another Service")
    assert not traffic.slices("bare")


@pytest.mark.behaviour("https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec")
def test_a_service_that_publishes_unready_addresses_has_them_ready(traffic: Traffic) -> None:
    traffic.make(service(publishNotReadyAddresses=True))
    traffic.running(ready=False)
    traffic.endpoint(ready=True)


@pytest.mark.behaviour(f"{SERVICES}#headless-services")
def test_a_headless_service_has_no_address_and_its_slices_say_so(traffic: Traffic) -> None:
    made = traffic.make(service(clusterIP="None"))
    assert made["spec"]["clusterIP"] == "None"
    traffic.running()
    traffic.endpoint(ready=True)
    assert "service.kubernetes.io/headless" in traffic.slices()[0]["metadata"]["labels"]


@pytest.mark.behaviour("https://kubernetes.io/docs/concepts/architecture/garbage-collection/")
def test_slices_go_with_their_service(traffic: Traffic) -> None:
    made = traffic.make(service())
    until(lambda: traffic.slices(), "a slice")
    traffic.delete(made)
    until(lambda: not traffic.slices(), "no slice")


@pytest.mark.behaviour(f"{SERVICES}#type-clusterip")
def test_a_service_gets_an_address_of_its_own_and_keeps_it(traffic: Traffic) -> None:
    first, second = traffic.make(service()), traffic.make(service("other"))
    assert first["spec"]["clusterIP"] != second["spec"]["clusterIP"]
    assert first["spec"]["clusterIPs"] == [first["spec"]["clusterIP"]]
    changed = traffic.patch(first, {"spec": {"selector": {"app": "new"}}})
    assert changed["spec"]["clusterIP"] == first["spec"]["clusterIP"]


@pytest.mark.behaviour(f"{SERVICES}#defining-a-service")
def test_a_service_that_says_little_leads_to_the_same_port_over_tcp(cluster: Cluster, namespace: Namespace) -> None:
    spec = cluster.create(namespace.path("services"), service(ports=[{"port": 80}]))["spec"]
    assert spec["type"] == "ClusterIP"
    assert spec["ports"] == [{"port": 80, "targetPort": 80, "protocol": "TCP"}]
    assert (spec["sessionAffinity"], spec["internalTrafficPolicy"]) == ("None", "Cluster")


@pytest.mark.behaviour(f"{SERVICES}#multi-port-services")
def test_several_ports_need_names(cluster: Cluster, namespace: Namespace) -> None:
    status = cluster.refusal("POST", namespace.path("services"), json=service(ports=[{"port": 80}, {"port": 81}]))
    assert "spec.ports[0].name: Required value" in status["message"]
