"""Every request: who asks, what for, may they, and the answer; a "no" becomes a Status object. Started by `python -m twin.cluster.apiserver`."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import aiohttp
from aiohttp import web

from twin.cluster.apiserver.access.authentication import Authenticator
from twin.cluster.apiserver.access.rbac import Authorizer, Request
from twin.cluster.apiserver.discovery import discovery_answer
from twin.cluster.apiserver.errors import ApiError, no_such_path, not_found
from twin.cluster.apiserver.http.operations import Call, Operations, Result, failure
from twin.cluster.apiserver.http.request import ResourceRequest, parse
from twin.cluster.apiserver.http.watch import stream_watch
from twin.cluster.apiserver.objects import Object, timestamp
from twin.cluster.apiserver.openapi import openapi_answer
from twin.cluster.apiserver.resources import NAMESPACE
from twin.cluster.apiserver.selectors import single_name
from twin.cluster.apiserver.storage.store import Store
from twin.cluster.apiserver.subresources.logs import stream_log
from twin.cluster.apiserver.subresources.proxy import stream_proxy

LOG = logging.getLogger(__name__)
_HEALTH = frozenset({"healthz", "livez", "readyz"})
_STARTED = timestamp(datetime.now(UTC))


class Server:
    """`kubelets` is the session in which the server asks nodes, `pods` the one in which it asks pods for its callers."""

    def __init__(
        self,
        store: Store,
        operations: Operations,
        authenticator: Authenticator,
        authorizer: Authorizer,
        kubelets: aiohttp.ClientSession,
        pods: aiohttp.ClientSession,
    ) -> None:
        self._store = store
        self._operations = operations
        self._authenticator = authenticator
        self._authorizer = authorizer
        self._kubelets = kubelets
        self._pods = pods

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except ApiError as error:
            return _json(failure(error))
        except ConnectionResetError:
            raise  # the client left in the middle of an answer: there is nobody to tell
        except Exception:
            LOG.exception("%s %s", request.method, request.path_qs)
            return _json(failure(ApiError(500, "InternalError", "an error on the server prevented the request from succeeding")))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.strip("/").partition("/")[0] in _HEALTH:
            return web.Response(text="ok")
        user = await self._authenticator.user_of(request.headers.get("Authorization", ""))
        query = dict(request.query)
        target = parse(request.method, request.path, query)
        if target is None:
            self._authorizer.check_path(user, request.method.lower(), request.path)
            return _json(Result(200, _about_the_server(request.path)))
        self._authorizer.check(user, _asked(target, query))
        accept = request.headers.get("Accept", "")
        if target.verb == "watch":
            return await stream_watch(request, self._store, target.resource, target.namespace, _naming(target, query), accept)
        raw = await request.read()
        call = Call(user, target, query, request.content_type, accept, request.headers.get("User-Agent", ""), raw)
        if target.subresource == "proxy":
            return await stream_proxy(request, self._pods, self._store, target, raw)
        if target.subresource == "log":
            pod = self._store.get(target.resource, call.key)
            if pod is None:
                raise not_found(target.resource, target.name)
            return await stream_log(request, self._kubelets, self._store, pod, query)
        return _json(self._operations.carry_out(call))


def application(server: Server) -> web.Application:
    found = web.Application(client_max_size=8 << 20)
    found.router.add_route("*", "/{path:.*}", server.handle)
    return found


def _asked(target: ResourceRequest, query: Mapping[str, str]) -> Request:
    """As authorisation sees it: a list or watch of one name, by field selector, is about that name."""
    name = target.name or single_name(query.get("fieldSelector", ""))
    if target.subresource == "proxy":
        name = name.split(":")[0] if name.count(":") < 2 else name.split(":")[1]
    namespace = target.name if target.resource is NAMESPACE else target.namespace  # a namespace is in itself
    return Request(target.verb, target.resource.group, target.resource.plural, target.subresource, namespace, name)


def _naming(target: ResourceRequest, query: Mapping[str, str]) -> Mapping[str, str]:
    """A watch on an object's own path is one on its kind, for that name."""
    if not target.name:
        return query
    return {**query, "fieldSelector": ",".join(filter(None, [query.get("fieldSelector", ""), f"metadata.name={target.name}"]))}


def _about_the_server(path: str) -> Object:
    if path.strip("/") == "version":
        version = {"major": "1", "minor": "36", "gitVersion": "v1.36.0+twin", "gitCommit": "twin", "gitTreeState": "clean", "buildDate": _STARTED}
        return {**version, "goVersion": "none", "compiler": "none", "platform": "linux/amd64"}
    found = discovery_answer(path) or openapi_answer(path)
    if found is None:
        raise no_such_path()
    return found


def _json(result: Result) -> web.Response:
    response = web.Response(body=json.dumps(result.body, separators=(",", ":")).encode(), status=result.code, content_type="application/json")
    for warning in result.warnings:
        response.headers.add("Warning", f"299 - {json.dumps(warning)}")
    return response
