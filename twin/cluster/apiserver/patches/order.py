"""In which order the items of a merged list end up. Called by `strategic`.

Source: normalizeElementOrder in k8s.io/apimachinery/pkg/util/strategicpatch: items that the patch names stand in the patch's order; the others keep their own,
and each stands before the first named item that it stood before in the original.
"""

from collections.abc import Sequence
from typing import Any


def in_order(merged: Sequence[Any], original: Sequence[Any], wanted: Sequence[Any], key: str | None) -> list[Any]:
    """`wanted` holds the keys of items, or the items themselves when `key` is None."""

    def name(item: Any) -> Any:
        return item if key is None else item.get(key)

    ranks = {value: rank for rank, value in enumerate(wanted)}
    before = {name(item): place for place, item in enumerate(original)}
    named = sorted((item for item in merged if name(item) in ranks), key=lambda item: ranks[name(item)])
    others = [item for item in merged if name(item) not in ranks]
    result: list[Any] = []
    for item in named:
        while others and name(item) in before and before.get(name(others[0]), len(original)) < before[name(item)]:
            result.append(others.pop(0))
        result.append(item)
    return result + others
