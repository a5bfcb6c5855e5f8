"""GetRoomLists: the distribution groups that hold rooms.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/getroomlists-operation
"""

from __future__ import annotations

from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.recipients import demand_mailbox, mailbox_element
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import failure, success
from calconnect.mock_tenant.ews.xml import Element, m
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.errors import EwsError


def handle(request: Request) -> Element:
    """Answer the request: the response itself is the message."""
    try:
        demand_mailbox(request)
    except EwsError as error:
        return failure("GetRoomListsResponse", error)
    lists = [one for one in request.organization.directory if one.kind is RecipientKind.ROOM_LIST and not one.hidden]
    return success("GetRoomListsResponse", m("RoomLists", *(mailbox_element(one, "Address") for one in lists)))


OPERATION = Operation(name="GetRoomLists", request=m_node("GetRoomLists"), handle=handle)
