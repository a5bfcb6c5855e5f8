"""SetUserOofSettings: https://learn.microsoft.com/exchange/client-developer/web-service-reference/setuseroofsettings-operation"""

from __future__ import annotations

from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.oof import MAILBOX, SETTINGS, demand_own_mailbox, read_settings
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import failure, success
from calconnect.mock_tenant.ews.xml import Element, find, m
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.oof import set_oof_settings


def handle(request: Request) -> Element:
    """Answer the request."""
    wanted = find(request.body, "UserOofSettings")
    if wanted is None:
        raise ValueError("the grammar lets no request without settings through")
    settings = read_settings(wanted)
    try:
        set_oof_settings(demand_own_mailbox(request), settings)
    except EwsError as error:
        return m("SetUserOofSettingsResponse", failure("ResponseMessage", error))
    return m("SetUserOofSettingsResponse", success("ResponseMessage"))


OPERATION = Operation(
    name="SetUserOofSettingsRequest", request=m_node("SetUserOofSettingsRequest", MAILBOX, SETTINGS), handle=handle
)
