"""The other side of the outbox benchmark, in a process of its own: `python -m benchmarks.outbox_sinks smtp|http [SECONDS]`.

It prints its port, takes what comes (after SECONDS of thought for each), and when its standard input is closed prints
the instants (`time.monotonic()`, the same clock in every process of the machine) at which each was taken.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

taken: list[float] = []


class Sink:
    """An SMTP server that keeps nothing but the instants; one for each receiver."""

    def __init__(self, thought: float) -> None:
        self.thought = thought

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.thought:
            await asyncio.sleep(self.thought)
        taken.extend([time.monotonic()] * len(envelope.rcpt_tos))
        return "250 taken"


class Gateway(BaseHTTPRequestHandler):
    """An HTTP gateway that says yes in the shape of GatewayAPI."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for one answer
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        taken.append(time.monotonic())
        body = b'{"ids": [%d]}' % len(taken)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    kind, thought = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    if kind == "http":
        gateway = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        port = gateway.server_address[1]
    else:
        from aiosmtpd.smtp import SMTP

        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        listening = loop.create_server(lambda: SMTP(Sink(thought), loop=loop), "127.0.0.1", 0)
        port = asyncio.run_coroutine_threadsafe(listening, loop).result(10).sockets[0].getsockname()[1]
    print(port, flush=True)
    sys.stdin.read()
    print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    main()
