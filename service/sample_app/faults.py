"""/faults: errors and slowness on demand, to see what alerts and releases make of them. Only where the setting FAULTS is on; the chart refuses it in prod."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query


class DemandedError(Exception):
    """Nothing is wrong: somebody asked for it."""


def faults_routes() -> APIRouter:
    router = APIRouter(prefix="/faults", tags=["faults"])

    @router.get("/error")
    async def error() -> None:
        """Always 500."""
        raise DemandedError

    @router.get("/slow")
    async def slow(seconds: Annotated[float, Query(ge=0, le=10)] = 1) -> None:
        """200 after so long."""
        await asyncio.sleep(seconds)

    return router
