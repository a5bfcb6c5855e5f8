"""CreateItem: create the test event: marked, free, no attendees, no reminder, nobody told.

Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/createitem-operation-calendar-item
"""

from __future__ import annotations

from calconnect.tenants.common.mark import SUBJECT
from calconnect.tenants.thin.ews.envelope import Dialect, Template, calendar_of_mailbox, mailbox_envelope
from calconnect.tenants.thin.ews.mark_property import MARK_URI

OPERATION = "CreateItem"

_SINCE_2010 = 14


def create_event(dialect: Dialect) -> Template:
    """Return the request to create an event with ``{mark}`` from ``{start}`` to ``{end}`` in ``{mailbox}``."""
    zone = '<t:MeetingTimeZone Id="UTC"/>'
    if dialect.generation >= _SINCE_2010:
        zone = '<t:StartTimeZone Id="UTC"/><t:EndTimeZone Id="UTC"/>'
    return mailbox_envelope(
        dialect,
        '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone">'
        f"<m:SavedItemFolderId>{calendar_of_mailbox()}</m:SavedItemFolderId><m:Items><t:CalendarItem>"
        f"<t:Subject>{SUBJECT}</t:Subject><t:Sensitivity>Normal</t:Sensitivity><t:Importance>Normal</t:Importance>"
        "<t:ReminderIsSet>0</t:ReminderIsSet><t:ReminderMinutesBeforeStart>0</t:ReminderMinutesBeforeStart>"
        f"<t:ExtendedProperty>{MARK_URI}<t:Value>{{mark}}</t:Value></t:ExtendedProperty>"
        "<t:Start>{start}</t:Start><t:End>{end}</t:End><t:IsAllDayEvent>0</t:IsAllDayEvent>"
        f"<t:LegacyFreeBusyStatus>Free</t:LegacyFreeBusyStatus>{zone}</t:CalendarItem></m:Items></m:CreateItem>",
    )
