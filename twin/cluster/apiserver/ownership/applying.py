"""Server-side apply: a manager says what it wants of an object, and gets it unless somebody else owns it. Called by `storage.writing`.

Source: `Apply` in merge/update.go of structured-merge-diff, and managedfields/internal/fieldmanager.go.
"""

import copy
import functools

from twin.cluster.apiserver.errors import apply_conflict
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.ownership.comparison import Changes, compared
from twin.cluster.apiserver.ownership.configuration import fields_of
from twin.cluster.apiserver.ownership.entries import Entry, entries_of, with_entries
from twin.cluster.apiserver.ownership.fields import Fields, in_both, paths, union, without
from twin.cluster.apiserver.ownership.merging import merged
from twin.cluster.apiserver.ownership.pruning import pruned
from twin.cluster.apiserver.ownership.scope import ownable, reachable
from twin.cluster.apiserver.resources import Resource
from twin.cluster.apiserver.schema.defaults import set_object_defaults
from twin.cluster.apiserver.schema.types import Struct

_BEFORE_FIRST_APPLY = "before-first-apply"
_NEVER_PRUNED: Fields = {"f:metadata": {"f:name": {}}}
"""An object keeps its metadata, though the last label may go."""


def applied(current: Object | None, configuration: Object, *, resource: Resource, manager: str, force: bool, subresource: str, now: str) -> Object:
    """`current` (None: there is no such object yet) with `configuration` laid over it, and managedFields that say so.

    What the manager applied last time, leaves out now, and nobody else owns is removed. ApiError 409 names the fields that would get another value and their
    owners; with `force` they change hands instead. ApiError 500 when items of a list can't be told apart. A configuration that changes neither the object nor
    its owners gives `current` itself.
    """
    kind = Struct(resource.model)
    configuration = reachable(configuration, resource, subresource)
    mine = Entry(manager, "Apply", subresource, resource.api_version, now, ownable(fields_of(configuration, kind), resource, subresource))
    if current is None:
        return with_entries(configuration, [mine])
    known = entries_of(current) or [_owner_of_everything(current, resource, now)]
    last = next((entry for entry in known if entry.is_of(mine)), None)
    others = [entry for entry in known if entry is not last]

    result: Object = merged(current, configuration, kind)
    if last:
        owned = functools.reduce(union, (entry.fields for entry in (*others, mine)), _NEVER_PRUNED)
        result = pruned(result, last.fields, owned, kind)
    if result != current:
        result = copy.deepcopy(result)
        set_object_defaults(resource, result)
    everything = compared(current, result, kind)
    changes = Changes(ownable(everything.written, resource, subresource), ownable(everything.removed, resource, subresource))

    if not force:
        _refuse_conflicts(others, changes)
    if last and result == current and last.fields == mine.fields and last.api_version == mine.api_version:
        return current
    gone = changes.overwritten
    return with_entries(result, [*(entry.owning(without(entry.fields, gone)) for entry in others), mine])


def _refuse_conflicts(others: list[Entry], changes: Changes) -> None:
    conflicts = [(entry.printed, path) for entry in others for path in paths(in_both(entry.fields, changes.written))]
    if conflicts:
        raise apply_conflict(conflicts)


def _owner_of_everything(current: Object, resource: Resource, now: str) -> Entry:
    """For an object that was stored without owners, so that the first apply doesn't take it all unnoticed."""
    fields = ownable(compared({}, current, Struct(resource.model)).written, resource, "")
    return Entry(_BEFORE_FIRST_APPLY, "Update", "", resource.api_version, now, fields)
