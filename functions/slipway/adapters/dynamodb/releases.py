"""Releases and who waits for their build. The claim makes one run build a commit and all others wait."""

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime

from slipway.adapters.dynamodb.table import UNFINISHED, ConditionFailed, Table
from slipway.domain.release import Release, ReleaseState, begins_a_commit
from slipway.ports import UnfinishedBuild


class DynamoReleases:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, service: str, commit: str) -> Release | None:
        item = self._table.get(f"RELEASE#{service}", commit)
        if not item or not item.get("state"):
            return None
        digests = {name: item.get(name, "") for name in ("build_id", "image_digest", "bundle_digest", "reason", "signature")}
        return Release(service, commit, ReleaseState(item["state"]), **digests)

    def label(self, service: str, tag: str, commit: str, asked_at: datetime) -> None:
        label = {"commit": commit, "at": asked_at.astimezone(UTC).isoformat(timespec="microseconds")}
        with contextlib.suppress(ConditionFailed):  # it was moved by a later push
            self._table.put(f"RELEASE#{service}", f"TAG#{tag}", label, condition="attribute_not_exists(pk) OR #at <= :at", values={":at": label["at"]})

    def tagged(self, service: str, tag: str) -> Release | None:
        label = self._table.get(f"RELEASE#{service}", f"TAG#{tag}")
        return self.get(service, label["commit"]) if label is not None else None

    def begun(self, service: str, digits: str) -> Sequence[Release]:
        items = self._table.query(f"RELEASE#{service}", digits) if begins_a_commit(digits) else ()
        return [release for item in items if (release := self.get(service, item["sk"])) is not None]

    def remember_pusher(self, service: str, commit: str, login: str) -> None:
        self._table.put(f"RELEASE#{service}", f"PUSHER#{commit}#{login}", {"login": login})

    def pushers(self, service: str, commit: str) -> Sequence[str]:
        return [item["login"] for item in self._table.query(f"RELEASE#{service}", f"PUSHER#{commit}#")]

    def claim(self, service: str, commit: str, run: str, now: datetime) -> int:
        pk, values = f"RELEASE#{service}", {":building": ReleaseState.BUILDING, ":run": run, ":one": 1}
        claiming = self._table.updating(
            pk, commit, "SET #state = :building, #builder = :run ADD #attempt :one", values, condition="attribute_not_exists(#state)"
        )
        unfinished = {"service": service, "commit": commit, "since": now.isoformat()}
        with contextlib.suppress(ConditionFailed):  # it is claimed already, perhaps by this run
            self._table.transact([claiming, self._table.putting(UNFINISHED, _unfinished(service, commit), unfinished)])
        item = self._table.get(pk, commit) or {}
        return int(item["attempt"]) if item.get("state") == ReleaseState.BUILDING and item.get("builder") == run else 0

    def unclaim(self, service: str, commit: str, build: str) -> bool:
        """It stays among the unfinished until `build_ended`: those who wait have to be told first."""
        forgetting = self._table.updating(
            f"RELEASE#{service}", commit, "REMOVE #state, #builder", {":building": ReleaseState.BUILDING}, condition="#state = :building"
        )
        unchanged = self._table.updating(UNFINISHED, _unfinished(service, commit), "SET #forgotten = :yes", {":yes": True, **_same(build)[1]}, _same(build)[0])
        try:
            self._table.transact([forgetting, unchanged])
        except ConditionFailed:
            return False  # nothing unfinished is there to be forgotten, or another build is
        return True

    def remember_build(self, service: str, commit: str, build: str) -> None:
        with contextlib.suppress(ConditionFailed):  # it has ended already
            self._table.update(UNFINISHED, _unfinished(service, commit), "SET #build = :build", {":build": build}, condition="attribute_exists(pk)")

    def unfinished_builds(self) -> Sequence[UnfinishedBuild]:
        items = self._table.query(UNFINISHED, "BUILD#")
        return [UnfinishedBuild(item["service"], item["commit"], datetime.fromisoformat(item["since"]), item.get("build", "")) for item in items]

    def build_ended(self, service: str, commit: str, build: str) -> None:
        condition, values = _same(build)
        with contextlib.suppress(ConditionFailed):  # another build is under way
            self._table.transact([self._table.deleting(UNFINISHED, _unfinished(service, commit), condition, values)])

    def save(self, release: Release) -> None:
        values = {
            ":state": release.state,
            ":build": release.build_id,
            ":image": release.image_digest,
            ":bundle": release.bundle_digest,
            ":reason": release.reason[:8000],
            ":signature": release.signature,
            ":ready": ReleaseState.READY,
        }
        expression = "SET #state = :state, #build_id = :build, #image_digest = :image, #bundle_digest = :bundle, #reason = :reason, #signature = :signature"
        self._table.update(f"RELEASE#{release.service}", release.commit, expression, values, condition="attribute_not_exists(#state) OR #state <> :ready")

    def await_build(self, service: str, commit: str, run: str, token: str) -> None:
        self._table.put(f"WAITING#{service}#{commit}", f"RUN#{run}", {"task_token": token})

    def take_waiters(self, service: str, commit: str) -> Sequence[str]:
        return [item["task_token"] for item in self._table.query(f"WAITING#{service}#{commit}", "RUN#")]

    def forget_waiters(self, service: str, commit: str, tokens: Sequence[str]) -> None:
        for item in self._table.query(f"WAITING#{service}#{commit}", "RUN#"):
            if item["task_token"] in tokens:
                self._table.delete(f"WAITING#{service}#{commit}", item["sk"])


def _unfinished(service: str, commit: str) -> str:
    return f"BUILD#{service}#{commit}"


def _same(build: str) -> tuple[str, dict[str, str]]:
    """The condition, with its values, that an unfinished build is that one."""
    return ("#build = :build", {":build": build}) if build else ("attribute_exists(pk) AND attribute_not_exists(#build)", {})
