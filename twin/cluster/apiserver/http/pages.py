"""Long lists in pages: `limit`, and the token that continues where a page ended. Called by `operations`.

All pages show the list as it was at the first: the token says when that was, and what has changed since is taken back (`Store.list_at`).
https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks. Left out: the second token, of an inconsistent rest,
that a real server gives when the first is too old.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin.cluster.apiserver.errors import ApiError, bad_request
from twin.cluster.apiserver.objects import Key, Object, key_of

TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the "
    "continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
    "that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
)


@dataclass(frozen=True)
class Start:
    """Where a page begins: behind `key`, in the list as it was at `revision`."""

    revision: int
    key: Key


def start_of(query: Mapping[str, str]) -> Start | None:
    """None for the first page. Bad request for a token that this server didn't give."""
    token = query.get("continue")
    if not token:
        return None
    if query.get("resourceVersion") not in (None, "", "0"):
        raise bad_request("specifying resource version is not allowed when using continue")
    try:
        said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = said["start"].split("/")
        return Start(int(said["rv"]), Key(namespace, name))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise bad_request(f"continue key is not valid: {error}") from error


def limit_of(query: Mapping[str, str]) -> int:
    """0: everything. A list of any version, as informers ask for it, is whole: a real server answers it from its cache."""
    limit = query.get("limit") or "0"
    if not limit.isdigit():
        raise bad_request(f"unable to decode limit: {limit!r} isn't a number")
    return 0 if query.get("resourceVersion") == "0" and not query.get("continue") else int(limit)


def page(items: Sequence[Object], limit: int, revision: int, *, selected: bool) -> tuple[Sequence[Object], Object]:
    """The first `limit` of the items, and what the list's metadata says of the rest; of a selection it doesn't say how many there are."""
    if not limit or len(items) <= limit:
        return items, {}
    last = key_of(items[limit - 1])
    token = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": f"{last.namespace}/{last.name}"}, separators=(",", ":"))
    about: Object = {"continue": base64.urlsafe_b64encode(token.encode()).rstrip(b"=").decode()}
    return items[:limit], about if selected else about | {"remainingItemCount": len(items) - limit}


def too_old() -> ApiError:
    return ApiError(410, "Expired", TOO_OLD)
