"""The horizontal pod autoscaler: floor and ceiling only. Made by `control_plane`.

A chart with an autoscaler renders no `replicas`, so somebody has to lift its Deployment from one replica to `minReplicas`. There is no metrics server here:
between the bounds the number stays what it is, and ScalingActive is False, FailedGetResourceMetric, as on a cluster without one.
Source: pkg/controller/podautoscaler. Left out: metrics, `behavior`, stabilisation, ScalingLimited, targets
other than Deployments and ReplicaSets.
"""

from dataclasses import dataclass
from datetime import datetime

from twin.cluster.client.api import Api
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import DEPLOYMENTS, HORIZONTAL_POD_AUTOSCALERS, REPLICA_SETS, Kind, Object
from twin.cluster.controllers import conditions, timestamps
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.event_recorder import EventRecorder
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.queue import WorkQueue

_COMPONENT = "horizontal-pod-autoscaler"
_TARGETS = {(kind.api_version, kind.kind): kind for kind in (DEPLOYMENTS, REPLICA_SETS)}

CAN_SCALE = Condition("AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale")
RESCALED = Condition("AbleToScale", "True", "SucceededRescale", "the HPA controller was able to update the target scale")
DISABLED = Condition("ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
NO_METRICS = Condition(
    "ScalingActive",
    "False",
    "FailedGetResourceMetric",
    "the HPA was unable to compute the replica count: unable to get metrics: this cluster has no metrics server",
)


def no_target(message: str) -> Condition:
    return Condition("AbleToScale", "False", "FailedGetScale", f"the HPA controller was unable to get the target's current scale: {message}")


@dataclass(frozen=True)
class Decision:
    """`replicas` the target should have; `why` it has to change, empty when it hasn't to."""

    replicas: int
    why: str
    conditions: tuple[Condition, ...]


def decide(autoscaler: Object, replicas: int) -> Decision:
    """`replicas`: what the target asks for now."""
    floor, ceiling = autoscaler["spec"].get("minReplicas", 1), autoscaler["spec"]["maxReplicas"]
    if replicas == 0:
        return Decision(0, "", (CAN_SCALE, DISABLED))
    if replicas > ceiling:
        return Decision(ceiling, "Current number of replicas above Spec.MaxReplicas", (RESCALED, NO_METRICS))
    if replicas < floor:
        return Decision(floor, "Current number of replicas below Spec.MinReplicas", (RESCALED, NO_METRICS))
    return Decision(replicas, "", (CAN_SCALE, NO_METRICS))


def status_of(autoscaler: Object, current: int, decision: Decision, now: datetime) -> Object:
    """`current`: how many pods the target has."""
    status = {**autoscaler.get("status", {}), "currentReplicas": current, "desiredReplicas": decision.replicas}
    if decision.why:
        status["lastScaleTime"] = timestamps.written(now)
    if "generation" in autoscaler["metadata"]:
        status["observedGeneration"] = autoscaler["metadata"]["generation"]
    entries = status.get("conditions", [])
    for condition in decision.conditions:
        entries = conditions.with_condition(entries, condition, now)
    return {**status, "conditions": entries}


def target_of(autoscaler: Object) -> tuple[Kind | None, str]:
    """Kind and name; no kind when it is one that can't be scaled here."""
    reference = autoscaler["spec"]["scaleTargetRef"]
    return _TARGETS.get((reference.get("apiVersion", ""), reference["kind"])), reference["name"]


class HorizontalPodAutoscalerController:
    def __init__(self, api: Api, informers: Informers, recorder: EventRecorder) -> None:
        self._api = api
        self._recorder = recorder
        self._autoscalers = informers.of(HORIZONTAL_POD_AUTOSCALERS)
        self.queue: WorkQueue[Key] = WorkQueue("horizontal pod autoscaler", self._reconcile)
        self._autoscalers.listen(lambda before, after: self.queue.add(key_of(after or before or {})))
        self._targets = {kind: informers.of(kind) for kind in _TARGETS.values()}
        for informer in self._targets.values():
            informer.listen(self._target_changed)

    def _target_changed(self, before: Object | None, after: Object | None) -> None:
        item = after or before or {}
        for autoscaler in self._autoscalers:
            kind, name = target_of(autoscaler)
            if kind and kind.kind == item["kind"] and key_of(item) == (autoscaler["metadata"]["namespace"], name):
                self.queue.add(key_of(autoscaler))

    async def _reconcile(self, key: Key) -> float | None:
        autoscaler = self._autoscalers.get(*key)
        if autoscaler is None or autoscaler["metadata"].get("deletionTimestamp"):
            return None
        kind, name = target_of(autoscaler)
        target = self._targets[kind].get(key[0], name) if kind else None
        if kind is None or target is None:
            await self._without_target(autoscaler, f"{autoscaler['spec']['scaleTargetRef']['kind']} {name} not found")
            return None
        decision = decide(autoscaler, target["spec"]["replicas"])
        if decision.why:
            change = {"metadata": {"resourceVersion": target["metadata"]["resourceVersion"]}, "spec": {"replicas": decision.replicas}}
            await self._api.patch(kind, target, change, "scale")
            self._recorder.record(autoscaler, _COMPONENT, "Normal", "SuccessfulRescale", f"New size: {decision.replicas}; reason: {decision.why}")
        await self._write(autoscaler, status_of(autoscaler, target.get("status", {}).get("replicas", 0), decision, timestamps.now()))
        return None

    async def _without_target(self, autoscaler: Object, message: str) -> None:
        status = {"currentReplicas": 0, "desiredReplicas": 0, **autoscaler.get("status", {})}
        entries = conditions.with_condition(status.get("conditions", []), no_target(message), timestamps.now())
        await self._write(autoscaler, {**status, "conditions": entries})

    async def _write(self, autoscaler: Object, status: Object) -> None:
        if status != autoscaler.get("status"):
            self._autoscalers.answered(await self._api.replace(HORIZONTAL_POD_AUTOSCALERS, {**autoscaler, "status": status}, "status"))
