"""Who owns whom, by uid: kept current by the informers' listeners."""

from collections import defaultdict
from dataclasses import dataclass

from twin.cluster.client.kinds import Kind, Object


@dataclass(frozen=True)
class Member:
    kind: Kind
    item: Object


class Graph:
    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self._dependents: dict[str, set[str]] = defaultdict(set)

    def put(self, kind: Kind, item: Object) -> None:
        uid = item["metadata"]["uid"]
        self._forget_owners_of(uid)
        self._members[uid] = Member(kind, item)
        for owner in owner_uids(item):
            self._dependents[owner].add(uid)

    def remove(self, item: Object) -> None:
        """Its dependents are still found under its uid."""
        uid = item["metadata"]["uid"]
        self._forget_owners_of(uid)
        self._members.pop(uid, None)

    def get(self, uid: str) -> Member | None:
        return self._members.get(uid)

    def dependents(self, uid: str) -> list[Member]:
        """Of an owner that need not be there any more."""
        return [self._members[each] for each in self._dependents.get(uid, ())]

    def _forget_owners_of(self, uid: str) -> None:
        if member := self._members.get(uid):
            for owner in owner_uids(member.item):
                dependents = self._dependents.get(owner, set())
                dependents.discard(uid)
                if not dependents:
                    self._dependents.pop(owner, None)


def owner_uids(item: Object) -> list[str]:
    return [str(reference["uid"]) for reference in item["metadata"].get("ownerReferences", ())]
