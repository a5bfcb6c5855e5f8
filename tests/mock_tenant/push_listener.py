"""A listener for push notifications, as a client of Exchange would run it."""

from __future__ import annotations

import queue
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from lxml import etree

from tests.mock_tenant.raw_client import NS
from tests.mock_tenant.schema import assert_valid

_ANSWER = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:SendNotificationResult '
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><m:SubscriptionStatus>{}'
    "</m:SubscriptionStatus></m:SendNotificationResult></s:Body></s:Envelope>"
)


class PushListener:
    """Takes notifications and answers them."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.status = "OK"
        """What it answers; a number is sent as the HTTP status, anything else as SubscriptionStatus."""
        self.received: queue.Queue[etree._Element] = queue.Queue()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "text/xml; charset=utf-8"
                assert self.headers["SOAPAction"].strip('"').endswith("/SendNotification")
                listener.received.put(etree.fromstring(body))
                answer = _ANSWER.format(listener.status).encode()
                self.send_response(int(listener.status) if listener.status.isdigit() else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        scheme = "https" if context is not None else "http"
        self.url = f"{scheme}://localhost:{self._server.server_address[1]}/notify"

    def next(self, seconds: float = 5.0) -> etree._Element:
        """Wait for the next notification and return the ``m:Notification``, the whole held against the schema."""
        envelope = self.received.get(timeout=seconds)
        assert_valid(envelope)
        found = envelope.find(".//m:SendNotificationResponseMessage/m:Notification", NS)
        assert found is not None
        return found

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
