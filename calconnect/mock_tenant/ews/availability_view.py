"""Free/busy views as answers show them.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/freebusyview
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from calconnect.mock_tenant.ews.availability_request import FreeBusyQuery
from calconnect.mock_tenant.ews.moments import wall_time
from calconnect.mock_tenant.ews.xml import Element, flag, t
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.availability import BusySpan, Calendar, WorkingHours, merged
from calconnect.mock_tenant.state.bias_zone import BiasRule, bias_zone
from calconnect.mock_tenant.state.calendar import Occurrence
from calconnect.mock_tenant.state.ids import IdKind, ThingId
from calconnect.mock_tenant.state.mailbox import Mailbox

_DIGITS = {"Free": "0", "Tentative": "1", "Busy": "2", "OOF": "3", "WorkingElsewhere": "4", "NoData": "5"}
_OLD_DIGITS = {**_DIGITS, "WorkingElsewhere": "0", "NoData": "4"}
"""Before Exchange 2013: https://learn.microsoft.com/exchange/client-developer/web-service-reference/mergedfreebusy"""


def free_busy_view(calendar: Calendar, query: FreeBusyQuery, zone: tzinfo, *, version: str) -> Element:
    """Return ``m:FreeBusyView``'s content in an element of that name: as much as was asked for and may be told."""
    details = query.detailed and bool(calendar.rights & (Right.READ | Right.FREE_BUSY_DETAILS))
    kind = "MergedOnly"
    if query.events:
        kind = ("Detailed" if details else "FreeBusy") + ("Merged" if query.merged else "")
    return t(
        "FreeBusyView",
        t("FreeBusyViewType", text=kind),
        _merged(calendar.spans, query, version) if query.merged else None,
        _events(calendar, zone, details=details, version=version) if query.events and calendar.events else None,
        working_hours(calendar.mailbox, query.start) if query.events else None,
    )


def group_view(spans: list[BusySpan], query: FreeBusyQuery, *, version: str) -> Element:
    """Return the view of a group: the merged stream of all its members."""
    return t("FreeBusyView", t("FreeBusyViewType", text="MergedOnly"), _merged(spans, query, version))


def _merged(spans: list[BusySpan], query: FreeBusyQuery, version: str) -> Element:
    digits = _DIGITS if version >= "Exchange2013" else _OLD_DIGITS
    stream = merged(spans, query.start, query.end, query.minutes)
    return t("MergedFreeBusy", text="".join(digits.get(status, "2") for status in stream))


def busy_type(status: str, version: str) -> str:
    """Return a status in the words of a schema version."""
    return "Free" if status == "WorkingElsewhere" and version < "Exchange2013" else status


def _events(calendar: Calendar, zone: tzinfo, *, details: bool, version: str) -> Element:
    return t(
        "CalendarEventArray",
        *(
            t(
                "CalendarEvent",
                t("StartTime", text=wall_time(one.start, zone)),
                t("EndTime", text=wall_time(one.end, zone)),
                t("BusyType", text=busy_type(one.busy, version)),
                _details(calendar, one) if details else None,
            )
            for one in calendar.events
        ),
    )


def _details(calendar: Calendar, one: Occurrence) -> Element:
    """Return ``t:CalendarEventDetails``: of a private event without what it is about, unless that may be seen."""
    seen = calendar.sees_private or not one.is_private
    return t(
        "CalendarEventDetails",
        t("ID", text=_entry_id(calendar.mailbox, one)) if seen and Right.READ in calendar.rights else None,
        t("Subject", text=one.subject) if seen else None,
        t("Location", text=one.location) if seen else None,
        t("IsMeeting", text=flag(one.is_meeting)),
        t("IsRecurring", text=flag(one.is_recurring)),
        t("IsException", text=flag(one.exception is not None)),
        t("IsReminderSet", text=flag(one.reminder_is_set)),
        t("IsPrivate", text=flag(one.is_private)),
    )


def _entry_id(mailbox: Mailbox, one: Occurrence) -> str:
    """Return the entry id as hexadecimal text, as the availability service has it."""
    thing = mailbox.item_id(one.item)
    if one.index:
        thing = ThingId(IdKind.OCCURRENCE, mailbox.guid, one.item.number, one.index)
    return base64.b64decode(str(thing)).hex().upper()


def working_hours(mailbox: Mailbox, at: datetime) -> Element:
    """Return ``t:WorkingHours`` of a mailbox, with the rules that its time zone has at a moment."""
    zone = bias_zone(ZoneInfo(mailbox.recipient.time_zone), at.year)
    hours = WorkingHours()
    return t(
        "WorkingHours",
        t(
            "TimeZone",
            t("Bias", text=str(_minutes(zone.bias))),
            _rule("StandardTime", zone.standard),
            _rule("DaylightTime", zone.daylight),
        ),
        t(
            "WorkingPeriodArray",
            t(
                "WorkingPeriod",
                t("DayOfWeek", text=" ".join(hours.days)),
                t("StartTimeInMinutes", text=str(hours.start_minutes)),
                t("EndTimeInMinutes", text=str(hours.end_minutes)),
            ),
        ),
    )


def _rule(name: str, rule: BiasRule) -> Element:
    return t(
        name,
        t("Bias", text=str(_minutes(rule.bias))),
        t("Time", text=rule.at.isoformat(timespec="seconds")),
        t("DayOrder", text=str(rule.order)),
        t("Month", text=str(rule.month)),
        t("DayOfWeek", text=rule.weekday),
    )


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60
