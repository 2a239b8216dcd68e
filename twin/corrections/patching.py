"""What a correction is, and how one is put on and taken off again.

Used by every module of `twin.corrections`. Replacements are global to the process, like the library they mend.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

_MISSING = object()


@dataclass
class Patches:
    """Replacements made in this process, undone in reverse order."""

    _undo: list[Callable[[], None]] = field(default_factory=list)

    def replace(self, owner: object, name: str, value: object) -> None:
        """Set `owner.name` (a class, a module or an instance) until `undo`."""
        original = inspect.getattr_static(owner, name, _MISSING) if name in vars(owner) else _MISSING

        def restore() -> None:
            if original is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, original)

        setattr(owner, name, value)
        self._undo.append(restore)

    def on_undo(self, action: Callable[[], None]) -> None:
        """Run `action` when the patches are taken off."""
        self._undo.append(action)

    def undo(self) -> None:
        """Put everything back. Safe to call twice."""
        while self._undo:
            self._undo.pop()()


@dataclass(frozen=True)
class Correction:
    """One mended defect: `library` names the version it was seen in, `seen` what went wrong there."""

    name: str
    library: str
    seen: str
    apply: Callable[[Patches], None]


def correction(library: str, *, seen: str) -> Callable[[Callable[[Patches], None]], Correction]:
    """Turn a function that makes replacements into a `Correction` of the same name."""

    def declare(function: Callable[[Patches], None]) -> Correction:
        return Correction(name=function.__name__, library=library, seen=seen, apply=function)

    return declare
