"""Who asks the API server, and what they may do; also what makes both true on the first day: certificates, kubeconfigs, roles.

Called by `http` for every request:

- `authentication`  the Authorization header → a `user`, by the tokens of our own kubeconfigs, by `eks_tokens` (whose form `presigned` checks)
                    or by `service_account_tokens`
- `rbac`            roles and bindings → yes or a 403
- `record`          which right each request needed, in a file for the tests
- `reviews`         the same question, asked by `kubectl auth can-i`
- `first_objects`   the namespaces, roles and bindings that a cluster has before anybody made any
- `certificates`, `kubeconfigs`  written into the cluster's folder (by `private_files`) before the server listens

As on EKS: TLS, bearer tokens, access entries, RBAC. Left out: client certificates as identities, impersonation, anonymous users, the node authorizer.
"""
