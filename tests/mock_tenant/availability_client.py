"""GetUserAvailability requests, for the tests of availability."""

from __future__ import annotations

from tests.mock_tenant.raw_client import Answer, RawClient

BERLIN = """
<t:TimeZone><t:Bias>-60</t:Bias>
<t:StandardTime><t:Bias>0</t:Bias><t:Time>03:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>10</t:Month>
<t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>
<t:DaylightTime><t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>3</t:Month>
<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>"""
UTC_ZONE = """
<t:TimeZone><t:Bias>0</t:Bias>
<t:StandardTime><t:Bias>0</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>1</t:DayOrder><t:Month>3</t:Month>
<t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>
<t:DaylightTime><t:Bias>0</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>1</t:DayOrder><t:Month>10</t:Month>
<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>"""


def mailboxes(*addresses: str, kind: str = "Required", exclude: str = "false") -> str:
    return "".join(
        f"<t:MailboxData><t:Email><t:Address>{address}</t:Address></t:Email><t:AttendeeType>{kind}</t:AttendeeType>"
        f"<t:ExcludeConflicts>{exclude}</t:ExcludeConflicts></t:MailboxData>"
        for address in addresses
    )


def free_busy(start: str, end: str, view: str = "DetailedMerged", minutes: str = "60") -> str:
    return (
        f"<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime>"
        f"</t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>{minutes}</t:MergedFreeBusyIntervalInMinutes>"
        f"<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions>"
    )


def suggestions(start: str, end: str, before: str = "", after: str = "") -> str:
    return (
        f"<t:SuggestionsViewOptions>{before}<t:DetailedSuggestionsWindow><t:StartTime>{start}</t:StartTime>"
        f"<t:EndTime>{end}</t:EndTime></t:DetailedSuggestionsWindow>{after}</t:SuggestionsViewOptions>"
    )


def availability(
    soap: RawClient, asked: str, options: str, *, zone: str = UTC_ZONE, **named: str | tuple[str, str]
) -> Answer:
    return soap(
        f"<m:GetUserAvailabilityRequest>{zone}<m:MailboxDataArray>{asked}</m:MailboxDataArray>{options}"
        "</m:GetUserAvailabilityRequest>",
        **named,  # type: ignore[arg-type]
    )
