"""Time zones in the MIME content of calendar items. DavMail refuses to write events where there is none."""

from __future__ import annotations

import pytest

from calconnect.mock_tenant.ews.items.ical_timezone import timezone_lines


def test_a_zone_whose_clock_changes() -> None:
    assert timezone_lines("W. Europe Standard Time", "Europe/Berlin", 2026) == [
        "BEGIN:VTIMEZONE",
        "TZID:W. Europe Standard Time",
        "BEGIN:STANDARD",
        "DTSTART:16010101T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:16010101T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
    ]


@pytest.mark.parametrize(
    ("name", "iana", "offset"),
    [
        ("UTC", "UTC", "+0000"),
        ("India Standard Time", "Asia/Kolkata", "+0530"),
        ("Hawaiian Standard Time", "Pacific/Honolulu", "-1000"),
    ],
)
def test_zones_whose_clock_does_not(name: str, iana: str, offset: str) -> None:
    lines = timezone_lines(name, iana, 2026)
    assert lines.count(f"TZOFFSETTO:{offset}") == 1
    assert "BEGIN:DAYLIGHT" not in lines
    assert not any(line.startswith("RRULE") for line in lines)
