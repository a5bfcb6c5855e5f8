"""The dated facts: complete, sourced, and every mistake in a file of them told by its line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from calconnect.acceptance.judging import ews_retirement, ews_switches, licences
from calconnect.evidence.builds import build_table
from calconnect.foundation.problems import InvalidInput
from calconnect.requirements.catalogue import load_catalogue
from calconnect.timeline import observed
from calconnect.timeline.facts import load_facts

GOOD = """
[[fact]]
id = "one"
starts = 2027-04-01
title = "It ends"
topologies = ["hybrid"]
stops = "All of it."
action = "Act."
spared = "Nothing of it is there."
source = "https://example.com/"
last_checked = 2026-11-22
"""


def problems_of(tmp_path: Path, text: str) -> list[tuple[int | None, str, str]]:
    file = tmp_path / "facts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_facts(file)
    return [(one.line, one.key, one.message) for one in caught.value.problems]


def test_the_days_are_those_of_the_sources() -> None:
    days = {fact.id: (fact.starts, fact.ends) for fact in load_facts()}
    assert days["impersonation-removed-online"] == (date(2025, 2, 1), date(2025, 2, 28))
    assert days["ews-both-flags"] == (date(2025, 4, 1), None)
    assert days["ews-front-line-licences"] == (date(2026, 6, 30), None)
    assert days["ews-phased-end"] == (date(2026, 10, 1), date(2027, 3, 31))
    assert days["ews-end"] == (date(2027, 4, 1), None)


def test_no_source_was_checked_after_today_was_known_or_before_the_facts_were_gathered() -> None:
    assert {fact.last_checked for fact in load_facts()} == {date(2026, 11, 22)}


def test_what_judges_and_the_catalogue_go_by_the_same_days() -> None:
    facts, requirements = {fact.id: fact for fact in load_facts()}, load_catalogue()
    end = facts["ews-end"].starts
    assert end is not None
    assert end == ews_retirement.EWS_ENDS == requirements["MIG-02"].valid_from
    assert {requirements[one].valid_until for one in ("EWS-02", "EWS-08")} == {end - timedelta(days=1)}
    assert facts["ews-phased-end"].starts == ews_switches.ROLLOUT_BEGAN
    assert facts["ews-front-line-licences"].starts == licences.FRONT_LINE_OFF
    assert observed.FRONT_LINE_PLAN == licences.FRONT_LINE_PLAN


def test_support_ends_when_the_table_of_builds_says_so() -> None:
    fact = next(fact for fact in load_facts() if fact.id == "exchange-2016-2019-support")
    ends = {one.supported_until for one in build_table().products if one.from_build >= (15, 1, 0, 0)}
    assert fact.starts in ends
    assert fact.when.below_build == next(one.from_build for one in build_table().products if "Subscription" in one.name)


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('id = "one"\n', "", 2, "fact[0].id"),
        ("2027-04-01", '"2027-04-01"', 4, "fact[0].starts"),
        ("starts = 2027-04-01", "starts = 2027-04-01\nends = 2027-03-01", 5, "fact[0].ends"),
        ('["hybrid"]', '["cloud"]', 6, "fact[0].topologies"),
        ('"https://example.com/"', '"http://example.com/"', 10, "fact[0].source"),
        ("last_checked", "checked", 11, "fact[0].checked"),
        ('stops = "All of it."', 'stops = ""', 7, "fact[0].stops"),
        ('title = "It ends"', 'title = "It ends"\nprecision = "week"', 6, "fact[0].precision"),
        ('title = "It ends"', 'title = "It ends"\ncertainty = "sure"', 6, "fact[0].certainty"),
        ('title = "It ends"', 'title = "It ends"\novertaken_by = "one"', 6, "fact[0].overtaken_by"),
        ('title = "It ends"', 'title = "It ends"\nwhen = { build = "1" }', 6, "fact[0].when.build"),
        ('title = "It ends"', 'title = "It ends"\nwhen = { from_build = "new" }', 6, "fact[0].when.from_build"),
    ],
)
def test_a_mistake_is_told_by_its_line(tmp_path: Path, old: str, new: str, line: int, key: str) -> None:
    found = problems_of(tmp_path, GOOD.replace(old, new))
    assert (line, key) in [(at, where) for at, where, _ in found]


def test_two_facts_of_one_name_and_a_case_that_says_nothing(tmp_path: Path) -> None:
    found = problems_of(tmp_path, f'{GOOD}{GOOD}\n[[fact.case]]\nwhen = {{ ews_enabled = ["null"] }}\n')
    assert [key for _, key, _ in found] == ["fact[1].case[0]", "fact[1].id"]
