"""One call to Graph, from path and token to the handler: who may do what, and which mailbox it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from calconnect.mock_tenant.graph.errors import (
    GraphError,
    access_denied,
    bad_request,
    no_such_mailbox_user,
    not_found,
    not_permitted,
)
from calconnect.mock_tenant.graph.limits import Limits
from calconnect.mock_tenant.graph.registry import Match, Route, route_table
from calconnect.mock_tenant.graph.request import Caller, GraphRequest, GraphResponse, Workload
from calconnect.mock_tenant.reply import Told
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.online.access import Denied, Why, allowed, is_within
from calconnect.mock_tenant.state.online.directory import Location, OnlineUser
from calconnect.mock_tenant.state.online.ews import user_agent_is_refused
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.organization import Organization

_KEY = re.compile(r"([\w.$]+)\('((?:[^']|'')*)'\)")
"""``users('ann@contoso.com')``: another way to write ``users/ann@contoso.com``."""
_ALIAS = "graph."
"""Short for ``microsoft.graph.``, which generated clients write before a type."""
_STATUS = {
    "ErrorAccessDenied": 403,
    "ErrorItemNotFound": 404,
    "ErrorFolderNotFound": 404,
    "ErrorMailboxFailover": 503,
    "ErrorMailboxMoveInProgress": 503,
    "ErrorMailboxStoreUnavailable": 503,
    "ErrorQuotaExceeded": 507,
    "ErrorIrresolvableConflict": 412,
}
"""Exchange's codes as HTTP statuses of Graph; of others it is 400."""
_NO_REST = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."


@dataclass(slots=True)
class Shared:
    """What all calls of an HTTP request have in common."""

    organization: Organization
    half: OnlineHalf
    caller: Caller
    version_url: str
    """``https://graph.microsoft.com/v1.0``."""
    at: datetime
    limits: Limits
    told: Told
    user_agent: str = ""
    """Of the HTTP request; parts of a batch have none of their own."""
    is_counted: bool = False
    """Whether all parts have been counted against the application's limit already."""


@dataclass(slots=True)
class Call:
    """One call: an HTTP request, or a part of a batch."""

    method: str
    target: str
    """Path below the version, and query, as sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""
    body: Any = None


def perform(call: Call, shared: Shared) -> GraphResponse:
    """Find the resource, check the permission, open the mailbox, and have it answered.

    Raises:
        GraphError: whatever is wrong.
    """
    path, _, query = call.target.partition("?")
    segments = split_path(path)
    match = _find(call.method, segments)
    route = match.route
    shared.told.operation = shared.told.operation or f"{route.method} {route.path}"
    name = match.parameters.get("user")
    shared.told.asked += ((f"{route.method} {route.path}", name or ""),)
    if not shared.is_counted:
        shared.limits.take_requests(shared.half, shared.caller.application.app_id, 1)
    request = GraphRequest(
        organization=shared.organization,
        half=shared.half,
        caller=shared.caller,
        method=call.method,
        version_url=shared.version_url,
        path="/".join(segments),
        parameters=match.parameters,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=call.headers,
        at=shared.at,
        limits=shared.limits,
        body=call.body,
    )
    if name is not None:
        shared.told.target = shared.told.target or name
        request.found_user = _find_user(shared.half, route, name)
    try:
        if route.is_mailbox:
            request.found_mailbox = _enter(request, route, shared)
        else:
            _require_consent(request, route)
        if request.found_user is None and name is not None:
            raise not_found(name)
        return route.handler(request)
    except EwsError as error:
        raise GraphError(_STATUS.get(error.code, 400), error.code, error.message) from None


def split_path(path: str) -> list[str]:
    """Return a path's segments, decoded; keys in brackets and quotation marks become segments of their own."""
    segments: list[str] = []
    for part in path.strip("/").split("/"):
        segment = unquote(part).removesuffix("()")  # a function without arguments
        if segment.lower().startswith(_ALIAS):
            segment = f"microsoft.{segment}"
        key = _KEY.fullmatch(segment)
        segments += [key.group(1), key.group(2).replace("''", "'")] if key is not None else [segment]
    return segments


def _find(method: str, segments: list[str]) -> Match:
    table = route_table()
    match = table.find(method, segments)
    if match is not None:
        return match
    if segments[0].lower() == "me":
        raise bad_request("/me request is only valid with delegated authentication flow.")
    if table.methods(segments):
        raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    raise bad_request(f"Resource not found for the segment '{segments[-1]}'.")


def _find_user(half: OnlineHalf, route: Route, name: str) -> OnlineUser | None:
    """Return the user that a path names: the directory knows ids and user principal names, Exchange every address."""
    user = half.user(name)
    if user is None or route.workload is Workload.EXCHANGE:
        return user
    return user if name.lower() in (user.id, user.user_principal_name.lower()) else None


def _require_consent(request: GraphRequest, route: Route) -> None:
    """See to it that the token carries a permission that the resource needs."""
    if not route.permissions or any(is_within(one, request.caller.roles) for one in route.permissions):
        return
    raise access_denied() if route.workload is Workload.EXCHANGE else not_permitted()


def _enter(request: GraphRequest, route: Route, shared: Shared) -> Mailbox:
    """Return the mailbox, opened, if the application may do in it what the resource does."""
    half, application = request.half, request.caller.application
    user = request.found_user
    if user is None:
        raise no_such_mailbox_user(request.parameters["user"])
    if shared.organization.faults.hangs(user.recipient.email.lower()):
        raise GraphError(504, "UnknownError", "The mailbox did not answer in time.")
    shared.limits.take_mailbox_request(half)
    decisions = [allowed(half, application, user, one, request.at) for one in route.permissions]
    refused = None if any(not isinstance(one, Denied) for one in decisions) else decisions[0]
    if isinstance(refused, Denied) and refused.why is Why.NO_GRANT:
        raise GraphError(refused.status, refused.code, refused.message)
    if user.location is not Location.ONLINE or not user.recipient.has_mailbox:
        raise GraphError(404, "MailboxNotEnabledForRESTAPI", _NO_REST)
    if isinstance(refused, Denied):
        raise GraphError(refused.status, refused.code, refused.message)
    if user_agent_is_refused(half.ews, shared.user_agent):
        raise access_denied("Access to OData is disabled.")
    return half.mailbox(user)
