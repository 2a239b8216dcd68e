"""A role's calls in the middle of moto: refused as AWS refuses them, or noted as used."""

import json
import logging
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, JsonRESTError, ServiceException
from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import iam_backends
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import s3_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from twin.aws.rights.permissions import Parameters, Permission, UnknownAction, needed
from twin.aws.rights.policies import Document, allows
from twin.aws.server import ACCOUNT, REGION
from twin.corrections.patching import Patches
from twin.corrections.stepfunctions.tokens import execution_of

LOG = logging.getLogger(__name__)
FILE = "rights.jsonl"
_PREFIXES = {"sesv2": "ses", "stepfunctions": "states"}
"""Of actions, where they aren't the service's name in boto3."""


class Used:
    """What each role has been allowed to do, a line `{"role": ..., "action": ..., "resource": ...}` for each kind of call; the newest last."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    def note(self, role: str, permission: Permission) -> None:
        """Written at once, when it is new."""
        line = (role, permission.action, permission.resource)
        with self._lock:
            if line not in self._known:
                self._known.add(line)
                with self._file.open("a") as file:
                    file.write(json.dumps(dict(zip(("role", "action", "resource"), line, strict=True))) + "\n")


def attach(state: Path, patches: Patches) -> None:
    """From now on each call that is signed by a role needs that role's permission; calls by anybody else go on as before."""
    used = Used(state / FILE)

    def authorize(request: Any, _: type, resource: str = "*") -> None:
        if caller := _caller(request.access_key):
            role, session = caller
            for permission in _needed(request, resource):
                if not allows(_policies(role), permission):
                    LOG.warning("%s may not %s on %s", role, permission.action, permission.resource)
                    raise _refusal(request, f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}", permission)
                used.note(role, permission)
                if permission.action == "s3:GetObject" and _is_hidden(role, permission.resource):
                    raise S3AccessDeniedError

    patches.replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", authorize)


def _caller(access_key: str) -> tuple[str, str] | None:
    """Role and session of those who have assumed one."""
    found = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(access_key)
    return (found.role_arn.rpartition("/")[2], found.session_name) if found else None


def _is_hidden(role: str, resource: str) -> bool:
    """Whether nothing is there and the role isn't told so, since it may not list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: "If you don't have the s3:ListBucket permission ..."
    """
    bucket, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    if bucket not in s3_backends[ACCOUNT]["aws"].buckets or s3_backends[ACCOUNT]["aws"].get_object(bucket, key) is not None:
        return False
    return not allows(_policies(role), Permission("s3:ListBucket", f"arn:aws:s3:::{bucket}"))


def _needed(request: Any, resource: str) -> list[Permission]:
    service = request.boto3_service_name
    hash_keys = {name: table.hash_key_attr for name, table in dynamodb_backends[ACCOUNT][REGION].tables.items()} if service == "dynamodb" else {}
    operation = request.data["Action"] if service == "s3" else request._get_action()
    try:
        return needed(_PREFIXES.get(service, service), operation, _parameters(request, service, resource), hash_keys)
    except UnknownAction as error:
        # Neither allowed nor used: the twin has to learn it first.
        return [Permission(str(error), "(the twin doesn't know which)")]


def _parameters(request: Any, service: str, resource: str) -> Parameters:
    """The members that say what the call is about, wherever the protocol puts them."""
    match service:
        case "s3":
            return {"Resource": resource}
        case "eks":
            return {"name": request.path.rpartition("/")[2]}
        case "lambda":
            return {"FunctionName": unquote(request.path.split("/")[3])}
        case "sns" | "sts":
            return {name: values[0] for name, values in request.querystring.items()}
    members: Parameters = json.loads(request.raw_body or "{}")
    if "taskToken" in members and (execution := execution_of(stepfunctions_parser_backends[ACCOUNT][REGION], members["taskToken"])):
        return {**members, "stateMachineArn": execution.state_machine_arn}
    return members


def _policies(role: str) -> list[Document]:
    iam = iam_backends[ACCOUNT]["aws"]
    found = iam.get_role(role)
    texts: Iterable[str] = (
        *found.policies.values(),
        *(version.document for policy in found.managed_policies.values() for version in policy.versions if version.is_default),
    )
    return [_parsed(text) for text in texts]


@lru_cache(maxsize=256)
def _parsed(text: str) -> Document:
    document: Document = json.loads(text)
    return document


def _refusal(request: Any, principal: str, permission: Permission) -> HTTPException | ServiceException:
    """In the words of the service's protocol."""
    action = permission.action
    if request.boto3_service_name == "s3":
        return S3AccessDeniedError()
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return AccessDeniedError(principal, action)
    why = f"because no identity-based policy allows the {action} action"
    return JsonRESTError("AccessDeniedException", f"User: {principal} is not authorized to perform: {action} on resource: {permission.resource} {why}")
