"""Who owns which field: server-side apply, and the managedFields of every object. Called by `storage.writing` for every write that isn't a delete.

`applying` merges an applied configuration and finds conflicts; `noting` records what an ordinary write changed. Beneath them: `fields` are sets of fields,
`members` says what a value consists of, `comparison` what differs between two objects, `merging` and `pruning` make the object of a configuration,
`entries` read and write managedFields, `scope` leaves out what nobody owns.

Imitates k8s.io/apimachinery/pkg/util/managedfields and sigs.k8s.io/structured-merge-diff. Left out: other versions of a kind; the cap of ten Update entries;
taking over from client-side apply by the annotation of kubectl (kubectl and Helm rewrite managedFields themselves). A list with two items of one key, which an
ordinary write may store, is owned as a whole. Unlike there, defaults are filled in before conflicts are looked for, so that a configuration that leaves a
defaulted field out of an atomic struct is at one with what is stored.

Pure: nothing that is passed in is changed in place; results share what didn't change.
"""

from twin.cluster.apiserver.ownership.applying import applied
from twin.cluster.apiserver.ownership.noting import noted

__all__ = ["applied", "noted"]
