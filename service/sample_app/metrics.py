"""GET /metrics, in Prometheus' text format. The error ratio is `status=~"5.."` over all of `http_requests_total`.

https://prometheus.io/docs/practices/naming/
"""

from functools import cache

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest

from sample_app.observation import ObservedRequest
from sample_app.settings import Settings

_BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Finest below 0.5 s, the latency that the service promises at p95."""


class ServiceMetrics:
    """A registry of its own for each application: two in one process don't count each other's requests."""

    def __init__(self, settings: Settings) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        requests = Counter("http_requests_total", "HTTP requests answered.", ["method", "route", "status"], registry=self._registry)
        seconds = Histogram(
            "http_request_duration_seconds",
            "From the request's first byte to the response's last.",
            ["method", "route"],
            buckets=_BUCKETS_SECONDS,
            registry=self._registry,
        )
        # The labels' values are few, see ObservedRequest: a lookup of the child is dearer than the count.
        self._requests, self._seconds = cache(requests.labels), cache(seconds.labels)
        build = Gauge("sample_app_build_info", "Always 1; the labels say what runs.", ["version", "commit", "digest"], registry=self._registry)
        build.labels(settings.version, settings.commit, settings.image_digest).set(1)

    def observe(self, request: ObservedRequest) -> None:
        self._requests(request.method, request.route, request.status).inc()
        self._seconds(request.method, request.route).observe(request.duration_seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


def metrics_routes(metrics: ServiceMetrics) -> APIRouter:
    router = APIRouter(tags=["metrics"])

    @router.get("/metrics", response_class=Response)
    async def read_metrics() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router
