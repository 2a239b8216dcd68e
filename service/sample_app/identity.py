"""GET /: what runs here. Slipway's smoke test compares it with the release that it deployed."""

from fastapi import APIRouter
from pydantic import BaseModel

from sample_app.settings import Settings


class Identity(BaseModel):
    service: str
    version: str
    commit: str
    digest: str
    environment: str


def identity_routes(settings: Settings) -> APIRouter:
    router = APIRouter(tags=["identity"])

    @router.get("/")
    async def identity() -> Identity:
        return Identity(
            service="sample-app",
            version=settings.version,
            commit=settings.commit,
            digest=settings.image_digest,
            environment=settings.environment,
        )

    return router
