"""Which rights were needed, and which were missing: what `rbac` decided for those who get their rights in a namespace. Read when tests have run.

No part of Kubernetes, whose audit log tells of every single request. Left out: what ClusterRoles allow, masters, URLs that are no resource's.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from twin.cluster.apiserver.access.rbac import Grant, Request, refusal
from twin.cluster.apiserver.access.user import User

LOG = logging.getLogger(__name__)
FILE = "rights.jsonl"


@dataclass(frozen=True)
class Entry:
    """A line of the file, as JSON. `resource` is as rules write it; `role` is empty when the request was refused.

    `name` is the object's, where the rule names objects and where the request was refused: otherwise it has made no difference.
    """

    user: str
    verb: str
    group: str
    resource: str
    name: str
    namespace: str
    role: str


class Record:
    """A line for each kind of request, written when it comes for the first time; the newest last."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: set[Entry] = set()

    def note(self, user: User, request: Request, grant: Grant | None) -> None:
        """A refusal is told in the log too, in the words that the client gets."""
        if grant is not None and grant.role.get("kind") != "Role":
            return
        name = request.name if grant is None or grant.rule.get("resourceNames") else ""
        role = grant.role.get("name", "") if grant else ""
        entry = Entry(user.name, request.verb, request.group, request.path, name, request.namespace, role)
        if entry in self._known:
            return
        self._known.add(entry)
        if grant is None:
            LOG.warning("%s", refusal(user, request))
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(entry)) + "\n")
