"""Posting to an EWS URL as the service account, by Basic or by NTLM."""

from __future__ import annotations

import ssl

from calconnect.tenants.common.failures import HandshakeBroken
from calconnect.tenants.common.network import Route
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.exchange_server.signing import NTLM, ServiceAccount
from calconnect.tenants.thin.ews.endpoint import Signed
from calconnect.tenants.thin.wire import Target, Wire, WireAnswer


def signed_by(scheme: str, account: ServiceAccount, url: str, route: Route, context: ssl.SSLContext) -> Signed:
    """Return what posts to ``url`` with a scheme, ``basic`` or ``ntlm``. Nothing is sent and no password read yet.

    Raises:
        NoAnswer: the URL is none that could be asked.
    """
    if scheme == NTLM:
        return _Ntlm(account, url, route, context)
    return _Basic(account, url, route, context)


class _Basic:
    """Each request carries the credentials. They go with the object that holds them."""

    def __init__(self, account: ServiceAccount, url: str, route: Route, context: ssl.SSLContext) -> None:
        self._account = account
        self._wire = Wire(route, context, limit_bytes=limits().answer_size)
        self._target = self._wire.target(url)
        self._authorization = ""

    async def post(self, headers: dict[str, str], body: bytes) -> WireAnswer:
        if not self._authorization:
            self._authorization = self._account.basic()
        headers["Authorization"] = self._authorization
        return await self._wire.send("POST", self._target, headers, body)

    async def close(self) -> None:
        self._authorization = ""
        await self._wire.close()


class _Ntlm:
    """NTLM signs in a connection: each request that is in flight has one to itself, signed in once."""

    def __init__(self, account: ServiceAccount, url: str, route: Route, context: ssl.SSLContext) -> None:
        self._account = account
        self._url = url
        self._route = route
        self._context = context
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []

    async def post(self, headers: dict[str, str], body: bytes) -> WireAnswer:
        worker = self._idle.pop() if self._idle else self._new_worker()
        try:
            return await worker.post(headers, body)
        finally:
            self._idle.append(worker)

    async def close(self) -> None:
        workers, self._idle, self._all = self._all, [], []
        for worker in workers:
            await worker.wire.close()

    def _new_worker(self) -> _Worker:
        wire = Wire(self._route, self._context, limit_bytes=limits().answer_size, connections=1)
        worker = _Worker(self._account, wire, wire.target(self._url))
        self._all.append(worker)
        return worker


class _Worker:
    """One connection, signed in when the server asks for it; once it is, the server does not ask again."""

    def __init__(self, account: ServiceAccount, wire: Wire, target: Target) -> None:
        self.wire = wire
        self._account = account
        self._target = target

    async def post(self, headers: dict[str, str], body: bytes) -> WireAnswer:
        first = await self._send(headers, body)
        if first.status != 401 or not any("ntlm" in value.lower() for value in _challenges(first)):
            return first
        connection = self.wire.connections_made
        handshake = self._account.ntlm(self._target.host, self.wire.peer_certificate)
        second = await self._send({**headers, "Authorization": handshake.negotiate()}, body)
        if second.status != 401:
            return second
        last = handshake.authenticate(_challenges(second))
        if last is None:
            return second
        third = await self._send({**headers, "Authorization": last}, body)
        if third.status == 401 and self.wire.connections_made != connection:
            # The messages went over different connections: that this was refused says nothing of the credentials.
            raise HandshakeBroken("the connection did not last")
        return third

    async def _send(self, headers: dict[str, str], body: bytes) -> WireAnswer:
        return await self.wire.send("POST", self._target, headers, body)


def _challenges(answer: WireAnswer) -> list[str]:
    return [value for name, value in answer.headers if name.lower() == "www-authenticate"]
