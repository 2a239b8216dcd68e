"""JSON merge patch (RFC 7386): members replace members, null removes, lists are replaced as a whole. Called by `patched`."""

from typing import Any

from twin.cluster.apiserver.objects import Object


def overlaid(current: Any, patch: Object) -> Object:
    """Anything but an object in `current` gives way to `patch`, as the RFC has it."""
    result: Object = dict(current) if isinstance(current, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = overlaid(result.get(name), value) if isinstance(value, dict) else value
    return result
