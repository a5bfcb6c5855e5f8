"""Graph as HTTP sees it: versions, tokens, JSON, headers.

Headers: https://learn.microsoft.com/graph/best-practices-concept
"""

from __future__ import annotations

import json
import re
from typing import Any

from calconnect.mock_tenant.entra.clouds import Resource
from calconnect.mock_tenant.entra.tokens import TokenError, TokenFault, bearer_token, read_token
from calconnect.mock_tenant.flaky import broken, spoil
from calconnect.mock_tenant.graph.batch import answer_batch
from calconnect.mock_tenant.graph.dispatch import Call, Shared, perform
from calconnect.mock_tenant.graph.errors import GraphError, Headers, bad_request
from calconnect.mock_tenant.graph.limits import Limits, throttled
from calconnect.mock_tenant.graph.request import GRAPH_JSON, Caller, GraphResponse
from calconnect.mock_tenant.live import LiveTenant
from calconnect.mock_tenant.reply import HTML, Reply, Told
from calconnect.mock_tenant.state.faults import FaultKind, Faults
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.organization import Organization
from calconnect.mock_tenant.wire.request import HttpRequest

_VERSION = re.compile(r"/(v1\.0|beta)(?:/(.*))?", re.IGNORECASE | re.DOTALL)
_USER = re.compile(r"/users(?:/|\(')([^/']+)", re.IGNORECASE)
_PROXY_PAGE = b"<!DOCTYPE html><html><head><title>Sign in to the proxy</title></head><body></body></html>"
_DIAGNOSTIC = json.dumps(
    {
        "ServerInfo": {
            "DataCenter": "West Europe",
            "Slice": "E",
            "Ring": "5",
            "ScaleUnit": "001",
            "RoleInstance": "AM00000001",
        }
    },
    separators=(",", ":"),
)
_TOKEN_MESSAGES = {
    TokenFault.MISSING: "Access token is empty.",
    TokenFault.MALFORMED: "CompactToken parsing failed with error code: 80049217",
    TokenFault.SIGNATURE: "Access token validation failure. Invalid signature.",
    TokenFault.EXPIRED: "Lifetime validation failed, the token is expired.",
    TokenFault.AUDIENCE: "Access token validation failure. Invalid audience.",
    TokenFault.TENANT: "Access token validation failure. Invalid tenant or application.",
}


def is_graph_path(path: str) -> bool:
    """Whether a path is one of Graph's."""
    return _VERSION.fullmatch(path) is not None


class GraphEndpoint:
    """Answers requests to Graph."""

    def __init__(self, live: LiveTenant) -> None:
        self._live = live
        self._limits = Limits()

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
        if half.faults.not_json:
            return Reply(200, _PROXY_PAGE, HTML)
        given = request.headers.get("client-request-id") or request_id
        kind = self._struck(request, organization.faults)
        if kind in (FaultKind.RESET, FaultKind.TIMEOUT):
            return broken(kind)
        try:
            self._fail(kind, organization, half)
            response = self._respond(request, organization, half, told, request_id)
            status, body, more = response.status, response.body, response.headers
        except GraphError as error:
            told.codes = (error.code,)
            status, body, more = error.status, error.body(half.now(), request_id, given), error.headers
        headers: Headers = (
            ("Cache-Control", "no-cache"),
            ("Strict-Transport-Security", "max-age=31536000"),
            ("request-id", request_id),
            ("client-request-id", given),
            ("x-ms-ags-diagnostic", _DIAGNOSTIC),
            ("odata-version", "4.0"),
            *more,
        )
        data = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return spoil(Reply(status, data, GRAPH_JSON, headers), kind)

    def _struck(self, request: HttpRequest, faults: Faults) -> FaultKind | None:
        if not faults.any or "authorization" not in request.headers:
            return None
        found = _USER.search(request.path)
        return self._live.flaky.strike(faults, "" if found is None else found.group(1).lower())

    def _fail(self, kind: FaultKind | None, organization: Organization, half: OnlineHalf) -> None:
        """Fail a request that has been struck, if that is told by an answer.

        Raises:
            GraphError: 503, or 429 with or without ``Retry-After``.
        """
        if kind is FaultKind.UNAVAILABLE:
            raise GraphError(503, "serviceNotAvailable", "The service is unavailable.")
        if kind is FaultKind.SERVER_BUSY:
            usual = half.faults.retry_after_seconds
            wait = self._live.flaky.back_off(organization.faults, "" if usual is None else str(usual))
            raise throttled("TooManyRequests", "Too many requests.", wait)

    def _respond(
        self, request: HttpRequest, organization: Organization, half: OnlineHalf, told: Told, request_id: str
    ) -> GraphResponse:
        # The path is matched before it is decoded: segments may hold encoded slashes.
        path, mark, query = request.target.partition("?")
        found = _VERSION.fullmatch(path)
        if found is None:
            raise bad_request(f"Invalid version: {path.strip('/').partition('/')[0]}")
        caller = self._caller(request, half, told)
        self._limits.adopt(half)
        version, below = found.group(1).lower(), found.group(2) or ""
        shared = Shared(
            organization=organization,
            half=half,
            caller=caller,
            version_url=f"https://{request.host}/{version}",
            at=half.now(),
            limits=self._limits,
            told=told,
            user_agent=request.headers.get("user-agent", ""),
        )
        body = _body(request)
        if below.strip("/").lower() in ("$batch", "%24batch"):
            if request.method != "POST":
                raise GraphError(405, "Request_BadRequest", "Only POST is allowed for $batch.")
            return answer_batch(body, shared, request_id)
        return perform(Call(request.method, below + mark + query, request.headers, body), shared)

    def _caller(self, request: HttpRequest, half: OnlineHalf, told: Told) -> Caller:
        """Return the application that shows its token.

        Raises:
            GraphError: 401 ``InvalidAuthenticationToken``.
        """
        token = bearer_token(request.headers.get("authorization"))
        try:
            bearer = read_token(token, Resource.GRAPH, half, half.now(), request.host)
        except TokenError as error:
            challenge = (
                'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
                f'client_id="{Resource.GRAPH}"'
            )
            raise GraphError(
                401,
                "InvalidAuthenticationToken",
                _TOKEN_MESSAGES[error.fault],
                (("WWW-Authenticate", challenge),),
            ) from None
        told.account = bearer.application.app_id
        return Caller(bearer.application, bearer.roles)


def _body(request: HttpRequest) -> Any:
    """Return the parsed body; None: there is none.

    Raises:
        GraphError: 400 ``BadRequest``: it is no JSON.
    """
    if not request.body:
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise bad_request(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid "
            "JSON format."
        ) from None
