"""Access that was agreed to be less than full: what is judged, what is tried, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from calconnect.acceptance.targets import MAILBOXES_TRIED
from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.observation import Mode
from calconnect.reporting.summary import settings_summary
from calconnect.settings.model import AccessLevel, LimitSettings
from tests.acceptance.fake_tenant import GROUP, OUTSIDER, TRIAL, USERS, FakeTenant, make_settings
from tests.acceptance.suite_run import run

FULL, CALENDARS, TIMES = AccessLevel.FULL, AccessLevel.CALENDAR_ONLY, AccessLevel.FREE_BUSY

BY_LEVEL = {
    "IMP-01v1": {FULL},
    "IMP-02v1": {FULL},
    "IMP-03v1": {FULL},
    "IMP-06v1": {FULL, CALENDARS, TIMES},
    "IMP-07v1": {FULL, CALENDARS, TIMES},
    "OPS-01v1": {FULL, CALENDARS},
    "OPS-02v1": {CALENDARS},
    "OPS-03v1": {TIMES},
    "OPS-06v1": {FULL, CALENDARS},
    "SEC-02v1": {CALENDARS, TIMES},
}
"""The levels at which a requirement applies."""


@pytest.mark.parametrize("level", list(AccessLevel))
def test_what_applies_passes_where_as_much_as_was_agreed_is_granted(tmp_path: Path, level: AccessLevel) -> None:
    outcome = run(make_settings(tmp_path, access=level), FakeTenant(access=level), select=tuple(BY_LEVEL))
    found = {ended.requirement: ended.verdict for ended in outcome.scenarios}
    assert found == {
        requirement: Verdict.PASSED if level in levels else Verdict.NOT_APPLICABLE
        for requirement, levels in BY_LEVEL.items()
    }
    for ended in outcome.scenarios:
        if ended.verdict is Verdict.NOT_APPLICABLE:
            assert "(access.level)" in ended.sentence, ended.requirement


@pytest.mark.parametrize("level", [CALENDARS, TIMES])
def test_what_is_left_over_is_caught_and_named(tmp_path: Path, level: AccessLevel) -> None:
    """The settings say less, and the organisation still grants full access by impersonation."""
    outcome = run(make_settings(tmp_path, access=level), FakeTenant(access=FULL), select=["SEC-02"])
    (ended,) = outcome.scenarios
    assert ended.verdict is Verdict.FAILED
    reached = {one.target for one in ended.findings if one.verdict is Verdict.FAILED}
    assert reached == set(USERS)
    assert "can be impersonated" in next(one.sentence for one in ended.findings if one.verdict is Verdict.FAILED)


def test_full_access_tries_no_other_folder_and_nothing_as_a_delegate(tmp_path: Path) -> None:
    tenant = FakeTenant()
    outcome = run(make_settings(tmp_path), tenant)
    assert not any("open-folder" in probe for probe, _ in tenant.asked)
    assert not any(one.mode is Mode.DELEGATE for one in outcome.observations)


def test_times_alone_writes_nothing_and_looks_for_nothing_that_was_written(tmp_path: Path) -> None:
    tenant = FakeTenant(access=TIMES)
    run(make_settings(tmp_path, access=TIMES), tenant)
    assert not any(probe.startswith("event-round-trip") for probe, _ in tenant.asked)
    assert tenant.strays_removed == 0


def test_a_question_is_told_from_others_by_probe_mode_target_and_folder(tmp_path: Path) -> None:
    """So a saved run can be judged again: each observation answers one question."""
    for level in AccessLevel:
        outcome = run(make_settings(tmp_path, access=level), FakeTenant(access=level))
        asked = [
            (one.probe, one.operation, one.mode, one.target, one.details.get("folder"), one.details.get("step"))
            for one in outcome.observations
        ]
        assert len(asked) == len(set(asked))


def test_of_a_long_list_a_sample_is_tried_the_trial_first_and_always_the_same(tmp_path: Path) -> None:
    many = (*USERS, *(f"person{number:04}@example.com" for number in range(300)))
    tried = []
    for users in (many, tuple(reversed(many))):
        tenant = FakeTenant(access=CALENDARS)
        run(make_settings(tmp_path, users=users, access=CALENDARS), tenant, select=["SEC-02"])
        tried.append({target for probe, target in tenant.asked if probe == "open-folder inbox"})
    assert tried[0] == tried[1]
    assert len(tried[0]) == MAILBOXES_TRIED
    assert TRIAL in tried[0]


@pytest.mark.parametrize(
    ("limit", "level", "told"),
    [
        (LimitSettings(GROUP, (), 7), FULL, ("full", 7)),
        (LimitSettings(GROUP, (OUTSIDER,), 7), FULL, ("full", 0)),
        (LimitSettings(GROUP, (), 7), CALENDARS, ("calendar-only", 0)),
        (None, TIMES, ("free-busy", 0)),
    ],
)
def test_the_report_tells_what_was_agreed(
    tmp_path: Path, limit: LimitSettings | None, level: AccessLevel, told: tuple[str, int]
) -> None:
    summary = settings_summary(make_settings(tmp_path, limit=limit, access=level))
    assert (summary.access, summary.outsiders_drawn) == told
