"""GetServerTimeZones: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getservertimezones-operation"""

from __future__ import annotations

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.timezone_xml import write_definition
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import response, success
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, m
from calconnect.mock_tenant.state.timezones import WINDOWS_IDS, find_windows_id

_REQUEST = Node(
    "GetServerTimeZones",
    (Node("Ids", (Node("Id", many=True),), MESSAGES, required=False),),
    MESSAGES,
    attribute_values=(("ReturnFullTimeZoneData", frozenset({"true", "false", "1", "0"})),),
)


def handle(request: Request) -> Element:
    """Tell the zones asked for, or all; identifiers that are not known are left out."""
    wanted = find(request.body, "Ids")
    named = [find_windows_id((one.text or "").strip()) for one in elements(wanted)]
    ids = WINDOWS_IDS if wanted is None else [one for one in named if one is not None]
    full = request.body.get("ReturnFullTimeZoneData", "true") in ("true", "1")
    now = request.organization.now()
    definitions = (write_definition("TimeZoneDefinition", one, now, full=full) for one in ids)
    message = success("GetServerTimeZonesResponseMessage", m("TimeZoneDefinitions", *definitions))
    return response("GetServerTimeZones", [message])


OPERATION = Operation(name="GetServerTimeZones", request=_REQUEST, handle=handle)
