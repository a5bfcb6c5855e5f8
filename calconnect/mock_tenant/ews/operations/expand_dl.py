"""ExpandDL: the direct members of a distribution list, public or private.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/expanddl-operation
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.items.people_codecs import mailbox_node
from calconnect.mock_tenant.ews.recipients import (
    address_element,
    demand_mailbox,
    find_recipient,
    mailbox_element,
    no_results,
)
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import item_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, m, text_of
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import Tree


def handle(request: Request) -> Element:
    """Answer the request."""

    def work(mailbox: Element) -> Iterable[Element]:
        demand_mailbox(request)
        item_id = find(mailbox, "ItemId")
        members = list(_private(request, item_id) if item_id is not None else _public(request, mailbox))
        yield m("DLExpansion", *members, TotalItemsInView=str(len(members)), IncludesLastItemInRange="true")

    named = find(request.body, "Mailbox")
    return for_each("ExpandDL", [] if named is None else [named], work)


def _public(request: Request, mailbox: Element) -> Iterator[Element]:
    directory = request.organization.directory
    group = find_recipient(directory, text_of(mailbox, "EmailAddress") or "")
    if group is None or not group.is_group:
        raise no_results()
    for address in group.members:
        member = directory.by_address(address)
        if member is None:
            yield address_element("Mailbox", address, address, "OneOff")
        else:
            yield mailbox_element(member)


def _private(request: Request, item_id: Element) -> Iterator[Element]:
    _, item, _ = item_of(request, item_id)
    if item.kind != "DistributionList":
        raise EwsError("ErrorInvalidItemForOperationExpandDL", "Only a distribution list can be expanded.")
    members = item.properties.get("Members")
    for member in members.children if isinstance(members, Tree) else ():
        mailbox = next((one for one in member.children if one.name == "Mailbox"), None)
        if mailbox is not None:
            texts = {one.name: one.text for one in mailbox.children}
            address = texts.get("EmailAddress") or texts.get("Name") or "unknown"
            yield address_element(
                "Mailbox", texts.get("Name") or address, address, texts.get("MailboxType") or "Mailbox"
            )


OPERATION = Operation(
    name="ExpandDL",
    request=m_node("ExpandDL", replace(mailbox_node(required=True), namespace=MESSAGES)),
    handle=handle,
)
