"""Who decided what, by day. Entries are put once and never touched again."""

import uuid
from datetime import datetime
from typing import Any

from slipway.adapters.dynamodb.table import Table


class DynamoAudit:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, actor: str, action: str, subject: str, now: datetime, **details: Any) -> None:
        self._table.transact([adding(self._table, actor, action, subject, now, **details)])


def adding(table: Table, actor: str, action: str, subject: str, now: datetime, **details: Any) -> dict[str, Any]:
    """The entry as an operation of a transaction, for a change that mustn't be there without it."""
    entry = {"actor": actor, "action": action, "subject": subject, "details": details}
    return table.putting(f"AUDIT#{now:%Y-%m-%d}", f"{now.isoformat()}#{uuid.uuid4().hex[:12]}", entry, condition="attribute_not_exists(pk)")
