"""The probes. Liveness is about the process only, so that a sick dependency never restarts it; readiness decides about traffic.

https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sample_app.lifecycle import Lifecycle, Phase


class Health(BaseModel):
    status: str


def health_routes(lifecycle: Lifecycle) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health/live")
    async def live() -> Health:
        return Health(status="alive")

    @router.get("/health/ready", responses={503: {"model": Health}})
    async def ready(response: Response) -> Health:
        """503 while starting or draining."""
        if lifecycle.phase is not Phase.READY:
            response.status_code = 503
        return Health(status=lifecycle.phase.value)

    return router


class CloseWhileDraining:
    """Asks clients to leave their kept-alive connections while the process drains, so that none sends a request into a closing one."""

    def __init__(self, app: ASGIApp, lifecycle: Lifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self._lifecycle.phase is Phase.DRAINING:
                message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, closing)
