"""Organisations that use EWS in Exchange Online, audited on four days around its end: verdicts and timeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.run import Audited, observe
from calconnect.reporting.model_timeline import TimelineEntry, TimelineResult
from calconnect.reporting.timeline import run_timeline

PHASED, END = "ews-phased-end", "ews-end"
JUDGED = ("EWS-02", "EWS-06", "EWS-07", "EWS-08", "MIG-02")
TENANT = """
title = "Three mailboxes over EWS"
base = "online-ews-healthy"
now = {day}T09:00:00Z

[online]
{switch}

[settings.mailboxes]
file = ""
addresses = ["robin.okafor@contoso.test", "dana.lindqvist@contoso.test", "user00001@contoso.test"]
"""
NEVER_SET = 'ews_enabled = "never-set"\news_allowed_apps = []'
NAMED = "ews_enabled = true"
"""The list of the base names both applications."""

FRONT_LINE = '\n\n[[mailboxes]]\nemail = "dana.lindqvist@contoso.test"\nlicence = "F3"'

P, F, U, NOT = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE


def audited_on(day: str, switch: str, folder: Path) -> tuple[Audited, TimelineResult]:
    file = folder / "tenant.toml"
    file.write_text(TENANT.format(day=day, switch=switch), encoding="utf-8")
    audited = observe(file, state_folder=folder)
    return audited, run_timeline(audited.settings, audited.observations, audited.started)


def entry(timeline: TimelineResult, id_: str) -> TimelineEntry:
    return next(one for one in timeline.entries if one.id == id_)


@pytest.mark.parametrize(
    ("day", "verdicts", "ends"),
    [
        ("2026-09-15", (F, P, P, F, NOT), [("coming", 16), ("coming", 198)]),
        ("2026-11-22", (F, F, F, F, NOT), [("now", 129), ("coming", 130)]),
        ("2027-03-31", (F, F, F, F, NOT), [("now", 0), ("coming", 1)]),
        ("2027-04-02", (NOT, F, F, NOT, F), [("past", None), ("past", None)]),
    ],
)
def test_an_organisation_that_did_nothing(
    tmp_path: Path, day: str, verdicts: tuple[Verdict, ...], ends: list[tuple[str, int | None]]
) -> None:
    audited, timeline = audited_on(day, NEVER_SET, tmp_path)
    assert tuple(audited.scenarios[one].verdict for one in JUDGED) == verdicts, audited.explain()
    assert [(one.status, one.days_left) for one in (entry(timeline, PHASED), entry(timeline, END))] == ends
    assert "was never set" in entry(timeline, PHASED).stops
    assert not entry(timeline, PHASED).unknown
    assert entry(timeline, END).all_mailboxes


def test_an_organisation_that_named_the_vendor_goes_on_to_the_last_day(tmp_path: Path) -> None:
    audited, timeline = audited_on("2027-03-31", NAMED, tmp_path)
    assert tuple(audited.scenarios[one].verdict for one in JUDGED) == (P, P, P, P, NOT), audited.explain()
    assert PHASED in {one.id for one in timeline.spared}
    assert entry(timeline, END).days_left == 1


@pytest.mark.parametrize(
    ("day", "switch", "verdicts", "stops"),
    [
        ("2026-09-15", "ews_enabled = false", (P, F, F, F, NOT), "is false"),
        ("2026-11-22", "ews_enabled = true\news_allowed_apps = []", (F, F, U, F, NOT), "is empty"),
    ],
)
def test_a_switch_that_is_off_a_list_that_is_empty_and_a_front_line_licence(
    tmp_path: Path, day: str, switch: str, verdicts: tuple[Verdict, ...], stops: str
) -> None:
    audited, timeline = audited_on(day, switch + FRONT_LINE, tmp_path)
    assert tuple(audited.scenarios[one].verdict for one in JUDGED) == verdicts, audited.explain()
    licences = {one.target: one.verdict for one in audited.scenarios["GR-09"].findings}
    assert [target for target, verdict in licences.items() if verdict is F] == ["dana.lindqvist@contoso.test"]
    assert entry(timeline, "ews-front-line-licences").mailboxes == ["dana.lindqvist@contoso.test"]
    assert stops in entry(timeline, PHASED).stops
