"""Slipway's table, read as its console would read it. Keys and attributes are those of the design; nothing of Slipway's code is used."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr, Key

from twin.demo.questions import Ballot
from twin.stack.description import Description

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Item = Mapping[str, Any]
_PENDING = "pending"


class Records:
    """Of one running stack."""

    def __init__(self, stack: Description, session: boto3.Session) -> None:
        self._table: Table = session.resource("dynamodb", endpoint_url=stack.aws_endpoint).Table(stack.outputs["TableName"])

    def item(self, pk: str, sk: str) -> Item:
        """Empty when there is none."""
        return self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item", {})

    def items(self, pk: str, prefix: str = "") -> Sequence[Item]:
        """Those whose sort key begins so, in its order."""
        condition = Key("pk").eq(pk) & Key("sk").begins_with(prefix) if prefix else Key("pk").eq(pk)
        return self._table.query(KeyConditionExpression=condition, ConsistentRead=True)["Items"]

    def live(self, service: str, environment: str) -> str:
        """The commit that is recorded as live; empty when there is none."""
        return str(self.item(f"ENV#{service}#{environment}", "STATE").get("live", ""))

    def hold(self, service: str, environment: str) -> str:
        """Why the environment is held; empty when it isn't."""
        return str(self.item(f"ENV#{service}#{environment}", "LEASE").get("hold", ""))

    def held_leases(self) -> tuple[str, ...]:
        """Who holds which lease, and who still waits for one."""
        leases = self._scan(Attr("sk").eq("LEASE") & Attr("owner").exists())
        waiting = self._scan(Attr("sk").begins_with("QUEUE#"))
        held = [f"{item['pk']} by {item['owner']}" for item in leases if item["owner"]]
        return tuple(held + [f"{item['pk']} is waited for ({item['sk']})" for item in waiting])

    def pending_approvals(self) -> tuple[str, ...]:
        questions = self._scan(Attr("pk").begins_with("APPROVAL#") & Attr("sk").eq("META"))
        return tuple(str(item["pk"]) for item in questions if item["state"] == _PENDING)

    def ballots(self, approval: str, addresses: Mapping[str, str]) -> tuple[Ballot, ...]:
        """The votes that are recorded; `addresses` by person."""
        return tuple(
            Ballot(item["person"], addresses.get(item["person"], ""), item["choice"], item["reason"]) for item in self.items(f"APPROVAL#{approval}", "VOTE#")
        )

    def everything(self, *subjects: str) -> Mapping[str, str]:
        """All items of these partition keys as text, by their keys. A task token is replaced by its hash: it is nobody's to see.

        What GitHub was told (TOLD) isn't among them: telling catches up on its own time.
        """
        found = {f"{item['pk']} {item['sk']}": dict(item) for subject in subjects for item in self.items(subject) if item["sk"] != "TOLD"}
        for item in found.values():
            if "task_token" in item:
                item["task_token"] = hashlib.sha256(str(item["task_token"]).encode()).hexdigest()
        return {key: json.dumps(item, sort_keys=True, default=str) for key, item in found.items()}

    def _scan(self, condition: Any) -> Iterator[Item]:
        pages = self._table.meta.client.get_paginator("scan").paginate(TableName=self._table.name, FilterExpression=condition, ConsistentRead=True)
        return (item for page in pages for item in page["Items"])


def moment(text: Any) -> float:
    """An ISO 8601 time of the table in seconds since the epoch."""
    return datetime.fromisoformat(str(text)).timestamp()
