"""Questions about the organisation: its domains, and the applications that it has consented to.

Sources: https://learn.microsoft.com/graph/api/organization-get, https://learn.microsoft.com/graph/api/domain-list,
https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignments
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calconnect.evidence.observation import Fact, Observation
from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest
from calconnect.tenants.exchange_online.asking import Asking, segment
from calconnect.tenants.exchange_online.paging import UNEXPECTED, all_pages
from calconnect.tenants.exchange_online.shapes import (
    Object,
    UnexpectedShape,
    flag,
    items,
    needed_text,
    objects,
    text,
    texts,
)

_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_GRAPH = "00000003-0000-0000-c000-000000000000"
"""The App ID of Microsoft Graph: its permissions are named without it. Source:
https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in"""
_NO_ROLE = "00000000-0000-0000-0000-000000000000"
"""An assignment without any role."""


def organization(asking: Asking, tenant: str) -> Iterator[Observation]:
    """Read the organisation and its domains: see the interface. Details of the first: ``tenant_id``."""
    reply = asking.session.ask(GraphRequest("/organization?$select=id,verifiedDomains"))

    def read(body: Object) -> dict[str, Fact]:
        found = items(body)
        return {"tenant_id": needed_text(found[0], "id")} if found else {}

    yield asking.observe(("organization", "GET /organization", tenant), reply, read)
    if not reply.ok:
        return
    pages = all_pages(asking.session, GraphRequest("/domains"))

    def read_domains(_: Object) -> dict[str, Fact]:
        domains = pages.items
        verified = [one for one in domains if flag(one, "isVerified")]
        initial = [text(one, "id") for one in verified if flag(one, "isInitial")]
        return {
            "verified": sorted(text(one, "id") for one in verified),
            "unverified": sorted(text(one, "id") for one in domains if not flag(one, "isVerified")),
            "email": sorted(text(one, "id") for one in domains if "Email" in texts(one, "supportedServices")),
            "initial": initial[0] if initial else "",
        }

    yield asking.observe(("organization", "GET /domains", tenant), pages.reply, read_domains)


def application(asking: Asking, app_id: str) -> Iterator[Observation]:
    """Read what an application was consented to: see the interface."""
    probe = "application-consent"
    operation = "GET /servicePrincipals(appId=…)"
    if not _GUID.fullmatch(app_id):
        yield asking.not_asked((probe, operation, app_id), "invalid-app-id")
        return
    path = f"/servicePrincipals(appId='{app_id}')?$select=id,appId,displayName,accountEnabled"
    reply = asking.session.ask(GraphRequest(path))
    facts, reply = _principal(reply, app_id)
    yield asking.observe((probe, operation, app_id), reply, facts)
    principal = facts.get("service_principal")
    if not reply.ok or not isinstance(principal, str):
        return
    pages = all_pages(asking.session, GraphRequest(f"/servicePrincipals/{segment(principal)}/appRoleAssignments"))
    granted, reply = _granted(pages.items, pages.reply)
    facts = {**facts, **_dated(pages.items)}
    known = facts if granted else {**facts, "permissions": []}
    yield asking.observe((probe, "GET /servicePrincipals/{id}/appRoleAssignments", app_id), reply, known)
    if not reply.ok:
        return
    names: list[str] = []
    for resource in sorted({resource for resource, _ in granted}):
        wanted = [role for owner, role in granted if owner == resource]
        reply = asking.session.ask(
            GraphRequest(f"/servicePrincipals/{segment(resource)}?$select=id,appId,displayName,appRoles")
        )
        more, reply = _role_names(reply, wanted)
        names += more
        facts = {**facts, "permissions": list[str](sorted(set(names)))}
        yield asking.observe((probe, "GET /servicePrincipals/{id}", app_id), reply, facts)
        if not reply.ok:
            return


def _principal(reply: GraphReply, app_id: str) -> tuple[dict[str, Fact], GraphReply]:
    if not reply.ok:
        return {}, reply
    try:
        body = reply.body
        return {
            "app_id": text(body, "appId") or app_id,
            "service_principal": needed_text(body, "id"),
            "name": text(body, "displayName"),
            "enabled": flag(body, "accountEnabled"),
        }, reply
    except UnexpectedShape:
        return {}, reply.but(UNEXPECTED)


def _granted(assignments: Sequence[Object], reply: GraphReply) -> tuple[list[tuple[str, str]], GraphReply]:
    """Return the object id of the resource and the id of the role of each assignment."""
    if not reply.ok:
        return [], reply
    try:
        found = [(needed_text(one, "resourceId"), needed_text(one, "appRoleId")) for one in assignments]
    except UnexpectedShape:
        return [], reply.but(UNEXPECTED)
    return [(resource, role) for resource, role in found if role != _NO_ROLE], reply


def _dated(assignments: Sequence[Object]) -> dict[str, Fact]:
    moments = [one["createdDateTime"] for one in assignments if isinstance(one.get("createdDateTime"), str)]
    return {"granted_at": max(moments)} if moments else {}


def _role_names(reply: GraphReply, wanted: Sequence[str]) -> tuple[list[str], GraphReply]:
    """Return the names of roles; one that the resource does not know keeps its id."""
    if not reply.ok:
        return [], reply
    try:
        values = {text(role, "id"): text(role, "value") for role in objects(reply.body, "appRoles")}
        owner = "" if text(reply.body, "appId") == _GRAPH else f"{text(reply.body, 'displayName')}: "
    except UnexpectedShape:
        return [], reply.but(UNEXPECTED)
    return [owner + (values.get(role) or role) for role in wanted], reply
