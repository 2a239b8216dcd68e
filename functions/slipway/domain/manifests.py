"""The difference of two rendered manifests: what a person sees who decides on a deployment. Called by `plan`."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from slipway.domain.manifest_yaml import documents, write
from slipway.domain.masking import masked

LONGEST_TEXT = 200_000
"""Characters of a difference, its last line included."""
MOST_LINES = 20_000
"""Of one object's two sides together: comparing takes time with the square of them."""
MOST_NAMES = 10
"""Objects of each sort that a summary names."""
LONGEST_LABEL = 300
"""Characters. A name in Kubernetes has 253 at most."""


@dataclass(frozen=True)
class Difference:
    """Objects are "Kind/name", with " in namespace" when the manifest itself says one. `text` is one unified diff per object that differs, "" for none."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    text: str = ""

    @property
    def summary(self) -> str:
        if not (self.added or self.removed or self.changed):
            return "nothing changes"
        sorts = ((self.changed, "changes", "change"), (self.added, "is added", "are added"), (self.removed, "is removed", "are removed"))
        parts = [f"{len(found)} {one if len(found) == 1 else many}{_named(found)}" for found, one, many in sorts if found]
        count, _, rest = parts[0].partition(" ")
        return ", ".join([f"{count} object{'s' if count != '1' else ''} {rest}", *parts[1:]])


class _Identity(NamedTuple):
    """What makes an object the same one on both sides; `number` tells apart those that a manifest has twice, or without a name."""

    kind: str
    namespace: str
    name: str
    group: str
    number: int

    @property
    def label(self) -> str:
        if not self.kind:
            return f"unnamed object {self.number}"
        label = f"{self.kind}/{self.name}" + (f" in {self.namespace}" if self.namespace else "")
        return ascii(label)[1:-1][:LONGEST_LABEL]


def difference(before: str, after: str) -> Difference:
    """Of two manifests as Helm prints them; "" is one without objects. Order of objects and keys, comments and style make no difference.

    Values of Secrets aren't in it. ValueError, with a sentence, when a side isn't YAML or explodes.
    """
    old, new = _objects(before), _objects(after)
    added: list[str] = []
    removed: list[str] = []
    changed: list[str] = []
    text: list[str] = []
    for identity in sorted(old.keys() | new.keys()):
        was = write(masked(old[identity])) if identity in old else ""
        becomes = write(masked(new[identity], old.get(identity))) if identity in new else ""
        if was != becomes:
            (added if not was else removed if not becomes else changed).append(identity.label)
            text += _compared(identity.label, was.splitlines(), becomes.splitlines())
    return Difference(tuple(added), tuple(removed), tuple(changed), _short("\n".join(text)))


def objects(manifest: str) -> list[tuple[str, dict[str, Any]]]:
    """Each object that has a kind and a name, with the label that a difference gives it. ValueError as `difference` raises it."""
    return [(identity.label, item) for identity, item in _objects(manifest).items() if identity.kind]


def _objects(manifest: str) -> dict[_Identity, Any]:
    """Everything that stands in the manifest, lists taken apart as kubectl and Helm do."""
    found: dict[_Identity, Any] = {}
    for item in (item for document in documents(manifest) for item in _items(document)):
        identity = _identity(item)
        while identity in found:
            identity = identity._replace(number=identity.number + 1)
        found[identity] = item
    return found


def _items(document: Any) -> list[Any]:
    """A list's objects, which take kind and version from a typed one: the items of a SecretList are Secrets."""
    kind, items = (document.get("kind"), document.get("items")) if isinstance(document, dict) else ("", None)
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list):
        return [document]
    inherited = {"kind": kind.removesuffix("List"), "apiVersion": document.get("apiVersion")} if kind != "List" else {}
    return [inner for item in items for inner in _items(inherited | item if isinstance(item, dict) else item)]


def _identity(item: Any) -> _Identity:
    kind, metadata = (item.get("kind"), item.get("metadata")) if isinstance(item, dict) else (None, None)
    name, namespace = (metadata.get("name"), metadata.get("namespace")) if isinstance(metadata, dict) else (None, None)
    if not (isinstance(kind, str) and kind and isinstance(name, str) and name):
        return _Identity("", "", "", "", 1)
    return _Identity(kind, namespace if isinstance(namespace, str) else "", name, str(item.get("apiVersion")).rpartition("/")[0], 1)


def _compared(label: str, was: Sequence[str], becomes: Sequence[str]) -> list[str]:
    if len(was) + len(becomes) > MOST_LINES:
        return [f"--- {label}", f"+++ {label}", f"({len(was):,} lines become {len(becomes):,}: too many to compare them here)"]
    return list(difflib.unified_diff(was, becomes, label, label, lineterm=""))


def _short(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    kept = text[: LONGEST_TEXT - 100]
    return f"{kept}\n({len(text) - len(kept):,} more characters are left out)"


def _named(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f" ({', '.join(names[:MOST_NAMES])}{more})"
