"""All controllers over one connection and one set of informers. Called by `__main__`."""

import asyncio
from collections.abc import Callable

from twin.cluster.client.api import Api
from twin.cluster.client.kubeconfig import Access
from twin.cluster.controllers.deployment.controller import DeploymentController
from twin.cluster.controllers.endpoint_slices.controller import EndpointSliceController
from twin.cluster.controllers.event_recorder import EventRecorder
from twin.cluster.controllers.garbage_collection.controller import GarbageCollector
from twin.cluster.controllers.horizontal_pod_autoscaler import HorizontalPodAutoscalerController
from twin.cluster.controllers.informers import Informers
from twin.cluster.controllers.job.controller import JobController
from twin.cluster.controllers.job.expiry import FinishedJobsController
from twin.cluster.controllers.namespaces import NamespaceController
from twin.cluster.controllers.replica_set.controller import ReplicaSetController
from twin.cluster.controllers.scheduler import Scheduler
from twin.cluster.controllers.service_accounts import ServiceAccountController

_PROGRAM = "controllers"


async def run(access: Access, ready: Callable[[], None]) -> None:
    """Until it is cancelled. `ready` is called once every kind has been listed; an API server that isn't there yet is waited for."""
    async with Api(access, _PROGRAM) as api, asyncio.TaskGroup() as group:
        informers, recorder = Informers(api), EventRecorder(api)
        queues = (
            DeploymentController(api, informers, recorder).queue,
            ReplicaSetController(api, informers, recorder).queue,
            JobController(api, informers, recorder).queue,
            FinishedJobsController(api, informers).queue,
            Scheduler(api, informers, recorder).queue,
            EndpointSliceController(api, informers).queue,
            GarbageCollector(api, informers).queue,
            NamespaceController(api, informers).queue,
            ServiceAccountController(api, informers).queue,
            HorizontalPodAutoscalerController(api, informers, recorder).queue,
        )
        group.create_task(informers.run())
        group.create_task(recorder.run())
        await informers.synced()
        for queue in queues:
            group.create_task(queue.run())
        ready()
