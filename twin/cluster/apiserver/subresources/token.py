"""A TokenRequest: a token for a service account, for some time. Asked for by `kubectl create token`.

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
"""

from datetime import UTC, datetime
from typing import Any

from twin.cluster.apiserver.access.service_account_tokens import ISSUER, ServiceAccountTokens
from twin.cluster.apiserver.errors import ApiError, bad_request
from twin.cluster.apiserver.objects import Object, timestamp

_DEFAULT_SECONDS = 3600
_LEAST_SECONDS = 600


def requested(tokens: ServiceAccountTokens, account: Object, request: Any) -> Object:
    """The request with its token. Bad request for something else, 422 for less than ten minutes."""
    if not isinstance(request, dict) or request.get("kind", "TokenRequest") != "TokenRequest":
        raise bad_request("the object provided is unrecognized (expected authentication.k8s.io/v1, Kind=TokenRequest)")
    spec, name = request.get("spec") or {}, account["metadata"]["name"]
    seconds = spec.get("expirationSeconds") or _DEFAULT_SECONDS
    if not isinstance(seconds, int) or seconds < _LEAST_SECONDS:
        fault = f"spec.expirationSeconds: Invalid value: {seconds}: may not specify a duration less than 10 minutes"
        raise ApiError(422, "Invalid", f'TokenRequest.authentication.k8s.io "{name}" is invalid: {fault}')
    issued = tokens.issue(account, seconds)
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": name, "namespace": account["metadata"]["namespace"], "creationTimestamp": timestamp()},
        "spec": {"audiences": [ISSUER], "expirationSeconds": seconds, "boundObjectRef": None},
        "status": {"token": issued.token, "expirationTimestamp": timestamp(datetime.fromtimestamp(issued.expires, UTC))},
    }
