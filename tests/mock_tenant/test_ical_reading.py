"""Calendar items out of iCalendar: what a client wrote is what is stored, or it is refused."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from calconnect.mock_tenant.ews.items.ical_reading import read_event, recurrence_of
from calconnect.mock_tenant.state.errors import EwsError

START = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=12",
        "FREQ=WEEKLY;COUNT=4",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,FR;COUNT=15;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;COUNT=15;WKST=MO",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270330T090000Z",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270330",
        "FREQ=MONTHLY;BYMONTHDAY=24;COUNT=9",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=4TU;COUNT=9",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=4;COUNT=9",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=9",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;COUNT=9",
        "FREQ=YEARLY;COUNT=3",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4TU;COUNT=5",
    ],
)
def test_a_rule_gives_the_dates_that_dateutil_gives(rule: str) -> None:
    until = rule.partition("UNTIL=")[2]
    # dateutil wants UNTIL in UTC where the start has a zone.
    expected_rule = rule.replace(until, "20270330T235959Z") if until else rule
    expected = [one.date() for one in itertools.islice(rrulestr(expected_rule, dtstart=START), 15)]
    recurrence = recurrence_of(rule, START)
    ours = [day for _, day in itertools.islice(recurrence.from_date(START.date()), 15)]
    assert ours == expected


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=YEARLY;INTERVAL=4",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=WEEKLY;COUNT=3;UNTIL=20270101",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=WEEKLY;BYDAY=XX",
        "COUNT=3",
        "nonsense",
        "",
    ],
)
def test_what_exchange_cannot_hold_is_refused(rule: str) -> None:
    with pytest.raises(EwsError) as caught:
        recurrence_of(rule, START)
    assert caught.value.code == "ErrorContentConversionFailed"


def event(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]).encode()


def test_texts_times_and_status() -> None:
    values = read_event(
        event(
            "UID:one@test",
            "SUMMARY:Interview\\, second\\nround",
            "LOCATION:Room 1.04",
            "DTSTART;TZID=Europe/London:20261124T100000",
            "DTEND;TZID=Europe/London:20261124T110000",
            "CLASS:PRIVATE",
            "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
            "BEGIN:VALARM",
            "DESCRIPTION:of the alarm",
            "END:VALARM",
        )
    )
    assert values["Subject"] == "Interview, second\nround"
    assert values["Start"] == START.astimezone(UTC)
    assert (values["LegacyFreeBusyStatus"], values["Sensitivity"]) == ("OOF", "Private")
    assert values["StartTimeZone"].windows_id == "GMT Standard Time"
    assert "Body" not in values


@pytest.mark.parametrize(("transparency", "status"), [("TRANSPARENT", "Free"), ("OPAQUE", "Busy")])
def test_transparency_is_the_status_where_no_other_is_given(transparency: str, status: str) -> None:
    assert read_event(event(f"TRANSP:{transparency}"))["LegacyFreeBusyStatus"] == status


def test_an_all_day_event_without_an_end_lasts_one_day() -> None:
    values = read_event(event("DTSTART;VALUE=DATE:20261124"))
    assert values["IsAllDayEvent"] is True
    assert (values["End"] - values["Start"]).days == 1


@pytest.mark.parametrize("line", ["DTSTART:yesterday", "RDATE:20261201T100000Z", "EXDATE:20261201T100000Z"])
def test_what_cannot_be_taken_in_is_refused(line: str) -> None:
    with pytest.raises(EwsError):
        read_event(event("DTSTART:20261124T100000Z", line))


def test_what_is_no_calendar_is_refused() -> None:
    with pytest.raises(EwsError):
        read_event(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR")
