"""Exchange Online's own hosts as HTTP sees them: EWS with application tokens, and Autodiscover v2 without a sign-in."""

from __future__ import annotations

from dataclasses import replace

from calconnect.mock_tenant.autodiscover.json_v2 import answer_json
from calconnect.mock_tenant.autodiscover.online_lookup import OnlineLookup
from calconnect.mock_tenant.entra.clouds import Resource
from calconnect.mock_tenant.entra.tokens import Bearer, TokenError, TokenFault, bearer_token, read_token
from calconnect.mock_tenant.ews.application_access import ApplicationAccess, PolicyRefusal
from calconnect.mock_tenant.ews.endpoint import strike
from calconnect.mock_tenant.ews.service import EwsService, Posted
from calconnect.mock_tenant.flaky import mailbox_of, spoil
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.reply import HTML, Headers, Reply, Told
from calconnect.mock_tenant.state.directory import Account
from calconnect.mock_tenant.state.online.access import EWS_PERMISSION, has_any_role
from calconnect.mock_tenant.state.online.ews import REASON_HEADER
from calconnect.mock_tenant.state.online.exchange import online_organization
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.state.policies import Policies
from calconnect.mock_tenant.state.rbac import RoleBook
from calconnect.mock_tenant.wire.request import HttpRequest

_EWS = "/ews/exchange.asmx"
_AUTODISCOVER = "/autodiscover/"
_JSON = "/autodiscover/autodiscover.json"
_BUILD = "15.20.9342.14"
"""Exchange Online names itself 15.20 and a build that changes every week (exchangelib, version.py)."""
_SERVER = "AM0PR01MB0001"
_ROLE = EWS_PERMISSION.partition(": ")[2]
_CHALLENGE = (
    f'Bearer client_id="{Resource.EXCHANGE}", trusted_issuers="00000001-0000-0000-c000-000000000000@*",'
    ' token_types="app_asserted_user_v1 service_asserted_app_v1",'
    ' authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
)
_DIAGNOSTICS = {
    TokenFault.MALFORMED: '2000001;reason="OAuth token submitted with the request can not be parsed.";'
    'error_category="invalid_token"',
    TokenFault.AUDIENCE: '2000003;reason="The hostname component of the audience claim value is invalid";'
    'error_category="invalid_resource"',
}
"""``x-ms-diagnostics``, as far as it was seen in clients' issue trackers."""
_NO_PERMISSIONS = (
    '2000008;reason="The token contains no permissions, or permissions can not be understood.";'
    'error_category="invalid_grant"'
)
"""https://github.com/otris/ews-cpp/issues/148"""
_SERVICE_PAGE = (
    b"<!DOCTYPE html><html><head><title>Service</title></head><body><p>Exchange Web Services</p></body></html>"
)
_NOT_FOUND = b"<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head><body></body></html>"


def is_exchange_path(path: str) -> bool:
    """Whether a path is one of Exchange's."""
    return path.lower() == _EWS or path.lower().startswith(_AUTODISCOVER)


class OnlineExchangeEndpoint:
    """Answers requests to Exchange Online's EWS and Autodiscover."""

    def __init__(self, live: LiveTenant) -> None:
        self._live = live
        self._service = EwsService()
        self._accounts: dict[str, Account] = {}

    def answer(
        self, request: HttpRequest, organization: Organization, half: OnlineHalf, told: Told, request_id: str
    ) -> Reply:
        """Answer a request; the organisation's lock is held.

        Args:
            request: the request.
            organization: all of it.
            half: its Exchange Online.
            told: filled in for the recorder.
            request_id: the answer's own id.
        """
        reply = self._reply(request, organization, half, told)
        headers: Headers = (
            ("Cache-Control", "private"),
            ("Server", "Microsoft-IIS/10.0"),
            ("request-id", request_id),
            ("X-FEServer", _SERVER),
            ("X-BEServer", _SERVER),
            ("X-CalculatedBETarget", f"{_SERVER}.EURPRD01.PROD.OUTLOOK.COM"),
        )
        given = request.headers.get("client-request-id")
        if given and request.headers.get("return-client-request-id", "").lower() == "true":
            headers += (("client-request-id", given),)
        reply.headers = (*headers, *reply.headers)
        return reply

    def _reply(self, request: HttpRequest, organization: Organization, half: OnlineHalf, told: Told) -> Reply:
        path = request.path.lower()
        if path.startswith(_JSON):
            told.operation = "Autodiscover"
            return answer_json(OnlineLookup(half, request.host), request.path[len(_JSON) :], request.query)
        if path != _EWS and not path.startswith(_AUTODISCOVER):
            return Reply(404, _NOT_FOUND, HTML)
        bearer = _signed_in(request, half)
        if isinstance(bearer, Reply):
            return bearer
        told.account = bearer.application.app_id
        if path != _EWS:
            return Reply(404, _NOT_FOUND, HTML)
        if request.method in ("GET", "HEAD"):
            return Reply(200, _SERVICE_PAGE, HTML)
        if request.method != "POST":
            return Reply(405, b"", HTML, (("Allow", "GET, HEAD, POST"),))
        if request.content_type != "text/xml":
            return Reply(415, b"", HTML)
        return self._work(request, organization, half, bearer, told)

    def _work(
        self, request: HttpRequest, organization: Organization, half: OnlineHalf, bearer: Bearer, told: Told
    ) -> Reply:
        agent = request.headers.get("user-agent", "")
        access = ApplicationAccess(half, bearer.application, agent, half.now())
        app_id = bearer.application.app_id
        account = self._accounts.setdefault(app_id, Account((app_id,), ""))
        posted = Posted(request.body, request.charset, f"https://{request.host}", agent)
        faults = organization.faults
        kind = self._live.flaky.strike(faults, mailbox_of(request)) if faults.any else None
        if kind is not None and not kind.is_done:
            return strike(kind, self._live, Policies(), told)
        try:
            reply = self._service.answer(_view(organization, half), account, posted, told, access.acting)
        except PolicyRefusal as refusal:
            reply = Reply(403, b"", HTML, ((REASON_HEADER, refusal.reason),))
        return spoil(reply, kind)


def _signed_in(request: HttpRequest, half: OnlineHalf) -> Bearer | Reply:
    """Return who shows a token that EWS takes; else the refusal. Nothing but application tokens signs in here.

    Basic and NTLM get what a missing token gets:
    https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online
    """
    token = bearer_token(request.headers.get("authorization"))
    try:
        bearer = read_token(token, Resource.EXCHANGE, half, half.now(), request.host)
    except TokenError as error:
        challenge = _CHALLENGE if error.fault is TokenFault.MISSING else f'{_CHALLENGE}, error="invalid_token"'
        return _refused(challenge, _DIAGNOSTICS.get(error.fault, ""))
    if _ROLE in bearer.roles or has_any_role(half, bearer.application, EWS_PERMISSION, half.now()):
        return bearer
    if bearer.roles:
        return Reply(403, b"", HTML)  # https://github.com/Garethp/php-ews/issues/222
    return _refused(f'{_CHALLENGE}, error="invalid_token"', _NO_PERMISSIONS)


def _refused(challenge: str, diagnostics: str) -> Reply:
    more: Headers = (("x-ms-diagnostics", diagnostics),) if diagnostics else ()
    return Reply(401, b"", HTML, (("WWW-Authenticate", challenge), *more))


def _view(organization: Organization, half: OnlineHalf) -> Organization:
    """Return the organisation as Exchange Online's EWS works on it: none of the servers' policies and roles hold."""
    seen = online_organization(organization, half)
    server = replace(seen.server, version=_BUILD, server_name=_SERVER, maintenance=False)
    return replace(seen, server=server, policies=Policies(), roles=RoleBook(), databases={})
