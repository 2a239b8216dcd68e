"""The garbage collector: objects whose owners are gone go too; owners that wait for their dependents, or let go of them, are finished.

`graph` knows who owns whom, `decisions` what follows from it, `controller` acts. It follows the kinds in `known_kinds.COLLECTED`: an owner of another kind
counts as present, so what it owns stays.
https://kubernetes.io/docs/concepts/architecture/garbage-collection/ ; source: pkg/controller/garbagecollector. Left out: owners that own each other,
owners in another namespace.
"""
