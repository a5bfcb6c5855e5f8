"""Sockets that wait for a whole answer only so long.

A socket's own time-out is one for each part that arrives: a server that sends a byte now and then is never too late for
it. Here sending starts the time that an answer may take, and receiving ends when it is over.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from typing import Any

ANSWER_TIMEOUTS = 4
"""How many of a socket's time-outs a whole answer may take, its status and headers included."""


class _Patience:
    """To be put before a socket class."""

    _answer_due: float | None = None
    """On the monotonic clock; None: nothing was sent yet, or the socket has no time-out."""

    def send(self, *arguments: Any) -> int:
        self._start()
        return super().send(*arguments)  # type: ignore[misc, no-any-return]

    def sendall(self, *arguments: Any) -> None:
        self._start()
        super().sendall(*arguments)  # type: ignore[misc]

    def recv(self, *arguments: Any) -> bytes:
        self._check()
        return super().recv(*arguments)  # type: ignore[misc, no-any-return]

    def recv_into(self, *arguments: Any) -> int:
        self._check()
        return super().recv_into(*arguments)  # type: ignore[misc, no-any-return]

    def _start(self) -> None:
        timeout = self.gettimeout()  # type: ignore[attr-defined]
        self._answer_due = None if timeout is None else time.monotonic() + timeout * ANSWER_TIMEOUTS

    def _check(self) -> None:
        if self._answer_due is not None and time.monotonic() > self._answer_due:
            raise TimeoutError("the answer takes too long")


class PatientSocket(_Patience, socket.socket):
    """A socket whose ``recv`` and ``recv_into`` raise TimeoutError once an answer has taken too long."""


class PatientTLSSocket(_Patience, ssl.SSLSocket):
    """The same over TLS; made by a context whose ``sslsocket_class`` it is."""

    _sslobj: object = None

    def recv(self, *arguments: Any) -> bytes:
        """Receive as any socket does.

        While it is made, ``ssl`` looks for data that came before the handshake. Where the other end has reset the
        connection by then, ``ssl`` raises and lets go of the half-made socket without closing it; that is done here.
        """
        try:
            return super().recv(*arguments)
        except OSError as error:
            if self._sslobj is None and error.errno not in (errno.ENOTCONN, errno.EINVAL):
                self.close()
            raise
