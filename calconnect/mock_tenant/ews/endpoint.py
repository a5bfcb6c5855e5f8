"""``/EWS/Exchange.asmx`` as HTTP sees it: methods, limits, switched-off mailboxes; the SOAP inside is the service's."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager

from aiohttp import web

from calconnect.mock_tenant.auth.accounts import password_fault
from calconnect.mock_tenant.ews.envelope import fault
from calconnect.mock_tenant.ews.service import EwsService, Posted
from calconnect.mock_tenant.hosts import host_of
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.reply import HTML, Reply, Told
from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.errors import EwsError

_SERVICE_PAGE = (
    b"<!DOCTYPE html><html><head><title>Service</title></head><body><p>Exchange Web Services</p></body></html>"
)
_WRONG_TYPE = b"The content type is not the expected type 'text/xml; charset=utf-8'."
"""SOAP 1.1 alone is spoken; WCF refuses any other content type so:
https://github.com/sherlock1982/ews-managed-api/issues/32"""


class EwsEndpoint:
    """Answers requests of signed-in accounts to the EWS virtual directory."""

    def __init__(self, live: LiveTenant) -> None:
        self._live = live
        self._service = EwsService()

    async def answer(self, request: web.BaseRequest, account: Account, told: Told) -> Reply:
        """Answer one request.

        Raises:
            web.HTTPRequestEntityTooLarge: its body is larger than the server takes.
        """
        if request.method in ("GET", "HEAD"):
            return Reply(200, _SERVICE_PAGE, HTML)
        if request.method != "POST":
            return Reply(405, b"", HTML, {"Allow": "GET, HEAD, POST"})
        if request.content_type != "text/xml" or "Content-Type" not in request.headers:
            return Reply(415, _WRONG_TYPE, HTML)
        organization = self._live.organization
        if not organization.policies.ews_enabled or (account.recipient and not account.recipient.ews_enabled):
            return Reply(403, b"", HTML)
        try:
            error = password_fault(account)
            if error is not None:
                raise error
            return await self._work(request, account, told)
        except EwsError as error:
            told.codes = (error.code,)
            if error.code == "ErrorServerBusy" and organization.policies.busy_as_503:
                seconds = math.ceil(organization.policies.back_off_milliseconds / 1000)
                return Reply(503, b"", HTML, {"Retry-After": str(seconds)})
            return Reply(500, fault(error))

    async def _work(self, request: web.BaseRequest, account: Account, told: Told) -> Reply:
        organization, throttle = self._live.organization, self._live.throttle
        policies = organization.policies
        anchor = request.headers.get("X-AnchorMailbox", "").lower()
        throttle.spend(account, anchor, policies, time.monotonic())
        with throttle.in_flight(account, policies):
            data = await request.read()
            if policies.latency_milliseconds:
                await asyncio.sleep(policies.latency_milliseconds / 1000)
            posted = Posted(data, request.charset, f"https://{host_of(request)}", request.headers.get("User-Agent", ""))
            reply = self._service.answer(organization, account, posted, told)
        if reply.stream is not None:
            reply.stream = await _counted(reply.stream, throttle.hanging(account))
        return reply


async def _counted(
    stream: AsyncGenerator[bytes, None], count: AbstractContextManager[None]
) -> AsyncGenerator[bytes, None]:
    """Keep a count up until a stream is over.

    Raises:
        EwsError: the limit is reached; the stream is closed then.
    """
    try:
        count.__enter__()
    except EwsError:
        await stream.aclose()
        raise

    async def counted() -> AsyncGenerator[bytes, None]:
        try:
            async for part in stream:
                yield part
        finally:
            count.__exit__(None, None, None)
            await stream.aclose()

    return counted()
