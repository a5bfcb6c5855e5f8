"""GetRooms: the rooms of a room list.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getrooms-operation
"""

from __future__ import annotations

from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.items.people_codecs import mailbox_node
from calconnect.mock_tenant.ews.recipients import demand_mailbox, find_recipient, mailbox_element, no_results
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import failure, success
from calconnect.mock_tenant.ews.xml import Element, m, t, text_of
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.errors import EwsError


def handle(request: Request) -> Element:
    """Answer the request: the response itself is the message."""
    try:
        return success("GetRoomsResponse", _rooms(request))
    except EwsError as error:
        return failure("GetRoomsResponse", error)


def _rooms(request: Request) -> Element:
    """Return ``m:Rooms``.

    Raises:
        EwsError: ``ErrorNameResolutionNoResults``: there is no such group, or it is not a room list;
            ``ErrorNameResolutionNoMailbox``.
    """
    demand_mailbox(request)
    directory = request.organization.directory
    room_list = find_recipient(directory, text_of(request.body, "RoomList", "EmailAddress") or "")
    if room_list is None or room_list.kind is not RecipientKind.ROOM_LIST:
        raise no_results()
    members = (directory.by_address(address) for address in room_list.members)
    rooms = [one for one in members if one is not None and one.kind is RecipientKind.ROOM]
    return m("Rooms", *(t("Room", mailbox_element(room, "Id")) for room in rooms))


_ADDRESS = mailbox_node(required=True).children or ()
OPERATION = Operation(name="GetRooms", request=m_node("GetRooms", m_node("RoomList", *_ADDRESS)), handle=handle)
