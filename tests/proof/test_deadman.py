"""A real node and its sign of life: it falls silent with its database, and goes on publishing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
from psycopg.rows import DictRow

from tests.fixtures.proxy import proxy_to
from tests.proof.rig import node_env, process, wait_until

Admin = psycopg.Connection[DictRow]


@contextmanager
def alarm() -> Iterator[tuple[str, list[str]]]:
    """The service that waits for calls: its address, and the calls."""
    calls: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ping", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_node_calls_and_falls_silent_while_its_database_is_away(dsn: str) -> None:
    with alarm() as (url, calls), proxy_to(dsn) as line:
        env = node_env(dsn, "http://127.0.0.1:9")
        given = {**env, "DATABASE_URL": line.address(dsn), "DEADMAN_URL": url}
        with process("node", env={**given, "DEADMAN_INTERVAL": "5"}) as node:
            wait_until(lambda: len(calls) >= 2, lambda: node.lines)
            line.refuse()
            line.reset()
            node.wait_for("silent: due work does not move")
            before = len(calls)
            line.admit()
            wait_until(lambda: len(calls) > before, lambda: node.lines)
            assert set(calls) == {"/ping"}
