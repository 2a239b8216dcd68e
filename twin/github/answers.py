"""What the REST rooms share: GitHub's form of a refusal, its pages, and the repository that a path names."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web

from twin.github.publishing import Published

_PER_PAGE = 30
_MOST_PER_PAGE = 100
_DOCUMENTATION = "https://docs.github.com/rest"
_CLASSES: Mapping[int, type[web.HTTPException]] = {
    400: web.HTTPBadRequest,
    401: web.HTTPUnauthorized,
    403: web.HTTPForbidden,
    404: web.HTTPNotFound,
    409: web.HTTPConflict,
    422: web.HTTPUnprocessableEntity,
}
Item = TypeVar("Item")


def refusal(status: int, message: str, errors: Sequence[Any] = (), headers: Mapping[str, str] | None = None) -> web.HTTPException:
    """To be raised. `errors` tell which fields are wrong."""
    text = {"message": message, **({"errors": list(errors)} if errors else {}), "documentation_url": _DOCUMENTATION, "status": str(status)}
    return _CLASSES[status](text=json.dumps(text), content_type="application/json", headers=headers)


def repository_of(published: Mapping[str, Published], request: web.Request) -> Published:
    """GitHub's names ignore case. 404 when there is none of that name."""
    name = f"{request.match_info['owner']}/{request.match_info['name']}".lower()
    found = next((each for full_name, each in published.items() if full_name.lower() == name), None)
    if found is None:
        raise refusal(404, "Not Found")
    return found


def number(request: web.Request, name: str, otherwise: int) -> int:
    value = request.query.get(name, str(otherwise))
    if not value.isdecimal():
        raise refusal(400, f"{name} is no number")
    return int(value)


def page_of(request: web.Request, items: Sequence[Item]) -> tuple[Sequence[Item], Mapping[str, str]]:
    """The items of the page that `per_page` and `page` name, and the Link header that leads to the next one."""
    count, page = min(number(request, "per_page", _PER_PAGE), _MOST_PER_PAGE), max(number(request, "page", 1), 1)
    headers = {}
    if len(items) > page * count:
        headers["Link"] = f'<{request.url.update_query(per_page=count, page=page + 1)}>; rel="next"'
    return items[(page - 1) * count : page * count], headers


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of a request. 400 when it is none."""
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise refusal(400, "Problems parsing JSON") from None
    if not isinstance(body, dict):
        raise refusal(400, "Body should be a JSON object")
    return body
