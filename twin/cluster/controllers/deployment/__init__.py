"""The Deployment controller: a Deployment → one ReplicaSet per pod template, and how many pods each of them may have at the moment.

`controller` acts; the rest decides and is pure, in this order of thought:

- `bounds`     how many pods more or fewer than wanted are allowed
- `revisions`  which ReplicaSet has the current template, its revision number, a new one when there is none, which old ones to forget
- `rolling`    sizes of the ReplicaSets during a rolling update
- `scaling`    sizes when only the number of replicas has changed
- `steps`      the next thing to do, out of the above and `spec.paused`, `spec.strategy`
- `status`     the status, with the conditions that `progress` finds

Source: pkg/controller/deployment in k8s.io/kubernetes 1.36. Left out: adoption of ReplicaSets without an owner, the annotation revision-history,
terminatingReplicas.
"""
