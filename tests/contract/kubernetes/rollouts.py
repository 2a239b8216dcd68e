"""Deployments and their ReplicaSets, for the tests of this folder. No node runs their pods: the test says which are ready."""

from tests.contract.kubernetes.cluster import Object, until
from tests.contract.kubernetes.workloads import APPS, Workloads

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


def image(version: str) -> Object:
    """A change of the template."""
    return {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": f"example.invalid/none:{version}"}]}}}}


def rolling(surge: int | str, unavailable: int | str) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


class Rollouts(Workloads):
    def replica_sets(self) -> list[Object]:
        """Oldest revision first."""
        found = self.namespace.cluster.get(self.namespace.path("replicasets", version=APPS))["items"]
        return sorted(found, key=lambda each: int(each["metadata"]["annotations"][REVISION]))

    def sizes(self) -> dict[str, int]:
        """What the ReplicaSets ask for, by revision."""
        return {each["metadata"]["annotations"][REVISION]: each["spec"]["replicas"] for each in self.replica_sets()}

    def sized(self, **sizes: int) -> None:
        """As soon as the ReplicaSets of these revisions (`r1`, `r2`) ask for so many, and have them."""
        wanted = {name.removeprefix("r"): number for name, number in sizes.items()}
        until(lambda: self.sizes() == wanted and len(self.pods()) == sum(wanted.values()), f"replica sets {wanted}")

    def of_revision(self, revision: int) -> list[Object]:
        owner = next(each for each in self.replica_sets() if each["metadata"]["annotations"][REVISION] == str(revision))
        return self.pods(f"{HASH}={owner['metadata']['labels'][HASH]}")

    def started(self, item: Object) -> Object:
        """Made, and all its pods are available."""
        made = self.make(item)
        for pod in self.pods_when(item["spec"]["replicas"]):
            self.run(pod)
        until(lambda: self.get(made).get("status", {}).get("availableReplicas", 0) == item["spec"]["replicas"], "available replicas")
        return made

    def run_new(self, revision: int) -> None:
        for pod in self.of_revision(revision):
            if pod["status"].get("phase") != "Running":
                self.run(pod)
