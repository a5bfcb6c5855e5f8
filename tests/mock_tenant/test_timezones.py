"""Time zones: the two names of each, the rules of its clock, and definitions as clients send and read them."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from exchangelib import winzone
from lxml import etree

from calconnect.mock_tenant.ews.items.codecs import Wire
from calconnect.mock_tenant.ews.items.timezone_xml import (
    MeetingZoneCodec,
    read_definition,
    read_duration,
    write_definition,
    write_duration,
)
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.timezones import (
    WINDOWS_IDS,
    ClockChange,
    YearRules,
    display_name,
    find_by_rules,
    iana_to_windows,
    windows_to_iana,
    year_rules,
    zone_named,
)
from tests.mock_tenant.raw_client import NS, RawClient

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RENAMED = {
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Nuuk": "America/Godthab",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Europe/Kyiv": "Europe/Kiev",
}
"""Newer names of zones, and those that CLDR's table keeps."""


def element(text: str) -> etree._Element:
    return etree.fromstring(f'<r xmlns:t="{NS["t"]}">{text}</r>')[0]


def test_the_pairs_are_those_of_cldr() -> None:
    golden = {
        windows: iana for iana, (windows, territory) in winzone.CLDR_TO_MS_TIMEZONE_MAP.items() if territory == "001"
    }
    ours = {windows: windows_to_iana(windows) for windows in WINDOWS_IDS}
    assert {windows: RENAMED.get(iana or "", iana) for windows, iana in ours.items()} == golden


def test_both_directions_agree() -> None:
    for windows in WINDOWS_IDS:
        iana = windows_to_iana(windows)
        assert iana is not None
        assert iana_to_windows(iana) == windows


def test_every_other_zone_gets_one_that_keeps_the_same_clock() -> None:
    at = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13)]
    for name in sorted(zoneinfo.available_timezones() & set(winzone.CLDR_TO_MS_TIMEZONE_MAP)):
        windows = iana_to_windows(name)
        if windows == winzone.CLDR_TO_MS_TIMEZONE_MAP[name][0]:
            continue
        other = ZoneInfo(windows_to_iana(windows) or "")
        ours = [moment.astimezone(ZoneInfo(name)).utcoffset() for moment in at]
        assert ours == [moment.astimezone(other).utcoffset() for moment in at], name


def test_names_are_found_without_case_and_unknown_ones_are_not() -> None:
    assert windows_to_iana("w. europe standard time") == "Europe/Berlin"
    assert windows_to_iana("Mars Standard Time") is None
    assert iana_to_windows("Mars/Olympus") == "UTC"
    assert zone_named("Europe/Rome") == ZoneInfo("Europe/Rome")
    assert zone_named("Romance Standard Time") == ZoneInfo("Europe/Paris")
    assert zone_named("../../etc/passwd") is None


def moment_of(change: ClockChange, year: int, offset: timedelta) -> datetime:
    """Return when a rule lets the clock change, in UTC."""
    if change.occurrence == -1:
        day = datetime(year + change.month // 12, change.month % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)
        day -= timedelta(days=(day.weekday() - change.weekday) % 7)
    else:
        day = datetime(year, change.month, 1, tzinfo=UTC)
        day += timedelta(days=(change.weekday - day.weekday()) % 7 + 7 * (change.occurrence - 1))
    return day + change.time - offset


@pytest.mark.parametrize("year", [2024, 2026, 2027])
def test_the_rules_change_the_clock_when_it_changes(year: int) -> None:
    changing = 0
    for windows in WINDOWS_IDS:
        iana = windows_to_iana(windows) or ""
        rules = year_rules(iana, year)
        if rules.daylight is None:
            continue
        assert rules.to_daylight is not None
        assert rules.to_standard is not None
        changing += 1
        second = timedelta(seconds=1)
        forward = moment_of(rules.to_daylight, year, rules.standard)
        back = moment_of(rules.to_standard, year, rules.daylight)
        zone = ZoneInfo(iana)
        assert (forward - second).astimezone(zone).utcoffset() == rules.standard, windows
        assert forward.astimezone(zone).utcoffset() == rules.daylight, windows
        assert (back - second).astimezone(zone).utcoffset() == rules.daylight, windows
        assert back.astimezone(zone).utcoffset() == rules.standard, windows
    assert changing > 30


def test_well_known_rules() -> None:
    assert year_rules("America/New_York", 2026) == YearRules(
        timedelta(hours=-5),
        timedelta(hours=-4),
        ClockChange(3, 6, 2, timedelta(hours=2)),
        ClockChange(11, 6, 1, timedelta(hours=2)),
    )
    assert year_rules("Europe/Berlin", 2026).to_standard == ClockChange(10, 6, -1, timedelta(hours=3))
    assert year_rules("Asia/Tokyo", 2026) == YearRules(timedelta(hours=9))


@pytest.mark.parametrize(
    ("windows", "shown"),
    [
        ("W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"),
        ("Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)"),
        ("India Standard Time", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"),
        ("Morocco Standard Time", "(UTC+01:00) Casablanca"),
        ("UTC", "(UTC) Coordinated Universal Time"),
    ],
)
def test_display_names_are_those_of_windows(windows: str, shown: str) -> None:
    for month in (1, 7):
        assert display_name(windows, datetime(2026, month, 1, tzinfo=UTC)) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(hours=5), "PT5H"),
        (-timedelta(hours=5, minutes=30), "-PT5H30M"),
        (timedelta(), "PT0S"),
        (timedelta(hours=2, minutes=45, seconds=7), "PT2H45M7S"),
    ],
)
def test_durations(value: timedelta, text: str) -> None:
    assert write_duration(value) == text
    assert read_duration(text) == value


@pytest.mark.parametrize("text", ["5H", "", "PT5", "P1Y", "-5"])
def test_what_is_no_duration(text: str) -> None:
    assert read_duration(text) is None


@pytest.mark.parametrize("windows", WINDOWS_IDS)
def test_a_definition_is_recognised_by_its_rules_alone(windows: str) -> None:
    written = write_definition("TimeZoneDefinition", windows, NOW)
    written.attrib.pop("Id")
    found = read_definition(written, NOW.year)
    assert year_rules(found.zone.key, NOW.year) == year_rules(windows_to_iana(windows) or "", NOW.year)


def test_a_definition_by_its_name() -> None:
    assert (
        read_definition(element('<t:StartTimeZone Id="tokyo standard time"/>'), 2026).windows_id
        == "Tokyo Standard Time"
    )


@pytest.mark.parametrize("text", ['<t:StartTimeZone Id="Mars"/>', "<t:StartTimeZone/>"])
def test_a_definition_that_says_nothing(text: str) -> None:
    with pytest.raises(EwsError) as caught:
        read_definition(element(text), 2026)
    assert caught.value.code == "ErrorCalendarInvalidTimeZone"


def test_rules_that_no_zone_keeps_fall_back_to_the_offset() -> None:
    assert find_by_rules(YearRules(timedelta(hours=3, minutes=17)), 2026) is None
    odd = element(
        '<t:StartTimeZone><t:Periods><t:Period Bias="-PT9H" Name="Standard" Id="s"/></t:Periods>'
        '<t:TransitionsGroups><t:TransitionsGroup Id="0"><t:Transition><t:To Kind="Period">s</t:To></t:Transition>'
        '</t:TransitionsGroup></t:TransitionsGroups><t:Transitions><t:Transition><t:To Kind="Group">0</t:To>'
        "</t:Transition></t:Transitions></t:StartTimeZone>"
    )
    assert year_rules(read_definition(odd, 2026).zone.key, 2026).standard == timedelta(hours=9)


def test_the_meeting_time_zone_of_exchange_2007() -> None:
    codec, wire = MeetingZoneCodec(), Wire(NOW)
    assert codec.read(element('<t:MeetingTimeZone TimeZoneName="Romance Standard Time"/>'), wire).windows_id == (
        "Romance Standard Time"
    )
    by_rules = element(
        "<t:MeetingTimeZone><t:BaseOffset>PT5H</t:BaseOffset>"
        "<t:Standard><t:Offset>PT0H</t:Offset><t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
        "<t:DayOfWeekIndex>First</t:DayOfWeekIndex><t:Month>November</t:Month></t:RelativeYearlyRecurrence>"
        "<t:Time>02:00:00.0000000</t:Time></t:Standard>"
        "<t:Daylight><t:Offset>-PT1H</t:Offset><t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
        "<t:DayOfWeekIndex>Second</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence>"
        "<t:Time>02:00:00.0000000</t:Time></t:Daylight></t:MeetingTimeZone>"
    )
    assert codec.read(by_rules, wire).windows_id == "Eastern Standard Time"


GET_ZONES = '<m:GetServerTimeZones ReturnFullTimeZoneData="{full}">{ids}</m:GetServerTimeZones>'


def test_all_zones_in_full(soap: RawClient) -> None:
    answer = soap(GET_ZONES.format(full="true", ids=""))
    definitions = answer.all("//t:TimeZoneDefinition")
    assert [one.get("Id") for one in definitions] == list(WINDOWS_IDS)
    for one in definitions:
        assert one.findall("t:Periods/t:Period", NS)
        groups = one.findall("t:TransitionsGroups/t:TransitionsGroup", NS)
        assert all(len(group) in (1, 2) for group in groups)
        assert len(one.findall("t:Transitions/*", NS)) == len(groups)


def test_some_zones_by_name_only(soap: RawClient) -> None:
    ids = "<m:Ids><t:Id>Tokyo Standard Time</t:Id><t:Id>Nowhere</t:Id></m:Ids>"
    answer = soap(GET_ZONES.format(full="false", ids=ids))
    (only,) = answer.all("//t:TimeZoneDefinition")
    assert only.get("Name") == "(UTC+09:00) Osaka, Sapporo, Tokyo"
    assert len(only) == 0
