"""The scheduler: gives each pod without a node to one that is Ready. Stands for kube-scheduler. Made by `control_plane`.

Left out: requests and allocatable resources, affinity, taints and tolerations, spreading over zones, priorities and preemption. Among the fitting nodes the
one with the fewest pods is taken. The condition PodScheduled=True is written by whoever handles the binding; here only its False.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import NODES, PODS, Object
from twin.cluster.controllers import conditions, timestamps
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.event_recorder import EventRecorder
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.pods import has_labels, is_active
from twin.cluster.controllers.queue import WorkQueue

_COMPONENT = "default-scheduler"


def waits_for_node(pod: Object) -> bool:
    """Is it for this scheduler to place?"""
    spec = pod["spec"]
    gated = bool(spec.get("schedulingGates"))
    return is_active(pod) and not spec.get("nodeName") and not gated and spec.get("schedulerName", _COMPONENT) == _COMPONENT


def takes_pods(node: Object) -> bool:
    ready = conditions.found(node.get("status", {}).get("conditions", ()), "Ready")
    return ready is not None and ready["status"] == "True" and not node["spec"].get("unschedulable") and not node["metadata"].get("deletionTimestamp")


def choose(pod: Object, nodes: Iterable[Object], load: Mapping[str, int]) -> str | None:
    """The name of the node with the smallest `load` (pods by node name) among those that take the pod; None when none does."""
    wanted = pod["spec"].get("nodeSelector", {})
    names = [str(node["metadata"]["name"]) for node in nodes if takes_pods(node) and has_labels(node, wanted)]
    return min(names, key=lambda name: (load.get(name, 0), name), default=None)


def unschedulable(nodes: Iterable[Object]) -> Condition:
    everything = list(nodes)
    if not everything:
        return Condition("PodScheduled", "False", "Unschedulable", "no nodes available to schedule pods")
    unready = sum(not takes_pods(node) for node in everything)
    reasons = [f"{unready} node(s) were not ready or unschedulable"] if unready else []
    reasons += [f"{len(everything) - unready} node(s) didn't match Pod's node affinity/selector"] if unready < len(everything) else []
    return Condition("PodScheduled", "False", "Unschedulable", f"0/{len(everything)} nodes are available: {', '.join(reasons)}.")


class Scheduler:
    def __init__(self, api: Api, informers: Informers, recorder: EventRecorder) -> None:
        self._api = api
        self._recorder = recorder
        self._pods = informers.of(PODS)
        self._nodes = informers.of(NODES)
        self._bound: dict[str, str] = {}
        """Nodes by uid of pods that we have bound, until the informer says so too."""
        self.queue: WorkQueue[Key] = WorkQueue("scheduler", self._schedule)
        self._pods.listen(self._pod_changed)
        self._nodes.listen(self._node_changed)

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        if after is None or after["spec"].get("nodeName"):
            self._bound.pop((after or before or {})["metadata"]["uid"], None)
        elif waits_for_node(after):
            self.queue.add(key_of(after))

    def _node_changed(self, before: Object | None, after: Object | None) -> None:
        """Only a node that begins to take pods matters, or one with other labels: a heartbeat doesn't."""
        if after is None or not takes_pods(after):
            return
        if before is None or not takes_pods(before) or before["metadata"].get("labels") != after["metadata"].get("labels"):
            for pod in self._pods:
                if waits_for_node(pod):
                    self.queue.add(key_of(pod))

    async def _schedule(self, key: Key) -> float | None:
        pod = self._pods.get(*key)
        if pod is None or not waits_for_node(pod) or pod["metadata"]["uid"] in self._bound:
            return None
        node = choose(pod, self._nodes, self._load())
        if node is None:
            await self._report(pod)
            return None
        about = pod["metadata"]
        self._bound[about["uid"]] = node
        binding: Object = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": about["name"], "namespace": about["namespace"], "uid": about["uid"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        try:
            await self._api.post(PODS, pod, "binding", binding)
        except BaseException:
            self._bound.pop(about["uid"], None)
            raise
        self._recorder.record(pod, _COMPONENT, "Normal", "Scheduled", f"Successfully assigned {about['namespace']}/{about['name']} to {node}")
        return None

    def _load(self) -> Counter[str]:
        load = Counter(str(pod["spec"]["nodeName"]) for pod in self._pods if pod["spec"].get("nodeName") and is_active(pod))
        load.update(self._bound.values())
        return load

    async def _report(self, pod: Object) -> None:
        condition = unschedulable(self._nodes)
        status = pod.get("status", {})
        entries = conditions.with_condition(status.get("conditions", ()), condition, timestamps.now())
        if entries != status.get("conditions"):
            self._pods.answered(await self._api.replace(PODS, {**pod, "status": {**status, "conditions": entries}}, "status"))
            self._recorder.record(pod, _COMPONENT, "Warning", "FailedScheduling", condition.message)
