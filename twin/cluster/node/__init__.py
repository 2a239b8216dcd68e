"""The node agent: what a kubelet and its container runtime do, with local processes in the place of containers.

An ordinary client of the Kubernetes API, so it works against the embedded server and against a real one. In the order of a pod's life: `agent` sees the pod,
`pod` runs it, `container` pulls the image (`images`), builds the command and environment (`command`, `environment`), starts a `process`, judges its `health`
and restarts it after a `backoff`; `status_writer` reports what `status` makes of it; `log_server` gives the logs. `registration` keeps the Node alive.

Left out: kernel isolation of any kind (users, read-only root, limits, network policy), volumes, sidecars, `postStart`, gRPC probes, ephemeral containers,
in-place updates, `activeDeadlineSeconds`, eviction, exec/attach/port-forward, Events. What a pod asks for and can't have is refused (`unsupported`), save for
restrictions, which are ignored.
"""
