"""GetUserAvailability: when many mailboxes are busy, in one request.

Source: https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from calconnect.tenants.thin.ews.envelope import Dialect, Template, moment, plain_envelope

OPERATION = "GetUserAvailability"

_PERSON = Template(
    "<t:MailboxData><t:Email><t:Address>{mailbox}</t:Address><t:RoutingType>SMTP</t:RoutingType></t:Email>"
    "<t:AttendeeType>Required</t:AttendeeType><t:ExcludeConflicts>0</t:ExcludeConflicts></t:MailboxData>"
)
_PEOPLE = b"<m:MailboxDataArray/>"
_UTC = "".join(
    f"<t:{change}><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>{order}</t:DayOrder><t:Month>{month}</t:Month>"
    f"<t:DayOfWeek>Sunday</t:DayOfWeek></t:{change}>"
    for change, order, month in (("StandardTime", 1, 11), ("DaylightTime", 2, 3))
)
"""Changes of the clock, which the operation asks for, that change nothing."""


class AvailabilityRequest:
    """The request for the busy times of any mailboxes between two moments; times alone, no subjects."""

    def __init__(self, dialect: Dialect, start: datetime, end: datetime) -> None:
        """Write everything but the mailboxes."""
        envelope = plain_envelope(
            dialect,
            f"<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>0</t:Bias>{_UTC}</t:TimeZone>{_PEOPLE.decode()}"
            f"<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>{moment(start)}</t:StartTime>"
            f"<t:EndTime>{moment(end)}</t:EndTime></t:TimeWindow>"
            "<t:MergedFreeBusyIntervalInMinutes>30</t:MergedFreeBusyIntervalInMinutes>"
            "<t:RequestedView>FreeBusy</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>",
        )
        self._before, self._after = envelope.fill().split(_PEOPLE)

    def of(self, mailboxes: Sequence[str]) -> bytes:
        """Return the request for ``mailboxes``, in their order."""
        people = b"".join(_PERSON.fill(mailbox=mailbox) for mailbox in mailboxes)
        return b"%b<m:MailboxDataArray>%b</m:MailboxDataArray>%b" % (self._before, people, self._after)
