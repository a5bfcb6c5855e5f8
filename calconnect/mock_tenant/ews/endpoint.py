"""``/EWS/Exchange.asmx`` as HTTP sees it: methods, limits, switched-off mailboxes; the SOAP inside is the service's."""

from __future__ import annotations

import math
import time

from calconnect.mock_tenant.auth.accounts import password_fault
from calconnect.mock_tenant.ews.envelope import fault
from calconnect.mock_tenant.ews.service import EwsService, Posted
from calconnect.mock_tenant.flaky import broken, mailbox_of, spoil
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.proxies import unavailable
from calconnect.mock_tenant.reply import HTML, Reply, Told
from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.faults import FaultKind
from calconnect.mock_tenant.state.policies import Policies
from calconnect.mock_tenant.throttling import server_busy
from calconnect.mock_tenant.wire.request import HttpRequest

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

    def answer(self, request: HttpRequest, account: Account, told: Told) -> Reply:
        """Answer one request."""
        if request.method in ("GET", "HEAD"):
            return Reply(200, _SERVICE_PAGE, HTML)
        if request.method != "POST":
            return Reply(405, b"", HTML, (("Allow", "GET, HEAD, POST"),))
        if request.content_type != "text/xml":
            return Reply(415, _WRONG_TYPE, HTML)
        organization = self._live.organization
        faults = organization.faults
        kind = self._live.flaky.strike(faults, mailbox_of(request)) if faults.any else None
        if kind is not None and not kind.is_done:
            return strike(kind, self._live, organization.policies, told)
        return spoil(self._serve(request, account, told), kind)

    def _serve(self, request: HttpRequest, account: Account, told: Told) -> Reply:
        organization = self._live.organization
        if not organization.policies.ews_enabled or (account.recipient and not account.recipient.ews_enabled):
            return Reply(403, b"", HTML)
        try:
            error = password_fault(account)
            if error is not None:
                raise error
            return self._work(request, account, told)
        except EwsError as error:
            told.codes = (error.code,)
            if error.code == "ErrorServerBusy":
                return _busy(organization.policies, error, _usual_wait(organization.policies))
            return Reply(500, fault(error))

    def _work(self, request: HttpRequest, account: Account, told: Told) -> Reply:
        organization, throttle = self._live.organization, self._live.throttle
        policies = organization.policies
        anchor = request.headers.get("x-anchormailbox", "").lower()
        throttle.spend(account, anchor, policies, time.monotonic())
        limit = organization.throttling_policy_of(account).ews_max_concurrency
        release = throttle.in_flight(account, limit) if policies.latency_milliseconds else None
        posted = Posted(request.body, request.charset, f"https://{request.host}", request.headers.get("user-agent", ""))
        reply = self._service.answer(organization, account, posted, told)
        reply.delay_seconds = policies.latency_milliseconds / 1000
        if reply.stream is not None:
            release = throttle.hanging(account, instead_of=release)
        reply.sent = release
        return reply


def strike(kind: FaultKind, live: LiveTenant, policies: Policies, told: Told) -> Reply:
    """Return how an EWS request ends that the flaky server fails without doing what was asked."""
    if kind is FaultKind.UNAVAILABLE:
        return unavailable()
    if kind is not FaultKind.SERVER_BUSY:
        return broken(kind)
    wait = live.flaky.back_off(live.organization.faults, _usual_wait(policies))
    error = server_busy(wait)
    told.codes = (error.code,)
    return _busy(policies, error, wait)


def _usual_wait(policies: Policies) -> str:
    """Return how long a busy answer asks a client to wait, in the unit in which it does."""
    milliseconds = policies.back_off_milliseconds
    return str(math.ceil(milliseconds / 1000) if policies.busy_as_429 or policies.busy_as_503 else milliseconds)


def _busy(policies: Policies, error: EwsError, retry_after: str) -> Reply:
    """Return what a client is told that is over its limit: as Exchange says it, or as IIS or a gateway does."""
    if not policies.busy_as_429 and not policies.busy_as_503:
        return Reply(500, fault(error))
    headers = (("Retry-After", retry_after),) if retry_after else ()
    return Reply(429 if policies.busy_as_429 else 503, b"", HTML, headers)
