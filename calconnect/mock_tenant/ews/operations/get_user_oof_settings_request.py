"""GetUserOofSettings: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseroofsettings-operation"""

from __future__ import annotations

from calconnect.mock_tenant.ews.grammar import m_node
from calconnect.mock_tenant.ews.oof import MAILBOX, demand_own_mailbox, write_settings
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import failure, success
from calconnect.mock_tenant.ews.xml import Element, m
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.oof import oof_settings


def handle(request: Request) -> Element:
    """Answer the request: one message, and beside it the settings."""
    try:
        settings = oof_settings(demand_own_mailbox(request))
    except EwsError as error:
        return m("GetUserOofSettingsResponse", failure("ResponseMessage", error))
    return m(
        "GetUserOofSettingsResponse",
        success("ResponseMessage"),
        write_settings(settings),
        m("AllowExternalOof", text="All"),
    )


OPERATION = Operation(
    name="GetUserOofSettingsRequest", request=m_node("GetUserOofSettingsRequest", MAILBOX), handle=handle
)
