"""The embedded Kubernetes API server: what EKS's control plane answers to Helm, kubectl, the `kubernetes` client, the controllers, the node and the front door.

`python -m twin.cluster.apiserver` serves it over TLS on 127.0.0.1. It is the only writer of truth: everything else of the cluster is an ordinary client.

A request passes through these rooms, in this order:

- `http`         request line → verb, resource, name (`request`), body → object (`body`, `protobuf`), the object → JSON or a table (`rendering`, `tables`)
- `access`       who is asking (`authentication`, `eks_tokens`), may they (`rbac`), the cluster's first roles and kubeconfigs
- `resources`    the table of kinds; `schema` their fields, defaults and rules; `discovery` and `openapi` tell clients about both
- `patches`      JSON, merge and strategic merge patches; `ownership` server-side apply and managedFields
- `storage`      objects, resourceVersions, the log that watches follow; `storage.writing` and `storage.deletion` are the only two ways to change anything
- `admission`    resource quotas, and what a role may grant
- `subresources` scale, logs, proxy, eviction, binding

What is imitated, and what is left out on purpose: see each room's docstring. As a whole: state is in memory and ends with the process; one version of each
kind; no exec, attach, port-forward, custom resources, or webhooks.
"""
