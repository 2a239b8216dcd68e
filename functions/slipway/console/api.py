"""The JSON API for the command line and for programs. Every route has IAM authorization; the person who votes is the principal that signed.

Every answer is a JSON object; an error is `{"message": "a sentence"}`.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from slipway.bootstrap import Platform
from slipway.console.bodies import Ballot, Reasoned, read_json
from slipway.console.caller import principal
from slipway.console.deciding import cast, look
from slipway.domain.plain_text import one_line
from slipway.steps.overview import StatusRequest, status
from slipway.steps.resume import ResumeRequest, resume
from slipway.steps.show_approval import ShowApprovalRequest, ShownApproval
from slipway.steps.timeline_of import TimelineRequest, timeline_of
from slipway.steps.vote import VoteRequest

Caller = Annotated[str, Depends(principal)]
Name = Annotated[str, Query(max_length=80)]
Identity = Annotated[str, Path(max_length=90, pattern="^[A-Za-z0-9_.-]+$")]
"""The name of an execution (80 characters at most), or of a question, which may have a round behind it."""


def routes(platform: Platform) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/status")
    async def read_status(caller: Caller, service: Name = "", environment: Name = "") -> JSONResponse:
        found = status(
            StatusRequest(service, environment),
            configurations=platform.configurations,
            environments=platform.environments,
            leases=platform.leases,
            approvals=platform.approvals,
            deployments=platform.deployments,
            now=platform.clock(),
        )
        return JSONResponse(jsonable_encoder(found))

    @router.get("/timeline/{identity}")
    async def read_timeline(caller: Caller, identity: Identity) -> JSONResponse:
        found = timeline_of(TimelineRequest(identity), runs=platform.runs, deployments=platform.deployments, timeline=platform.timeline)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no run, deployment or rollback {identity}; GET /api/status lists the latest deployments.")
        return JSONResponse(jsonable_encoder(found))

    @router.get("/approvals/{identity}")
    async def read_approval(caller: Caller, identity: Identity) -> JSONResponse:
        shown = look(platform, ShowApprovalRequest(identity, way="aws"))
        if shown is None:
            raise _no_approval(identity)
        return JSONResponse(_described(shown))

    @router.post("/approvals/{identity}/votes")
    async def cast_vote(request: Request, caller: Caller, identity: Identity) -> JSONResponse:
        person = platform.configurations.read().person_of(caller)
        if person is None:
            raise HTTPException(HTTPStatus.FORBIDDEN, f"{caller} is nobody's in slipway.yaml, so it can't vote.")
        request.state.approval, request.state.person = identity, person.name
        ballot = await read_json(request, Ballot)
        if platform.approvals.get(identity) is None:
            raise _no_approval(identity)
        voted = cast(platform, VoteRequest(identity, person.name, ballot.choice, one_line(ballot.reason), way="aws"))
        return JSONResponse(jsonable_encoder(voted))

    @router.post("/services/{service}/environments/{environment}/resume")
    async def end_hold(request: Request, caller: Caller, service: Identity, environment: Identity) -> JSONResponse:
        reasoned = await read_json(request, Reasoned)
        person = platform.configurations.read().person_of(caller)
        request.state.person = person.name if person is not None else caller
        resumed = resume(
            ResumeRequest(service, environment, request.state.person, one_line(reasoned.reason)),
            configurations=platform.configurations,
            deployments=platform.deployments,
            leases=platform.leases,
            workflows=platform.workflows,
            timeline=platform.timeline,
            audit=platform.audit,
            now=platform.clock(),
        )
        return JSONResponse(jsonable_encoder(resumed))

    return router


def _no_approval(identity: str) -> HTTPException:
    return HTTPException(HTTPStatus.NOT_FOUND, f"There is no approval {identity}; GET /api/status lists what waits.")


def _described(shown: ShownApproval) -> object:
    approval, plan = shown.approval, shown.plan
    return jsonable_encoder(
        {
            "id": approval.identity,
            "service": approval.service,
            "environment": approval.environment,
            "version": approval.version,
            "commit": approval.commit,
            "state": shown.state,
            "message": shown.message,
            "expires_at": approval.expires_at,
            "votes": shown.votes,
            "deployment": approval.deployment,
            "round": approval.round,
            "pusher": approval.pusher,
            "agreement": shown.agreement,
            "plan": plan,
        }
    )
