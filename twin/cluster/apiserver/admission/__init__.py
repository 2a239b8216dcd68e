"""What is refused, or filled in, though who asks may write: called by `storage.writing` for every create and update, after defaults.

In the order of a real server's plugins: `namespaces` (is there one, is it not going away), `limits` (LimitRange), `pod_security`, `escalation` (nobody hands
out rights that they don't have), `quota` last, when everything else said yes. `quantities`, `containers`, `rights` and `refusal` are what these share.
Left out: service accounts, priorities, node restriction, webhooks.
https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from twin.cluster.apiserver.access.rbac import Authorizer, Read
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.admission.escalation import check_escalation
from twin.cluster.apiserver.admission.limits import limited
from twin.cluster.apiserver.admission.namespaces import check_namespace
from twin.cluster.apiserver.admission.pod_security import check_pod_security
from twin.cluster.apiserver.admission.quota import check_quota
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import LIMIT_RANGE, POD, Resource


def admit(user: User, resource: Resource, verb: str, item: Object, old: Object | None, read: Read, authorizer: Authorizer) -> Object:
    """What is to be stored: `item`, or a copy with limits filled in. `verb` is create or update. ApiError 403 or 404 for a "no"."""
    created_in = item["metadata"]["namespace"] if verb == "create" and resource.namespaced else ""
    if created_in:
        check_namespace(resource, item, read)
        item = limited(resource, item, read(LIMIT_RANGE, created_in))
        if resource is POD:
            check_pod_security(item, read)
    check_escalation(user, resource, item, old, authorizer)
    if resource.namespaced:
        check_quota(resource, item, old, read)
    return item
