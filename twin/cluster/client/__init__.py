"""How the cluster's own parts speak to the Kubernetes API: `controllers`, `node` and the front door are ordinary clients of it.

`kubeconfig` says where and as whom, `api` makes requests, `kinds` knows their paths, `informer` keeps a copy of one kind current. Nothing here knows the
embedded server: against a real one it works the same.
"""
