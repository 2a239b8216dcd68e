"""Does what `steps` says, one step at a time, and then writes the status. Made by `control_plane`."""

from twin.cluster.client.api import Api, ApiRefused
from twin.cluster.client.informer import Key, key_of
from twin.cluster.client.kinds import DEPLOYMENTS, PODS, REPLICA_SETS, Object
from twin.cluster.controllers import conditions, timestamps
from twin.cluster.controllers.conditions import Condition
from twin.cluster.controllers.deployment.bounds import is_rolling
from twin.cluster.controllers.deployment.progress import create_failed, created, seconds_left
from twin.cluster.controllers.deployment.revisions import DESIRED, MOST, REVISION, Generations, generations_of
from twin.cluster.controllers.deployment.scaling import Resize
from twin.cluster.controllers.deployment.status import status_of
from twin.cluster.controllers.deployment.steps import Annotate, Create, Forget, Number, Scale, Step, next_step
from twin.cluster.controllers.event_recorder import EventRecorder
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.ownership import controlled_by, controller_of
from twin.cluster.controllers.pods import has_ended
from twin.cluster.controllers.queue import WorkQueue

_COMPONENT = "deployment-controller"


class DeploymentController:
    def __init__(self, api: Api, informers: Informers, recorder: EventRecorder) -> None:
        self._api = api
        self._recorder = recorder
        self._deployments = informers.of(DEPLOYMENTS)
        self._replica_sets = informers.of(REPLICA_SETS)
        self._pods = informers.of(PODS)
        self.queue: WorkQueue[Key] = WorkQueue("deployment", self._reconcile)
        self._deployments.listen(lambda before, after: self.queue.add(key_of(after or before or {})))
        self._replica_sets.listen(self._replica_set_changed)
        self._pods.listen(self._pod_changed)

    def _replica_set_changed(self, before: Object | None, after: Object | None) -> None:
        item = after or before or {}
        reference = controller_of(item)
        if reference and reference["kind"] == "Deployment":
            self.queue.add((item["metadata"]["namespace"], reference["name"]))

    def _pod_changed(self, before: Object | None, after: Object | None) -> None:
        """Only the end of a pod matters here, and only to a Deployment that waits for it."""
        if before is None or (after is not None and not has_ended(after)):
            return
        reference = controller_of(before)
        replica_set = self._replica_sets.get(before["metadata"]["namespace"], reference["name"]) if reference else None
        if replica_set is not None:
            self._replica_set_changed(None, replica_set)

    async def _reconcile(self, key: Key) -> float | None:
        deployment = self._deployments.get(*key)
        if deployment is None:
            return None
        generations = generations_of(deployment, controlled_by(deployment, self._of_namespace(key[0])))
        if deployment["metadata"].get("deletionTimestamp"):
            await self._write_status(deployment, status_of(deployment, generations, timestamps.now()))
            return None
        step = next_step(deployment, generations, old_pods_run=not is_rolling(deployment) and self._old_pods_run(generations))
        if step is not None:
            await self._take(deployment, step)
            if not isinstance(step, Forget):  # that one shows in the informer only when its event comes
                return 0
        written = await self._write_status(deployment, status_of(deployment, generations, timestamps.now()))
        return seconds_left(written, timestamps.now())

    def _of_namespace(self, namespace: str) -> list[Object]:
        return [each for each in self._replica_sets if each["metadata"]["namespace"] == namespace]

    def _old_pods_run(self, generations: Generations) -> bool:
        return any(not has_ended(pod) for each in generations.old for pod in controlled_by(each, self._pods))

    async def _take(self, deployment: Object, step: Step) -> None:
        match step:
            case Create():
                await self._create(deployment, step.replica_set)
            case Annotate():
                change: Object = {"metadata": {"annotations": step.annotations}, "spec": {"minReadySeconds": step.min_ready_seconds}}
                await self._change(step.replica_set, change)
            case Number():
                change = {"metadata": {"annotations": {REVISION: str(step.revision)}}}
                self._deployments.answered(await self._api.patch(DEPLOYMENTS, deployment, change))
            case Scale():
                for resize in step.changes:
                    await self._resize(deployment, resize)
            case Forget():
                for replica_set in step.replica_sets:
                    await self._api.delete(REPLICA_SETS, replica_set)

    async def _create(self, deployment: Object, replica_set: Object) -> None:
        name, replicas = replica_set["metadata"]["name"], replica_set["spec"]["replicas"]
        try:
            made = await self._api.create(REPLICA_SETS, replica_set)
        except ApiRefused as error:
            if error.reason == "AlreadyExists":
                await self._meet(deployment, replica_set)
                return
            await self._set_condition(deployment, create_failed(name, str(error)))
            raise
        self._replica_sets.answered(made)
        if replicas:
            self._tell(deployment, f"Scaled up replica set {name} from 0 to {replicas}")
        await self._set_condition(deployment, created(name))

    async def _meet(self, deployment: Object, wanted: Object) -> None:
        """The name is taken: by our own ReplicaSet, which the informer hasn't told of yet, or by a foreign one, so that ours needs another name."""
        about = wanted["metadata"]
        present = await self._api.get(REPLICA_SETS, about["namespace"], about["name"])
        if controlled_by(deployment, [present]) and generations_of(deployment, [present]).current is not None:
            self._replica_sets.answered(present)
            return
        status = deployment.get("status", {})
        await self._write_status(deployment, {**status, "collisionCount": status.get("collisionCount", 0) + 1})

    async def _resize(self, deployment: Object, resize: Resize) -> None:
        change: Object = {"metadata": {"annotations": {DESIRED: str(resize.desired), MOST: str(resize.most)}}, "spec": {"replicas": resize.replicas}}
        await self._change(resize.replica_set, change)
        if resize.changes_size:
            before = resize.replica_set["spec"]["replicas"]
            direction = "up" if resize.replicas > before else "down"
            self._tell(deployment, f"Scaled {direction} replica set {resize.replica_set['metadata']['name']} from {before} to {resize.replicas}")

    async def _change(self, replica_set: Object, change: Object) -> None:
        """Refused with a conflict when the ReplicaSet isn't what we decided about any more."""
        about = {**change["metadata"], "resourceVersion": replica_set["metadata"]["resourceVersion"]}
        self._replica_sets.answered(await self._api.patch(REPLICA_SETS, replica_set, {**change, "metadata": about}))

    async def _set_condition(self, deployment: Object, condition: Condition) -> None:
        if deployment["spec"].get("progressDeadlineSeconds") is None:
            return
        status = deployment.get("status", {})
        entries = conditions.with_condition(status.get("conditions", ()), condition, timestamps.now(), with_update_time=True)
        await self._write_status(deployment, {**status, "conditions": entries})

    async def _write_status(self, deployment: Object, status: Object) -> Object:
        if status == deployment.get("status"):
            return deployment
        written = await self._api.replace(DEPLOYMENTS, {**deployment, "status": status}, "status")
        self._deployments.answered(written)
        return written

    def _tell(self, deployment: Object, message: str) -> None:
        self._recorder.record(deployment, _COMPONENT, "Normal", "ScalingReplicaSet", message)
