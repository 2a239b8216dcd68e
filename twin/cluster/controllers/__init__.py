"""The cluster's controllers and its scheduler: what EKS runs as kube-controller-manager and kube-scheduler, as far as a rollout needs them.

`python -m twin.cluster.controllers --kubeconfig FILE` runs them all in one process, an ordinary client of the API: against another API server they work
the same, and the real ones can take their place. Each controller decides in pure functions and acts in a thin class around them.

- `deployment`                 Deployment → ReplicaSets: rolling updates, Recreate, scaling, revisions, status, progress deadline
- `replica_set`                ReplicaSet → Pods
- `job`                        Job → Pods that run to their end
- `scheduler`                  Pod → Node
- `endpoint_slices`            Service and Pods → EndpointSlices
- `garbage_collection`         objects whose owners are gone; foreground and orphan deletion
- `namespaces`                 empties and removes deleted namespaces
- `service_accounts`           a ServiceAccount `default` in every namespace
- `horizontal_pod_autoscaler`  floor and ceiling only: there are no metrics

They stand on `queue` (which objects to look at, and when again), `informers` (one copy of each kind for all), and a few rooms of facts: `pods`, `ownership`,
`conditions`, `timestamps`, `event_recorder`.

Left out: CronJobs, StatefulSets, DaemonSets, ReplicationControllers, Endpoints, node lifecycle and taints, quota status, disruption budgets, and the
adoption of pods and ReplicaSets that match a selector but have no owner. One process, so no leader election.
"""
