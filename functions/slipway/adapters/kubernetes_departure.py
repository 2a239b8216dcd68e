"""After Helm removed a release: wait until its objects are really gone. An object that is still going would take the next installation's changes with it.

`helm uninstall --wait` of Helm 4 may come back at once, since what its watch hasn't heard of yet counts as gone (`statusObserver` in pkg/kube/statuswait.go),
or not before its timeout (helm/helm 31766).
Deletion takes as long as an object has finalizers: a Deployment that takes its pods along, an Ingress with a load balancer.
https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
"""

import time

import kubernetes.client

from slipway.adapters.kubernetes_takeover import objects_of
from slipway.errors import TemporarilyUnavailable

LONGEST_SECONDS = 60
LOOK_AGAIN_SECONDS = 0.3


def until_gone(api: kubernetes.client.ApiClient, namespace: str, release: str) -> None:
    """TemporarilyUnavailable, with their names, when some are still going after a minute. What is kept by its resource policy isn't going."""
    ends = time.monotonic() + LONGEST_SECONDS
    while going := [path for path, item in objects_of(api, namespace, release) if item["metadata"].get("deletionTimestamp")]:
        if time.monotonic() >= ends:
            raise TemporarilyUnavailable(f"{release} is removed, but this is still going: {', '.join(going)[:1000]}")
        time.sleep(LOOK_AGAIN_SECONDS)
