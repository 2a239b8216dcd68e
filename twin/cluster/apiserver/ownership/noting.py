"""What an ordinary create, update or patch makes its manager own. Called by `storage.writing`.

Source: `Update` in merge/update.go of structured-merge-diff, and managedfields/internal/managedfieldsupdater.go.
"""

from dataclasses import replace

from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.ownership.comparison import Changes, compared
from twin.cluster.apiserver.ownership.entries import Entry, are_reset, entries_of, with_entries
from twin.cluster.apiserver.ownership.fields import union, without
from twin.cluster.apiserver.ownership.scope import ownable
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.schema.types import Struct


def noted(old: Object | None, new: Object, *, resource: Resource, manager: str, subresource: str, now: str) -> Object:
    """`new` with managedFields that say: `manager` owns what changed since `old`, nobody owns what is gone, and others don't own what was overwritten.

    managedFields that `new` brings along are taken for true, except through a subresource; without any, those of `old` are. `now` becomes the time of the
    manager's entry only when it wrote something.
    """
    known = _entries_before(old, new, subresource)
    everything = compared(old or {}, new, Struct(resource.model))
    changes = Changes(ownable(everything.written, resource, subresource), ownable(everything.removed, resource, subresource))
    if not changes.written and not changes.removed:
        return with_entries(new, known)
    return with_entries(new, _after(known, changes, Entry(manager, "Update", subresource, resource.api_version, now, {})))


def _entries_before(old: Object | None, new: Object, subresource: str) -> list[Entry]:
    if subresource or "managedFields" not in new["metadata"]:
        return entries_of(old)
    if are_reset(new["metadata"]["managedFields"]):
        return []
    return entries_of(new) or entries_of(old)


def _after(known: list[Entry], changes: Changes, writer: Entry) -> list[Entry]:
    gone = changes.overwritten
    others = [entry.owning(without(entry.fields, gone)) for entry in known if not entry.is_of(writer)]
    own = next((entry for entry in known if entry.is_of(writer)), writer)
    left = without(own.fields, changes.removed)
    mine = replace(own, time=writer.time, fields=union(left, changes.written)) if changes.written else own.owning(left)
    return [*others, mine]
