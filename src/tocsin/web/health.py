"""``GET /healthz`` and ``GET /metrics``: whether the service would deliver now, for machines that watch it."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from ipaddress import ip_address

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from tocsin.errors import Temporary
from tocsin.store.health import STUCK_S, Health, health_of
from tocsin.web.site import client_of
from tocsin.wiring import Parts

LEAST_ROOM = 16 << 20
"""Octets without which the disk of the data folder counts as full: the database's log grows by a quarter of that."""


def router(parts: Parts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    def counted() -> Health:
        with parts.store.read() as connection:
            return health_of(connection, parts.clock())

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz", summary="Whether the service works")
    def healthz(request: Request) -> JSONResponse:
        """Answer 200 while the store answers, its disk has room and nothing is stuck; else 503.

        Machines nearby are given counts as well.
        """
        try:
            health = counted()
        except Temporary as error:
            return JSONResponse({"status": "no store", "detail": str(error)}, status_code=503)
        full = shutil.disk_usage(parts.settings.folder).free < LEAST_ROOM
        status = "disk full" if full else "stuck" if health.oldest_wait_s > STUCK_S else "ok"
        counts = asdict(health) if _is_near(request) else {}
        return JSONResponse({"status": status, **counts}, status_code=200 if status == "ok" else 503)

    @routes.get("/metrics", summary="Counts for Prometheus")
    def metrics(request: Request) -> Response:
        """Answer the counts in Prometheus' text format, to machines nearby only."""
        if not _is_near(request):
            raise HTTPException(403)
        registry = CollectorRegistry()
        for name, value in asdict(counted()).items():
            Gauge(f"tocsin_{name}", name.replace("_", " "), registry=registry).set(value)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes


def _is_near(request: Request) -> bool:
    """Tell whether a machine in a private network asks.

    How many readers there are, and that something which moves markets is held, is not for everybody behind the proxy.
    """
    try:
        return not ip_address(client_of(request).partition("%")[0]).is_global
    except ValueError:
        return False
