"""Releases and who waits for their build. The claim makes one run build a commit and all others wait."""

from collections.abc import Sequence

from slipway.adapters.dynamodb.table import ConditionFailed, Table
from slipway.domain.release import Release, ReleaseState


class DynamoReleases:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, service: str, commit: str) -> Release | None:
        item = self._table.get(f"RELEASE#{service}", commit)
        if not item or not item.get("state"):
            return None
        digests = {name: item.get(name, "") for name in ("build_id", "image_digest", "bundle_digest", "reason")}
        return Release(service, commit, ReleaseState(item["state"]), **digests)

    def claim(self, service: str, commit: str, run: str) -> int:
        values = {":building": ReleaseState.BUILDING, ":run": run, ":one": 1}
        try:
            item = self._table.update(
                f"RELEASE#{service}",
                commit,
                "SET #state = :building, #builder = :run ADD #attempt :one",
                values,
                condition="attribute_not_exists(#state)",
            )
        except ConditionFailed:
            item = self._table.get(f"RELEASE#{service}", commit) or {}
            if item.get("state") != ReleaseState.BUILDING or item.get("builder") != run:
                return 0
        return int(item["attempt"])

    def unclaim(self, service: str, commit: str) -> None:
        condition = {"condition": "#state = :building"}
        try:
            self._table.update(f"RELEASE#{service}", commit, "REMOVE #state, #builder", {":building": ReleaseState.BUILDING}, **condition)
        except ConditionFailed:
            return  # nothing unfinished is there to be forgotten

    def save(self, release: Release) -> None:
        values = {
            ":state": release.state,
            ":build": release.build_id,
            ":image": release.image_digest,
            ":bundle": release.bundle_digest,
            ":reason": release.reason[:8000],
            ":ready": ReleaseState.READY,
        }
        expression = "SET #state = :state, #build_id = :build, #image_digest = :image, #bundle_digest = :bundle, #reason = :reason"
        self._table.update(f"RELEASE#{release.service}", release.commit, expression, values, condition="attribute_not_exists(#state) OR #state <> :ready")

    def await_build(self, service: str, commit: str, run: str, token: str) -> None:
        self._table.put(f"WAITING#{service}#{commit}", f"RUN#{run}", {"task_token": token})

    def take_waiters(self, service: str, commit: str) -> Sequence[str]:
        return [item["task_token"] for item in self._table.query(f"WAITING#{service}#{commit}", "RUN#")]

    def forget_waiters(self, service: str, commit: str, tokens: Sequence[str]) -> None:
        for item in self._table.query(f"WAITING#{service}#{commit}", "RUN#"):
            if item["task_token"] in tokens:
                self._table.delete(f"WAITING#{service}#{commit}", item["sk"])
