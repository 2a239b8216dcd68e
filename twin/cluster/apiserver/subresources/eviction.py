"""A pod's eviction: a deletion that a disruption budget could refuse. Left out: the budget is not asked (one node, which nobody drains)."""

from collections.abc import Mapping

from twin.cluster.apiserver.storage.deletion import DeleteOptions, read_options


def options(eviction: object, query: Mapping[str, str]) -> DeleteOptions:
    return read_options(eviction.get("deleteOptions") if isinstance(eviction, dict) else None, query)
