"""Deployments by hand, for the command line and for programs. The route has IAM authorization; who signed counts as the pusher."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from slipway.bootstrap import Platform
from slipway.console.bodies import Wish, read_json
from slipway.console.caller import principal
from slipway.domain.plain_text import one_line
from slipway.steps.start_deployment import Declined, StartDeploymentRequest, start_deployment

Caller = Annotated[str, Depends(principal)]
Name = Annotated[str, Path(max_length=80, pattern="^[A-Za-z0-9_.-]+$")]


def routes(platform: Platform) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.post("/services/{service}/environments/{environment}/deployments")
    async def start(request: Request, caller: Caller, service: Name, environment: Name) -> JSONResponse:
        person = platform.configurations.read().person_of(caller)
        request.state.person = person.name if person is not None else caller
        wish = await read_json(request, Wish)
        started = start_deployment(
            StartDeploymentRequest(
                service=service,
                environment=environment,
                actor=request.state.person,
                login=person.github if person is not None else "",
                key=wish.key,
                version=wish.version,
                commit=wish.commit,
                reason=one_line(wish.reason),
                override_freeze=wish.override_freeze,
            ),
            configurations=platform.configurations,
            releases=platform.releases,
            environments=platform.environments,
            leases=platform.leases,
            workflows=platform.workflows,
            timeline=platform.timeline,
            audit=platform.audit,
            now=platform.clock(),
        )
        if isinstance(started, Declined):
            raise HTTPException(HTTPStatus.CONFLICT, started.reason)
        return JSONResponse(jsonable_encoder(started), HTTPStatus.ACCEPTED)

    return router
