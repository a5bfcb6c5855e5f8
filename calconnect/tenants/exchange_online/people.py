"""Questions about people and groups in Entra's directory.

Sources: https://learn.microsoft.com/graph/api/user-get, https://learn.microsoft.com/graph/api/user-list-licensedetails,
https://learn.microsoft.com/graph/api/user-list-transitivememberof,
https://learn.microsoft.com/graph/api/group-list-transitivemembers
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from calconnect.evidence.observation import Fact, Observation
from calconnect.tenants.exchange_online.answers import GraphReply, GraphRequest
from calconnect.tenants.exchange_online.asking import Asking, is_address, literal, segment
from calconnect.tenants.exchange_online.batch import ask_many
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.paging import UNEXPECTED, all_pages, all_pages_of_many
from calconnect.tenants.exchange_online.shapes import (
    Object,
    UnexpectedShape,
    flag,
    items,
    needed_text,
    objects,
    text,
)

_USER = "id,userPrincipalName,mail,accountEnabled,onPremisesSyncEnabled,assignedPlans"
_BEST_FIRST = ("enabled", "warning", "suspended", "lockedout", "deleted")
_GROUP_TYPE = "#microsoft.graph.group"
_USER_TYPE = "#microsoft.graph.user"
NO_GROUP = "no-such-group"
SEVERAL_GROUPS = "several-groups"


def users(asking: Asking, addresses: Sequence[str]) -> Iterator[Observation]:
    """Look users up: see the interface. Who is not found by the address is looked for among all addresses; details
    beside the interface's: ``found_by`` (``user-principal-name`` | ``address``)."""
    operation = "GET /users/{address}"
    known = [address for address in addresses if is_address(address)]
    found = dict(zip(known, look_up(asking, known), strict=True))
    held = {address: text(reply.body, "id") for address, (reply, _) in found.items() if _has_id(reply)}
    licences = [
        GraphRequest(f"/users/{segment(user_id)}/licenseDetails?$select=servicePlans") for user_id in held.values()
    ]
    plans = dict(zip(held, ask_many(asking.session, licences), strict=True)) if licences else {}
    for address in addresses:
        if address not in found:
            yield asking.not_asked(("online-user", operation, address))
            continue
        reply, found_by = found[address]
        names = _plan_names(plans.get(address))

        def read(body: Object, names: list[str] | None = names, found_by: str = found_by) -> dict[str, Fact]:
            details = _user(body)
            details["found_by"] = found_by
            if names is not None:
                details["plan_names"] = names
            return details

        yield asking.observe(("online-user", operation, address), reply, read)


def look_up(asking: Asking, addresses: Sequence[str]) -> list[tuple[GraphReply, str]]:
    """Return the reply about each user, and what the user was found by: ``user-principal-name`` or ``address``."""
    asked = [GraphRequest(f"/users/{segment(address)}?$select={_USER}") for address in addresses]
    replies = ask_many(asking.session, asked)
    missed = [address for address, reply in zip(addresses, replies, strict=True) if _unknown(reply)]
    others = _search(asking, missed)
    return [
        (others[address], "address") if address in others else (reply, "user-principal-name")
        for address, reply in zip(addresses, replies, strict=True)
    ]


def _search(asking: Asking, addresses: Sequence[str]) -> dict[str, GraphReply]:
    """Return the reply about each user who has one of the addresses: the directory finds users by their names alone."""
    searches = [
        GraphRequest(
            f"/users?$filter=mail%20eq%20{literal(address)}%20or%20"
            f"proxyAddresses/any(p:p%20eq%20{literal(f'smtp:{address}')})&$select={_USER}"
        )
        for address in addresses
    ]
    found = {}
    for address, reply in zip(addresses, ask_many(asking.session, searches), strict=True):
        other = _only_one(reply)
        if other is not None:
            found[address] = other
    return found


def _unknown(reply: GraphReply) -> bool:
    return reply.reply.answer.status == 404


def _only_one(reply: GraphReply) -> GraphReply | None:
    """Return a reply about a page of one user as one about that user; None if it is none."""
    if not reply.ok:
        return None
    try:
        found = items(reply.body)
    except UnexpectedShape:
        return None
    return replace(reply, body=found[0]) if len(found) == 1 else None


def _has_id(reply: GraphReply) -> bool:
    try:
        return reply.ok and bool(text(reply.body, "id"))
    except UnexpectedShape:
        return False


def _user(body: Object) -> dict[str, Fact]:
    states = {
        text(plan, "capabilityStatus").lower()
        for plan in objects(body, "assignedPlans")
        if text(plan, "service").lower() == "exchange"
    }
    best = next((state for state in _BEST_FIRST if state in states), min(states, default="none"))
    return {
        "user_id": needed_text(body, "id"),
        "user_principal_name": text(body, "userPrincipalName"),
        "primary_smtp": text(body, "mail"),
        "enabled": flag(body, "accountEnabled"),
        "synced": bool(flag(body, "onPremisesSyncEnabled")),
        "exchange_plan": best,
    }


def _plan_names(reply: GraphReply | None) -> list[str] | None:
    if reply is None or not reply.ok:
        return None
    try:
        plans = [plan for licence in items(reply.body) for plan in objects(licence, "servicePlans")]
        return sorted({text(plan, "servicePlanName") for plan in plans} - {""})
    except UnexpectedShape:
        return None


def directory_roles(asking: Asking, addresses: Sequence[str]) -> Iterator[Observation]:
    """List directory roles, those by way of groups too: see the interface."""
    operation = "GET /users/{address}/transitiveMemberOf/microsoft.graph.directoryRole"
    known = [address for address in addresses if is_address(address)]
    found = dict(zip(known, all_pages_of_many(asking.session, [_roles_of(one) for one in known]), strict=True))
    others = _search(asking, [address for address, pages in found.items() if _unknown(pages.reply)])
    ids = {address: text(reply.body, "id") for address, reply in others.items() if _has_id(reply)}
    again = all_pages_of_many(asking.session, [_roles_of(user_id) for user_id in ids.values()])
    found.update(zip(ids, again, strict=True))
    for address in addresses:
        if address not in found:
            yield asking.not_asked(("directory-roles", operation, address))
            continue
        roles = found[address].items

        def read(_: Object, roles: Sequence[Object] = roles) -> dict[str, Fact]:
            named = sorted((text(role, "displayName"), text(role, "roleTemplateId")) for role in roles)
            return {"roles": [name for name, _ in named], "templates": [template for _, template in named]}

        yield asking.observe(("directory-roles", operation, address), found[address].reply, read)


def _roles_of(user: str) -> GraphRequest:
    cast = "transitiveMemberOf/microsoft.graph.directoryRole"
    return GraphRequest(f"/users/{segment(user)}/{cast}?$select=id,displayName,roleTemplateId")


def group_members(asking: Asking, group: str) -> Iterator[Observation]:
    """List a group's members, direct and all: see the interface."""
    operation = "GET /groups"
    if not is_address(group):
        yield asking.not_asked(("graph-group", operation, group))
        return
    select = "id,mail,mailEnabled,securityEnabled"
    reply = asking.session.ask(
        GraphRequest(
            f"/groups?$filter=mail%20eq%20{literal(group)}%20or%20"
            f"proxyAddresses/any(p:p%20eq%20{literal(f'smtp:{group}')})&$select={select}"
        )
    )
    facts, reply = _group(reply)
    yield asking.observe(("graph-group", operation, group), reply, facts)
    group_id = facts.get("group_id")
    if not reply.ok or not isinstance(group_id, str):
        return
    for kind, name in (("members", "direct"), ("transitiveMembers", "transitive")):
        pages = all_pages(
            asking.session,
            GraphRequest(f"/groups/{segment(group_id)}/{kind}?$select=id,mail,userPrincipalName&$top=999"),
        )
        reply = pages.reply
        if reply.ok:
            try:
                facts = {**facts, **_members(name, pages.items)}
            except UnexpectedShape:
                reply = reply.but(UNEXPECTED)
        yield asking.observe(("graph-group", f"GET /groups/{{id}}/{kind}", group), reply, facts)
        if not reply.ok:
            return


def _group(reply: GraphReply) -> tuple[dict[str, Fact], GraphReply]:
    if not reply.ok:
        return {}, reply
    try:
        found = items(reply.body)
        if len(found) != 1:
            return {}, reply.but(SEVERAL_GROUPS if found else NO_GROUP)
        one = found[0]
        return {
            "group_id": needed_text(one, "id"),
            "mail_enabled": flag(one, "mailEnabled"),
            "security_enabled": flag(one, "securityEnabled"),
        }, reply
    except UnexpectedShape:
        return {}, reply.but(UNEXPECTED)


def _members(name: str, members: Sequence[Object]) -> dict[str, Fact]:
    addresses = [
        text(one, "mail") or text(one, "userPrincipalName") for one in members if text(one, "@odata.type") == _USER_TYPE
    ]
    facts: dict[str, Fact] = {name: [address for address in addresses if address]}
    if name == "direct":
        facts["groups"] = sum(text(one, "@odata.type") == _GROUP_TYPE for one in members)
    return facts


def some_users(asking: Asking, count: int) -> Observation:
    """List users with a mail address: see the interface. Only those who are enabled and have an Exchange plan."""
    mailboxes: list[str] = []
    request = GraphRequest(
        f"/users?$select=id,mail,accountEnabled,assignedPlans&$top={max(1, min(limits().page_size, 4 * count))}"
    )
    pages = all_pages(asking.session, request, enough=4 * count)

    def read(_: Object) -> dict[str, Fact]:
        for one in pages.items:
            usable = flag(one, "accountEnabled") is not False and _user(one)["exchange_plan"] == "enabled"
            if usable and text(one, "mail"):
                mailboxes.append(text(one, "mail"))
        return {"mailboxes": mailboxes[:count], "complete": pages.complete and len(mailboxes) <= count}

    return asking.observe(("graph-some-users", "GET /users", ""), pages.reply, read)
