"""Yubico's connector in software: HTTP on the loopback, in front of one simulated device."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.yubihsm.device import SERIAL, Device


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet an answer: the host would acknowledge the first of two only after 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        status = "NO_DEVICE" if self.server.device.faults.removed else "OK"
        port = self.server.server_address[1]
        text = f"status={status}\nserial={SERIAL}\nversion=3.0.5\npid=1\naddress=127.0.0.1\nport={port}\n"
        self._send(200, text.encode(), "text/plain")

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        device = self.server.device
        device.faults.answering.wait()
        device.faults.count()
        if device.faults.removed:
            self._send(503, b"", "text/plain")
            return
        with self.server.one_at_a_time:
            answer = device.answer(asked)
        self._send(200, answer, "application/octet-stream")

    def _send(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, device: Device) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.device = device
        self.one_at_a_time = threading.Lock()


@contextmanager
def connected(device: Device) -> Iterator[str]:
    """Serve a device, and yield the connector's address."""
    with _Server(device) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            device.faults.answering.set()
            server.shutdown()
            thread.join()
