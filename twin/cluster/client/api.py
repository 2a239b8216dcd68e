"""Requests to the Kubernetes API, and its "no" as an exception."""

import json
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from twin.cluster.client.kinds import Kind, Object
from twin.cluster.client.kubeconfig import Access

_REQUEST_SECONDS = 30
_LONGEST_LINE_BYTES = 1 << 24
_MERGE_PATCH = "application/merge-patch+json"


class ApiRefused(Exception):
    """The server's Status: `code` is the HTTP status, `reason` Kubernetes' word for it (NotFound, Conflict, AlreadyExists ...)."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message


class Api:
    """One client program, for as long as an `async with` block. aiohttp.ClientError and TimeoutError when the server isn't there."""

    def __init__(self, access: Access, program: str) -> None:
        """`program` is the user agent, which the server takes for the field manager."""
        self._access = access
        self._program = program
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        headers = {"User-Agent": f"{self._program}/twin"}
        if self._access.token:
            headers["Authorization"] = f"Bearer {self._access.token}"
        connector = aiohttp.TCPConnector(limit=0, ssl=self._access.tls() or True)
        self._session = aiohttp.ClientSession(self._access.server, headers=headers, connector=connector, read_bufsize=_LONGEST_LINE_BYTES)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._session.close()

    async def list(self, kind: Kind, namespace: str = "", **query: str) -> Object:
        """The whole list object: `items`, and `metadata.resourceVersion` to watch from. `query`: labelSelector, fieldSelector."""
        return await self._request("GET", kind.collection(namespace), query=query)

    async def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """ApiRefused 404 when there is none."""
        return await self._request("GET", f"{kind.collection(namespace)}/{name}")

    async def create(self, kind: Kind, item: Mapping[str, Any]) -> Object:
        """ApiRefused 409 when it is there already."""
        return await self._request("POST", kind.collection(item["metadata"].get("namespace", "")), item)

    async def replace(self, kind: Kind, item: Mapping[str, Any], subresource: str = "") -> Object:
        """ApiRefused 409 when `item` has a resourceVersion that is no longer current."""
        return await self._request("PUT", kind.path(item, subresource), item)

    async def patch(self, kind: Kind, item: Mapping[str, Any], change: Mapping[str, Any], subresource: str = "") -> Object:
        """A JSON merge patch: null removes a member, a list is replaced as a whole."""
        return await self._request("PATCH", kind.path(item, subresource), change, content_type=_MERGE_PATCH)

    async def post(self, kind: Kind, item: Mapping[str, Any], subresource: str, body: Mapping[str, Any]) -> Object:
        """To a subresource that is created, such as a pod's `binding`."""
        return await self._request("POST", kind.path(item, subresource), body)

    async def delete(self, kind: Kind, item: Mapping[str, Any], *, grace_seconds: int | None = None, propagation: str = "Background") -> Object:
        """Only this very object: one that was made anew under the same name has another uid and is refused with 409."""
        options: Object = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation, "preconditions": {"uid": item["metadata"]["uid"]}}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        return await self._request("DELETE", kind.path(item), options)

    async def watch(self, kind: Kind, namespace: str, since: str, seconds: int, **query: str) -> AsyncIterator[Object]:
        """Watch events after resourceVersion `since`, bookmarks among them, until the server ends the watch."""
        asked = {**query, "watch": "true", "resourceVersion": since, "allowWatchBookmarks": "true", "timeoutSeconds": str(seconds)}
        timeout = aiohttp.ClientTimeout(total=None, sock_read=seconds + _REQUEST_SECONDS)
        async with self._session.get(kind.collection(namespace), params=asked, timeout=timeout) as response:
            if response.status != 200:
                raise await _refusal(response)
            async for line in response.content:
                if line.strip():
                    yield json.loads(line)

    async def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: Mapping[str, str] | None = None, content_type: str = "application/json"
    ) -> Object:
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": content_type}
        timeout = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
        async with self._session.request(method, path, data=data, params=query, headers=headers, timeout=timeout) as response:
            if response.status >= 300:
                raise await _refusal(response)
            answer: Object = await response.json(content_type=None)
            return answer


async def _refusal(response: aiohttp.ClientResponse) -> ApiRefused:
    text = await response.text()
    try:
        status = json.loads(text)
        return ApiRefused(response.status, str(status.get("reason", "")), str(status.get("message", "")))
    except (ValueError, AttributeError):
        return ApiRefused(response.status, "", text[:200])
