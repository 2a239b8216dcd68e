"""Questions to people and their votes. The task token stands beside the question and leaves this room only by `token`.

A vote and its entry in the audit log are one transaction: whatever crashes, there is never one without the other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slipway.adapters.dynamodb import audit
from slipway.adapters.dynamodb.table import ConditionFailed, Item, Table
from slipway.domain.approval import Approval, ApprovalState, Choice, Vote
from slipway.domain.deployment import LONG_AGO, Kind
from slipway.errors import InvalidInput


class DynamoApprovals:
    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, approval: Approval, token: str) -> Approval | None:
        pk, environment = f"APPROVAL#{approval.identity}", f"ENV#{approval.service}#{approval.environment}"
        attributes = {
            "service": approval.service,
            "environment": approval.environment,
            "commit": approval.commit,
            "version": approval.version,
            "pusher": approval.pusher,
            "opened_at": approval.opened_at.isoformat(),
            "expires_at": approval.expires_at.isoformat(),
            "state": approval.state,
            "reason": approval.reason,
            "asked_at": approval.asked_at.isoformat(),
            "round": approval.round,
            "contributors": approval.contributors,
            "kind": approval.kind,
            "task_token": token,
            "notified": [],
            "reminded": [],
        }
        while (known := self._table.get(pk, "META")) is None:
            newest = (self._table.get(environment, "APPROVAL") or {}).get("approval", "")
            before = self.get(newest) if newest else None
            pending = before if before is not None and before.state_at(approval.opened_at) is ApprovalState.PENDING else None
            if pending is not None and pending.asked_at > approval.asked_at:
                late = {"state": ApprovalState.SUPERSEDED, "reason": f"{pending.version} asks already", "supersedes": ""}
                try:
                    self._table.put(pk, "META", attributes | late, condition="attribute_not_exists(pk)")
                except ConditionFailed:
                    continue  # another attempt of the same state was faster
                return None
            taken_over = newest if pending is not None else ""
            unchanged: dict[str, Any] = (
                {"condition": "#approval = :newest", "values": {":newest": newest}} if newest else {"condition": "attribute_not_exists(pk)"}
            )
            try:
                self._table.transact(
                    [
                        self._table.putting(pk, "META", {**attributes, "supersedes": taken_over}, condition="attribute_not_exists(pk)"),
                        self._table.putting(environment, "APPROVAL", {"approval": approval.identity}, **unchanged),
                    ]
                )
            except ConditionFailed:
                continue  # somebody else asked in the same moment: look again
            return pending
        self._table.update(pk, "META", "SET #task_token = :token", {":token": token})
        return self.get(known["supersedes"]) if known["supersedes"] else None

    def get(self, identity: str) -> Approval | None:
        item = self._table.get(f"APPROVAL#{identity}", "META")
        return _approval(identity, item) if item else None

    def pending(self, service: str, environment: str) -> Approval | None:
        pointer = self._table.get(f"ENV#{service}#{environment}", "APPROVAL")
        approval = self.get(pointer["approval"]) if pointer else None
        return approval if approval is not None and approval.state is ApprovalState.PENDING else None

    def remember_told(self, identity: str) -> None:
        self._table.update(f"APPROVAL#{identity}", "META", "SET #told = :told", {":told": True})

    def token(self, identity: str) -> str:
        return str(self._meta(identity)["task_token"])

    def notified(self, identity: str) -> Sequence[str]:
        return [str(name) for name in self._meta(identity)["notified"]]

    def remember_notified(self, identity: str, person: str) -> None:
        self._table.update(f"APPROVAL#{identity}", "META", "SET #notified = list_append(#notified, :person)", {":person": [person]})

    def reminded(self, identity: str) -> Sequence[str]:
        return [str(name) for name in self._meta(identity).get("reminded", [])]

    def remember_reminded(self, identity: str, person: str) -> None:
        values = {":person": [person], ":nobody": []}
        self._table.update(f"APPROVAL#{identity}", "META", "SET #reminded = list_append(if_not_exists(#reminded, :nobody), :person)", values)

    def vote(self, approval: Approval, vote: Vote) -> bool:
        pk = f"APPROVAL#{approval.identity}"
        values = {":pending": ApprovalState.PENDING, ":at": vote.at.isoformat()}
        cast = {"person": vote.person, "choice": vote.choice, "reason": vote.reason, "at": vote.at.isoformat(), "way": vote.way}
        subject = f"DEPLOYMENT#{approval.deployment}"
        details = {"reason": vote.reason, "way": vote.way, "commit": approval.commit, "question": approval.identity}
        try:
            self._table.transact(
                [
                    self._table.updating(pk, "META", "SET #voted_at = :at", values, condition="#state = :pending"),
                    self._table.putting(pk, f"VOTE#{vote.person}", cast, condition="attribute_not_exists(pk)"),
                    audit.adding(self._table, vote.person, vote.choice, subject, vote.at, **details),
                ]
            )
        except ConditionFailed:
            return False
        return True

    def votes(self, identity: str) -> Sequence[Vote]:
        items = self._table.query(f"APPROVAL#{identity}", "VOTE#")
        return sorted((_vote(item) for item in items), key=lambda vote: vote.at)

    def decide(self, identity: str, state: ApprovalState, reason: str, since: ApprovalState = ApprovalState.PENDING) -> bool:
        values = {":state": state, ":reason": reason[:2000], ":since": since}
        try:
            self._table.update(f"APPROVAL#{identity}", "META", "SET #state = :state, #reason = :reason", values, condition="#state = :since")
        except ConditionFailed:
            return False
        return True

    def _meta(self, identity: str) -> Item:
        item = self._table.get(f"APPROVAL#{identity}", "META")
        if item is None:
            raise InvalidInput(f"There is no approval {identity}.")
        return item


def _approval(identity: str, item: Item) -> Approval:
    return Approval(
        identity=identity,
        service=item["service"],
        environment=item["environment"],
        commit=item["commit"],
        version=item["version"],
        pusher=item["pusher"],
        opened_at=datetime.fromisoformat(item["opened_at"]),
        expires_at=datetime.fromisoformat(item["expires_at"]),
        state=ApprovalState(item["state"]),
        reason=item["reason"],
        told=item.get("told", False),
        asked_at=datetime.fromisoformat(item["asked_at"]) if "asked_at" in item else LONG_AGO,
        round=item.get("round", 1),
        contributors=tuple(item.get("contributors", ())),
        kind=Kind(item.get("kind", Kind.RELEASE)),
    )


def _vote(item: Item) -> Vote:
    return Vote(item["person"], Choice(item["choice"]), item["reason"], datetime.fromisoformat(item["at"]), item.get("way", ""))
