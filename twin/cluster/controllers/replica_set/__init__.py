"""The ReplicaSet controller: as many pods as a ReplicaSet asks for.

`replicas` decides which pods to make and which to delete, `deletion_preference` in which order, `status` what to report; `controller` acts.
Source: pkg/controller/replicaset in k8s.io/kubernetes 1.36. Left out: adoption of pods without an owner, terminatingReplicas.
"""
