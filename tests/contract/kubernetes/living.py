"""Pods on a node, as the tests of this folder look at them."""

from tests.contract.kubernetes.cluster import Object, until
from tests.contract.kubernetes.workloads import Workloads, pod

FOREVER = "import signal; print('up'); signal.pause()"


class Pods(Workloads):
    def started(self, *containers: Object, **spec: object) -> Object:
        return self.make(pod("web", *containers, **{"terminationGracePeriodSeconds": 1, **spec}))

    def container(self, made: Object, kind: str = "containerStatuses", place: int = 0) -> Object:
        statuses = self.get(made).get("status", {}).get(kind, ())
        return statuses[place] if len(statuses) > place else {"state": {}, "restartCount": 0}

    def waiting(self, made: Object, *reasons: str) -> Object:
        """The state, as soon as the container waits for one of these reasons."""

        def look() -> Object | None:
            state: Object = self.container(made)["state"].get("waiting", {})
            return state if state.get("reason") in reasons else None

        return until(look, f"waiting for {reasons}")

    def phase(self, made: Object, phase: str) -> Object:
        def look() -> Object | None:
            found = self.get(made)
            return found if found["status"].get("phase") == phase else None

        return until(look, f"phase {phase}")

    def log(self, *arguments: str) -> str:
        return self.namespace.kubectl("logs", "web", *arguments)

    def says(self, text: str) -> None:
        until(lambda: text in self.log(), f"{text} in the log")

    def last_status(self, made: Object, **options: object) -> Object:
        """Of a pod that is deleted now: what its node said last."""
        version = self.get(made)["metadata"]["resourceVersion"]
        query = {"fieldSelector": "metadata.name=web", "resourceVersion": version}
        with self.namespace.cluster.watch(self.namespace.path("pods"), **query) as events:
            self.delete(made, **options)
            for event in events:
                if event["type"] == "DELETED":
                    status: Object = event["object"]["status"]
                    return status
        raise AssertionError("the pod never went")
