"""What each verb does with a resource, as HTTP status and answer. Called by `server` for everything but watches, logs and proxies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twin.cluster.apiserver.access.rbac import Authorizer, Request
from twin.cluster.apiserver.access.reviews import reviewed
from twin.cluster.apiserver.access.service_account_tokens import ServiceAccountTokens
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.admission.namespaces import check_deletable
from twin.cluster.apiserver.errors import ApiError, bad_request, method_not_allowed, not_found
from twin.cluster.apiserver.field_labels import check_field_labels
from twin.cluster.apiserver.http.body import parse_body
from twin.cluster.apiserver.http.pages import Start, limit_of, page, start_of, too_old
from twin.cluster.apiserver.http.rendering import included, rendered, rendered_list
from twin.cluster.apiserver.http.request import ResourceRequest
from twin.cluster.apiserver.http.validation import checked, checked_configuration
from twin.cluster.apiserver.objects import Key, Object, key_of
from twin.cluster.apiserver.patches import patched
from twin.cluster.apiserver.selectors import matcher
from twin.cluster.apiserver.storage.deletion import delete, read_options
from twin.cluster.apiserver.storage.store import Store
from twin.cluster.apiserver.storage.writing import Author, Writer
from twin.cluster.apiserver.subresources import binding, eviction, scale, token

_APPLY = "application/apply-patch"


@dataclass(frozen=True)
class Call:
    """A request as far as operations need it. `content_type` is without parameters; `agent` the client's User-Agent."""

    user: User
    target: ResourceRequest
    query: Mapping[str, str]
    content_type: str = ""
    accept: str = ""
    agent: str = ""
    raw: bytes = b""

    @property
    def key(self) -> Key:
        return Key(self.target.namespace if self.target.resource.namespaced else "", self.target.name)

    @property
    def author(self) -> Author:
        manager = self.query.get("fieldManager") or self.agent.partition("/")[0] or "unknown"
        return Author(self.user, manager[:128], dry_run=bool(self.query.get("dryRun")))

    def body(self) -> Any:
        return parse_body(self.raw, self.content_type)

    def shown(self, item: Object) -> Object:
        return rendered(self.accept, self.target.resource, item, included(self.query))

    def shown_list(self, items: Sequence[Object], revision: int, rest: Mapping[str, Any] | None = None) -> Object:
        """`rest` is what the list says of its further pages."""
        found = rendered_list(self.accept, self.target.resource, items, str(revision), included(self.query))
        return {**found, "metadata": {**found["metadata"], **(rest or {})}}


@dataclass(frozen=True)
class Result:
    code: int
    body: Object
    warnings: list[str] = field(default_factory=list)


class Operations:
    def __init__(self, store: Store, writer: Writer, authorizer: Authorizer, tokens: ServiceAccountTokens) -> None:
        self._store = store
        self._writer = writer
        self._authorizer = authorizer
        self._tokens = tokens

    def carry_out(self, call: Call) -> Result:
        """ApiError for every "no"."""
        subresource = call.target.subresource
        if subresource == "scale":
            return self._scale(call)
        if subresource == "token":
            return Result(201, token.requested(self._tokens, self._current(call), call.body()))
        if subresource in ("binding", "eviction"):
            return self._post_to_pod(call)
        match call.target.verb:
            case "get":
                return Result(200, call.shown(self._current(call)))
            case "list":
                return self._list(call)
            case "create" if not subresource:
                return self._create(call)
            case "update":
                return self._update(call)
            case "patch":
                return self._patch(call)
            case "delete" if not subresource:
                return self._delete(call)
            case "deletecollection":
                return self._delete_all(call)
        raise method_not_allowed()

    def _current(self, call: Call) -> Object:
        found = self._store.get(call.target.resource, call.key)
        if found is None:
            raise not_found(call.target.resource, call.target.name)
        return found

    def _matching(self, call: Call, start: Start | None = None) -> list[Object]:
        resource, namespace = call.target.resource, call.target.namespace
        labels, fields = call.query.get("labelSelector", ""), call.query.get("fieldSelector", "")
        check_field_labels(resource, labels, fields)
        matches = matcher(labels, fields)
        if start is None:
            return [item for item in self._store.list(resource, namespace) if matches(item)]
        try:
            items = self._store.list_at(resource, namespace, start.revision)
        except ApiError as forgotten:
            raise too_old() from forgotten
        return [item for item in items if key_of(item) > start.key and matches(item)]

    def _list(self, call: Call) -> Result:
        start = start_of(call.query)
        revision = start.revision if start else self._store.revision
        selected = bool(call.query.get("labelSelector") or call.query.get("fieldSelector"))
        items, rest = page(self._matching(call, start), limit_of(call.query), revision, selected=selected)
        return Result(200, call.shown_list(items, revision, rest))

    def _create(self, call: Call) -> Result:
        resource = call.target.resource
        item, warnings = checked(resource, call.body(), call.query)
        if not resource.stored:
            return Result(201, reviewed(self._authorizer, call.user, call.target.namespace, item), warnings)
        return Result(201, call.shown(self._writer.create(resource, call.target.namespace, item, call.author)), warnings)

    def _update(self, call: Call) -> Result:
        resource = call.target.resource
        item, warnings = checked(resource, call.body(), call.query)
        return Result(200, call.shown(self._writer.update(resource, call.key, item, call.author, call.target.subresource)), warnings)

    def _patch(self, call: Call) -> Result:
        if call.content_type.startswith(_APPLY):
            return self._apply(call)
        resource = call.target.resource
        changed = patched(self._current(call), call.content_type, call.body(), resource.model)
        item, warnings = checked(resource, changed, call.query)
        return Result(200, call.shown(self._writer.update(resource, call.key, item, call.author, call.target.subresource)), warnings)

    def _apply(self, call: Call) -> Result:
        target, body = call.target, call.body()
        if not call.query.get("fieldManager"):
            raise bad_request('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch')
        configuration = checked_configuration(target.resource, body, target.namespace, target.name)
        about = configuration.setdefault("metadata", {})
        if about.get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        if about.setdefault("name", target.name) != target.name:
            raise bad_request(f"the name of the object ({about['name']}) does not match the name on the URL ({target.name})")
        if self._store.get(target.resource, call.key) is None:
            create = Request("create", target.resource.group, target.resource.plural, target.subresource, call.key.namespace, target.name)
            self._authorizer.check_applied(call.user, create)
        force = call.query.get("force") in ("true", "1")
        item, new = self._writer.apply(target.resource, call.key, configuration, call.author, force=force, subresource=target.subresource)
        return Result(201 if new else 200, call.shown(item))

    def _delete(self, call: Call) -> Result:
        check_deletable(call.target.resource, call.target.name)
        item, gone = delete(self._store, call.target.resource, call.key, read_options(call.body(), call.query))
        return Result(200, _success(call, item) if gone else call.shown(item))

    def _delete_all(self, call: Call) -> Result:
        options = read_options(call.body(), call.query)
        found = self._matching(call)
        for item in found:
            about = item["metadata"]
            delete(self._store, call.target.resource, Key(about.get("namespace", ""), about["name"]), options)
        return Result(200, call.shown_list(found, self._store.revision))

    def _scale(self, call: Call) -> Result:
        resource, current = call.target.resource, self._current(call)
        if call.target.verb == "get":
            return Result(200, scale.of(current))
        if call.target.verb == "update":
            wanted = call.body()
        elif call.target.verb == "patch" and not call.content_type.startswith(_APPLY):
            wanted = patched(scale.of(current), call.content_type, call.body(), "V1Scale")
        else:
            raise method_not_allowed()
        changed = self._writer.update(resource, call.key, scale.scaled(current, wanted), call.author, "scale")
        return Result(200, scale.of(changed))

    def _post_to_pod(self, call: Call) -> Result:
        if call.target.verb != "create":
            raise method_not_allowed()
        pod, body = self._current(call), call.body()
        if call.target.subresource == "binding":
            self._writer.update(call.target.resource, call.key, binding.bound(pod, body), call.author)
            return Result(201, _success(call, pod))
        options = eviction.options(body, call.query)
        if call.query.get("dryRun"):
            return Result(201, _success(call, pod))
        delete(self._store, call.target.resource, call.key, options)
        return Result(201, _success(call, pod))


def _success(call: Call, item: Object) -> Object:
    resource = call.target.resource
    details = {"name": item["metadata"]["name"], "kind": resource.plural, "uid": item["metadata"]["uid"]}
    if resource.group:
        details["group"] = resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def failure(error: ApiError) -> Result:
    return Result(error.code, error.status())
