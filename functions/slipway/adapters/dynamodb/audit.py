"""Who decided what, by day. Entries are put once and never touched again."""

import uuid
from datetime import datetime
from typing import Any

from slipway.adapters.dynamodb.table import Table


class DynamoAudit:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, actor: str, action: str, subject: str, now: datetime, **details: Any) -> None:
        entry = {"actor": actor, "action": action, "subject": subject, "details": details}
        self._table.put(f"AUDIT#{now:%Y-%m-%d}", f"{now.isoformat()}#{uuid.uuid4().hex[:12]}", entry, condition="attribute_not_exists(pk)")
