"""Puts the application together. Called by the entry point and by tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from sample_app.bodies import RefuseLongBodies
from sample_app.faults import faults_routes
from sample_app.health import CloseWhileDraining, health_routes
from sample_app.identity import identity_routes
from sample_app.items import items_routes
from sample_app.lifecycle import Lifecycle
from sample_app.metrics import ServiceMetrics, metrics_routes
from sample_app.observation import Observer, ObserveRequests
from sample_app.problems import answer_with_problems, documented
from sample_app.settings import Settings


def create_app(settings: Settings, *observers: Observer) -> FastAPI:
    """Ready once its lifespan has started. `observers` see each request, as the metrics do; `app.state.lifecycle` is what the server drains."""
    lifecycle = Lifecycle()
    metrics = ServiceMetrics(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        lifecycle.started()
        yield
        lifecycle.drain()

    app = FastAPI(
        title="sample-app",
        version=settings.version,
        lifespan=lifespan,
        responses={"default": documented("Every other error")},
    )
    app.state.lifecycle = lifecycle
    app.include_router(identity_routes(settings))
    app.include_router(health_routes(lifecycle))
    app.include_router(metrics_routes(metrics))
    app.include_router(items_routes())
    if settings.faults:
        app.include_router(faults_routes())
    answer_with_problems(app)
    app.add_middleware(RefuseLongBodies)
    app.add_middleware(CloseWhileDraining, lifecycle=lifecycle)
    app.add_middleware(ObserveRequests, observers=(metrics.observe, *observers))
    return app
