"""``GET /healthz`` and ``GET /metrics``: whether the service would deliver now, for machines that watch it."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from tocsin.errors import Temporary
from tocsin.store.health import STUCK_S, Health, health_of
from tocsin.wiring import Parts


def router(parts: Parts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    def counted() -> Health:
        with parts.store.read() as connection:
            return health_of(connection, parts.clock())

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz", summary="Whether the service works")
    def healthz() -> JSONResponse:
        """Answer 200 while the store answers and nothing is stuck on its way, 503 otherwise, with the counts."""
        try:
            health = counted()
        except Temporary as error:
            return JSONResponse({"status": "no store", "detail": str(error)}, status_code=503)
        stuck = health.oldest_wait_s > STUCK_S
        return JSONResponse({"status": "stuck" if stuck else "ok", **asdict(health)}, status_code=503 if stuck else 200)

    @routes.get("/metrics", summary="Counts for Prometheus")
    def metrics() -> Response:
        """Answer the counts in Prometheus' text format."""
        registry = CollectorRegistry()
        for name, value in asdict(counted()).items():
            Gauge(f"tocsin_{name}", name.replace("_", " "), registry=registry).set(value)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
