"""The connection that push notifications are sent over: the one module here that knows aiohttp, slow to import."""

from __future__ import annotations

import asyncio
import logging
import socket
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

_log = logging.getLogger(__name__)


class PushConnection:
    """Sends notifications to listeners on this machine. To be used in ``async with``."""

    def __init__(self, answer_seconds: float) -> None:
        """Prepare to send; a listener has ``answer_seconds`` to answer."""
        self._timeout = aiohttp.ClientTimeout(total=answer_seconds)

    async def __aenter__(self) -> Self:
        # The listener's certificate is its own affair: the connection does not leave this machine, and there is no
        # authority here that could vouch for it.
        connector = aiohttp.TCPConnector(ssl=False, resolver=_LoopbackResolver(), force_close=True)
        self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=False)
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._session.close()

    async def send(self, url: str, notification: bytes, soap_action: str) -> bytes | None:
        """Send a notification and return what the listener answered; None: nothing, or with another status than 200."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": soap_action}
        try:
            async with self._session.post(url, data=notification, headers=headers, allow_redirects=False) as answer:
                return await answer.read() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.info("push notification not delivered: %s", type(error).__name__)
            return None


class _LoopbackResolver(AbstractResolver):
    """Resolves names to loopback addresses only."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        local = [(kind, proto, str(address[0])) for kind, _, proto, _, address in found if _is_loopback(address[0])]
        if not local:
            raise OSError(f"{host} is not on this machine")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=proto, flags=int(socket.AI_NUMERICHOST)
            )
            for kind, proto, address in local
        ]

    async def close(self) -> None:
        return None


def _is_loopback(address: object) -> bool:
    return str(address).startswith("127.") or str(address) == "::1"
