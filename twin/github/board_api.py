"""GitHub's REST paths for commit statuses and deployments. Each wants a token with the permission for it; what creates content is limited.

https://docs.github.com/en/rest/commits/statuses https://docs.github.com/en/rest/deployments/deployments https://docs.github.com/en/rest/deployments/statuses
Left out: merging the default branch into the deployed ref (`auto_merge` is refused where GitHub would have to merge), environments and their protection rules.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from twin.github.answers import body_of, page_of, refusal, repository_of
from twin.github.app import App
from twin.github.board import DEPLOYMENT_STATES, LONGEST_DESCRIPTION, STATES, Deployment, Status
from twin.github.comparing import commit_of, compare
from twin.github.events import Payload
from twin.github.limits import ContentLimit
from twin.github.publishing import Published
from twin.github.repositories import DEFAULT_BRANCH

_REPOSITORY = "/repos/{owner}/{name}"
_DEPLOYMENT = _REPOSITORY + r"/deployments/{deployment:\d+}"


class BoardApi:
    """`published` by full name."""

    def __init__(self, published: Mapping[str, Published], app: App, limit: ContentLimit) -> None:
        self._published = published
        self._app = app
        self._limit = limit

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(_REPOSITORY + "/statuses/{sha}", self._set_status),
            web.get(_REPOSITORY + "/commits/{ref}/statuses", self._list_statuses),
            web.post(_REPOSITORY + "/deployments", self._deploy),
            web.get(_REPOSITORY + "/deployments", self._list_deployments),
            web.post(_DEPLOYMENT + "/statuses", self._set_deployment_status),
            web.get(_DEPLOYMENT + "/statuses", self._list_deployment_statuses),
        ]

    async def _set_status(self, request: web.Request) -> web.Response:
        published = self._allowed(request, "statuses", "write")
        self._limit.spend()
        body, sha = await body_of(request), request.match_info["sha"]
        if len(sha) != 40 or await commit_of(published.repository, sha) != sha:
            raise refusal(422, f"No commit found for SHA: {sha}")
        state, description = _checked(body, STATES, "Status")
        made = published.board.set_status(sha, state, str(body.get("context") or "default"), description, str(body.get("target_url") or ""))
        if made is None:
            raise refusal(422, "Validation Failed", ["This SHA and context has reached the maximum number of statuses."])
        return web.json_response(_status(made), status=201)

    async def _list_statuses(self, request: web.Request) -> web.Response:
        published = self._allowed(request, "statuses", "read")
        page, headers = page_of(request, published.board.statuses(await commit_of(published.repository, request.match_info["ref"])))
        return web.json_response([_status(each) for each in page], headers=headers)

    async def _deploy(self, request: web.Request) -> web.Response:
        """409 when a required context isn't a success. Without `required_contexts` every context of the commit is one."""
        published = self._allowed(request, "deployments", "write")
        self._limit.spend()
        body = await body_of(request)
        ref, environment = str(body.get("ref") or ""), str(body.get("environment") or "production")
        commit = await commit_of(published.repository, ref) if ref else ""
        if not commit:
            raise refusal(422, f"No ref found for: {ref}")
        _short(body, "Deployment")
        if body.get("auto_merge", True):
            await _check_merged(published, ref, commit)
        _check_contexts(published, ref, commit, body.get("required_contexts"))
        return web.json_response(_deployment(published.board.deploy(commit, ref, environment, body)), status=201)

    async def _list_deployments(self, request: web.Request) -> web.Response:
        published = self._allowed(request, "deployments", "read")
        fields = {"sha": "commit", "ref": "ref", "task": "task", "environment": "environment"}
        wanted = {fields[name]: value for name, value in request.query.items() if name in fields}
        found = [each for each in published.board.deployments() if all(getattr(each, name) == value for name, value in wanted.items())]
        page, headers = page_of(request, found)
        return web.json_response([_deployment(each) for each in page], headers=headers)

    async def _set_deployment_status(self, request: web.Request) -> web.Response:
        published = self._allowed(request, "deployments", "write")
        self._limit.spend()
        body, deployment = await body_of(request), _found(published, request)
        state, description = _checked(body, DEPLOYMENT_STATES, "DeploymentStatus")
        url, auto_inactive = str(body.get("log_url") or body.get("target_url") or ""), bool(body.get("auto_inactive", True))
        return web.json_response(_status(published.board.set_deployment_status(deployment, state, description, url, auto_inactive=auto_inactive)), status=201)

    async def _list_deployment_statuses(self, request: web.Request) -> web.Response:
        published = self._allowed(request, "deployments", "read")
        page, headers = page_of(request, _found(published, request).statuses[::-1])
        return web.json_response([_status(each) for each in page], headers=headers)

    def _allowed(self, request: web.Request, permission: str, level: str) -> Published:
        published = repository_of(self._published, request)
        self._app.check_token(request, published.place.full_name, permission, level)
        return published


def _found(published: Published, request: web.Request) -> Deployment:
    deployment = published.board.deployment(int(request.match_info["deployment"]))
    if deployment is None:
        raise refusal(404, "Not Found")
    return deployment


async def _check_merged(published: Published, ref: str, commit: str) -> None:
    default = await commit_of(published.repository, DEFAULT_BRANCH)
    found = await compare(published.repository, default, commit, 0, 0) if default else None
    if found is None or found.behind:
        raise refusal(409, f"Conflict merging {DEFAULT_BRANCH} into {ref}.")


def _check_contexts(published: Published, ref: str, commit: str, required: object) -> None:
    latest = published.board.latest(commit)
    wanted = list(latest) if required is None else [str(each) for each in required] if isinstance(required, list) else []
    states = [{"context": each, "state": latest[each].state if each in latest else "pending"} for each in wanted]
    if any(each["state"] != "success" for each in states):
        errors = [{"contexts": states, "resource": "Deployment", "field": "required_contexts", "code": "invalid"}]
        raise refusal(409, f"Conflict: Commit status checks failed for {ref}.", errors)


def _checked(body: Mapping[str, Any], states: tuple[str, ...], resource: str) -> tuple[str, str]:
    """State and description. 422 when GitHub wouldn't take them."""
    state = body.get("state")
    if state not in states:
        raise refusal(422, "Validation Failed", [{"resource": resource, "field": "state", "code": "custom", "message": "state is not included in the list"}])
    return str(state), _short(body, resource)


def _short(body: Mapping[str, Any], resource: str) -> str:
    description = str(body.get("description") or "")
    if len(description) > LONGEST_DESCRIPTION:
        message = f"description is too long (maximum is {LONGEST_DESCRIPTION} characters)"
        raise refusal(422, "Validation Failed", [{"resource": resource, "field": "description", "code": "custom", "message": message}])
    return description


def _status(status: Status) -> Payload:
    return {
        "id": status.id,
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.url or None,
        "created_at": _time(status.at),
    }


def _deployment(deployment: Deployment) -> Payload:
    return {
        "id": deployment.id,
        "sha": deployment.commit,
        "ref": deployment.ref,
        "task": deployment.task,
        "environment": deployment.environment,
        "description": deployment.description,
        "payload": deployment.payload,
        "transient_environment": deployment.transient,
        "production_environment": deployment.production,
        "created_at": _time(deployment.at),
    }


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
