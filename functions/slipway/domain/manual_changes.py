"""Whose manual changes an upgrade would set back: read from `managedFields`, where the API server writes down who has set which field.

Called by `plan_document`. Slipway upgrades with `--force-conflicts`, so every field of the rendered manifest gets its value back, whoever owns it now.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from slipway.domain.plain_text import cut, one_line
from slipway.domain.plan import ManualChange

HELM = "helm"
"""How Helm names itself: its program's name (pkg/kube/client.go, getManagedFieldsManager). A person who runs Helm by hand can't be told from Slipway."""
CONTROLLERS = re.compile(r"^(kube-|kubelet$|cloud-controller-manager$|eks$)")
LONGEST_FIELD = 300
LONGEST_MANAGER = 100
"""Characters: both come from whoever wrote the field."""
_PLAIN = re.compile(r"^[A-Za-z0-9_-]+$")
_QUANTITY = re.compile(r"^([+-]?[0-9.]+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$")
_UNITS = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)}
_UNITS |= {unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)}
_UNITS |= {unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}


def overwritten(label: str, rendered: Mapping[str, Any], live: Mapping[str, Any]) -> list[ManualChange]:
    """The fields of one object that others have set to another value than the rendered one. No value is in the answer: the object may be a Secret.

    Controllers don't count, but for one that scales (a HorizontalPodAutoscaler) a workload whose `replicas` the chart sets as well.
    """
    entries = (live.get("metadata") or {}).get("managedFields") or []
    return [
        ManualChange(label, cut(one_line(field), LONGEST_FIELD), cut(one_line(str(entry.get("manager", ""))), LONGEST_MANAGER), _moment(entry.get("time")))
        for entry in entries
        if isinstance(entry, Mapping) and _counts(entry)
        for field in _differing(entry.get("fieldsV1") or {}, rendered, live, "")
    ]


def _counts(entry: Mapping[str, Any]) -> bool:
    manager, subresource = str(entry.get("manager", "")), entry.get("subresource", "")
    if manager == HELM or subresource == "status":
        return False
    return subresource == "scale" or not CONTROLLERS.match(manager)


def _differing(owned: Mapping[str, Any], rendered: Any, live: Any, path: str) -> Iterator[str]:
    """Paths of owned fields that the rendered object has with another value. Set members (`v:`) and positions (`i:`) can't differ."""
    for key, inner in owned.items():
        sort, _, name = key.partition(":")
        if sort == "f" and isinstance(rendered, Mapping) and name in rendered:
            below, is_now = rendered[name], live.get(name) if isinstance(live, Mapping) else None
            place = f"{path}.{name}" if _PLAIN.match(name) and path else name if _PLAIN.match(name) else f"{path}[{json.dumps(name)}]"
        elif sort == "k" and (element := _element(rendered, name)) is not None:
            below, is_now = element, _element(live, name)
            place = f"{path}[{', '.join(f'{part}={value}' for part, value in _keys(name).items())}]"
        else:
            continue
        if any(deeper != "." for deeper in inner):
            yield from _differing(inner, below, is_now, place)
        elif not inner and below is not None and not _same(below, is_now):
            yield place


def _keys(name: str) -> Mapping[str, Any]:
    keys = json.loads(name)
    return keys if isinstance(keys, dict) else {}


def _element(items: Any, name: str) -> Any:
    """The element that the keys name; a key that an element leaves out has its default (a port's protocol)."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        return None
    keys = _keys(name)
    found = (item for item in items if isinstance(item, Mapping) and any(part in item for part in keys))
    return next((item for item in found if all(item.get(part, value) == value for part, value in keys.items())), None)


def _same(rendered: Any, live: Any) -> bool:
    """Whether the API server would store the rendered value as the live one: it adds defaults and writes quantities its own way."""
    if isinstance(rendered, Mapping):
        return isinstance(live, Mapping) and all(_same(value, live.get(name)) for name, value in rendered.items() if value is not None)
    if isinstance(rendered, list):
        return isinstance(live, list) and len(rendered) == len(live) and all(_same(one, other) for one, other in zip(rendered, live, strict=True))
    if isinstance(rendered, bool) or isinstance(live, bool) or live is None:
        return rendered is live
    return str(rendered) == str(live) or ((amount := _amount(rendered)) is not None and amount == _amount(live))


def _amount(value: Any) -> Decimal | None:
    """Of a quantity such as `500m` or `0.5`. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""
    found = _QUANTITY.match(str(value))
    if found is None:
        return None
    try:
        return Decimal(found[1]) * _UNITS[found[2] or ""]
    except InvalidOperation:
        return None


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else text if isinstance(text, datetime) else None
    except ValueError:
        return None
