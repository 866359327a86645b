"""Celery with Redis: messages in memory, moments kept by the workers (ETA)."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from celery import Celery, signals

from bench.peers.contract import Place
from bench.plan import Plan, now_us

VERSION = version("celery")
PROCESSES = 8
SETTINGS = f"prefork with {PROCESSES} processes, prefetch multiplier 16, results ignored, JSON"

app = Celery("bench")
app.conf.update(
    task_ignore_result=True, worker_prefetch_multiplier=16, broker_connection_retry_on_startup=True,
    worker_redirect_stdouts=False,
)  # fmt: skip

_kept = threading.local()


@app.task(name="send")  # type: ignore[untyped-decorator]
def send(server: str, key: str) -> None:
    """One POST on this process's kept connection."""
    connection: http.client.HTTPConnection | None = getattr(_kept, "connection", None)
    if connection is None:
        parts = urlsplit(server)
        connection = _kept.connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    headers = {"Authorization": "Bearer secret", "Content-Type": "application/json"}
    connection.request("POST", f"/{key}", body=f'{{"text": "{key}"}}', headers=headers)
    connection.getresponse().read()


def prepare(place: Place) -> None:
    """Nothing: Redis has no tables."""


def fill(place: Place, plan: Plan) -> None:
    app.conf.broker_url = place.url
    now = now_us()
    with app.producer_pool.acquire(block=True) as producer:
        for i in range(plan.count):
            due = plan.due_us(i)
            later = {"eta": datetime.fromtimestamp(due / 1e6, UTC)} if due > now else {}
            send.apply_async([place.server, plan.key(i)], producer=producer, **later)


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
def _say(**_: object) -> None:
    print("peer_started", flush=True)


def work(place: Place) -> None:
    app.conf.broker_url = place.url
    # Its parent's end is this process's end.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app.worker_main(
        ["worker", "--loglevel", "ERROR", "--pool", "prefork", "--concurrency", str(PROCESSES),
         "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )  # fmt: skip


def _end_with_parent() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
