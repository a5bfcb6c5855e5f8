"""Exchange Online's EWS by date: who is refused, and with which reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from calconnect.mock_tenant.state.online.directory import Licence
from calconnect.mock_tenant.state.online.ews import BLOCKED, DISABLED, ews_refusal
from calconnect.mock_tenant.state.online.policies import EwsSwitches
from tests.mock_tenant.online_halves import half_of, user

_APP = "aaaaaaaa-0000-0000-0000-00000000000A"
_OTHER = "aaaaaaaa-0000-0000-0000-00000000000b"
_DAYS = ("2026-09-15", "2026-11-22", "2027-03-31", "2027-04-02")


def on(day: str, *, hour: int = 12) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=hour)


def refusals(switches: EwsSwitches, **of_user: bool | Licence | None) -> list[str | None]:
    """Return the refusal on each of the four days."""
    who = user("ann", **of_user)  # type: ignore[arg-type]
    half = half_of([who])
    half.ews = switches
    return [ews_refusal(half, who, _APP, "client/1.0", on(day)) for day in _DAYS]


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        (EwsSwitches(), [None, DISABLED, DISABLED, DISABLED]),
        (EwsSwitches(rollout=date(2027, 1, 1)), [None, None, DISABLED, DISABLED]),
        (EwsSwitches(enabled=False), [DISABLED] * 4),
        (EwsSwitches(enabled=True), [None, BLOCKED, BLOCKED, DISABLED]),
        (EwsSwitches(enabled=True, allowed_apps=(_OTHER,)), [BLOCKED, BLOCKED, BLOCKED, DISABLED]),
        (EwsSwitches(enabled=True, allowed_apps=(_OTHER, _APP.lower())), [None, None, None, DISABLED]),
    ],
    ids=["never-set", "reached-later", "off", "on-without-a-list", "on-for-others", "on-for-it"],
)
def test_the_organisation_on_each_day(switches: EwsSwitches, expected: list[str | None]) -> None:
    assert refusals(switches) == expected


def test_the_mailbox_must_allow_it_too() -> None:
    listed = EwsSwitches(enabled=True, allowed_apps=(_APP,))
    assert refusals(listed, ews_enabled=False) == [DISABLED] * 4
    assert refusals(listed, ews_enabled=True) == [None, None, None, DISABLED]
    assert refusals(EwsSwitches(enabled=False), ews_enabled=True) == [DISABLED] * 4


@pytest.mark.parametrize("licence", list(Licence))
def test_front_line_licences_are_refused_since_the_end_of_june(licence: Licence) -> None:
    who = user("ann", licence=licence)
    half = half_of([who])
    half.ews = EwsSwitches(enabled=True, allowed_apps=(_APP,))
    assert ews_refusal(half, who, _APP, "", on("2026-06-29")) is None
    refused = licence in (Licence.F1, Licence.F3, Licence.KIOSK)
    assert ews_refusal(half, who, _APP, "", on("2026-06-30")) == (DISABLED if refused else None)


def test_the_last_moment() -> None:
    who = user("ann")
    half = half_of([who])
    half.ews = EwsSwitches(enabled=True, allowed_apps=(_APP,))
    end = on("2027-04-01", hour=0)
    assert ews_refusal(half, who, _APP, "", end - timedelta(seconds=1)) is None
    assert ews_refusal(half, who, _APP, "", end) == DISABLED


def test_a_list_is_followed_when_it_is_effective() -> None:
    who = user("ann")
    half = half_of([who])
    changed = on("2026-11-22")
    half.ews = EwsSwitches(enabled=True, allowed_apps=(_OTHER,), allowed_apps_effective=changed)
    assert ews_refusal(half, who, _APP, "", changed - timedelta(seconds=1)) is None
    assert ews_refusal(half, who, _APP, "", changed) == BLOCKED


@pytest.mark.parametrize(
    ("policy", "patterns", "agent", "refused"),
    [
        ("", (), "anything", False),
        ("EnforceAllowList", ("Calconnect/*",), "calconnect/1.0 (python)", False),
        ("EnforceAllowList", ("calconnect",), "calconnect/1.0", True),
        ("EnforceAllowList", (), "", True),
        ("EnforceBlockList", ("*python*",), "calconnect/1.0 (python)", True),
        ("EnforceBlockList", ("[a]?",), "ab", False),
        ("EnforceBlockList", ("[a]?",), "[a]?", True),
    ],
)
def test_the_policy_by_user_agent(policy: str, patterns: tuple[str, ...], agent: str, refused: bool) -> None:
    who = user("ann")
    half = half_of([who])
    half.ews = EwsSwitches(enabled=True, allowed_apps=(_APP,), access_policy=policy)
    half.ews.allow_list = half.ews.block_list = patterns
    assert (ews_refusal(half, who, _APP, agent, on("2026-11-22")) == BLOCKED) is refused
