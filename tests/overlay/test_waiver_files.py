"""Files of waivers: what they say, and every mistake with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput
from calconnect.overlay.days import had_begun_somewhere, year_after
from calconnect.overlay.model import Waiver
from calconnect.overlay.waivers import read_waivers
from tests.overlay.overlay_files import catalogue, clock, day, waiver_problems, waiver_text, waivers


def test_a_waiver_is_read_as_it_stands(tmp_path: Path) -> None:
    text = "# ours\n" + waiver_text(mailboxes='["ann@example.com", "*@labs.example.com"]', approved_on="2026-11-02")
    assert waivers(tmp_path, text) == (
        Waiver(
            "OPS-06",
            "On leave",
            "Ines",
            date(2027, 1, 31),
            "Nobody can be scheduled",
            ("ann@example.com", "*@labs.example.com"),
            date(2026, 11, 2),
            2,
        ),
    )


def test_a_file_may_hold_none_and_a_version_may_be_named(tmp_path: Path) -> None:
    assert waivers(tmp_path, "# none left\n") == ()
    assert waivers(tmp_path, "\ufeff" + waiver_text(requirement='"OPS-06v1"'))[0].requirement == "OPS-06v1"


@pytest.mark.parametrize(
    ("changes", "key", "message", "hint"),
    [
        ({"requirement": '"OPS-66"'}, "requirement", "There is no requirement 'OPS-66'.", "Did you mean OPS-06?"),
        ({"requirement": '"ops-06"'}, "requirement", "There is no requirement 'ops-06'.", "Did you mean OPS-06?"),
        ({"requirement": '"rooms"'}, "requirement", "There is no requirement", "See calconnect requirements list."),
        ({"requirement": "6"}, "requirement", "must be text in quotes.", ""),
        ({"requirement": None}, "requirement", "is missing.", "Add requirement."),
        ({"reason": None}, "reason", "is missing.", "Add reason."),
        ({"reason": '"  "'}, "reason", "is empty.", "Give it a value."),
        ({"approved_by": None}, "approved_by", "is missing.", "Add approved_by."),
        ({"risk": None}, "risk", "is missing.", "Add risk."),
        ({"risk": "true"}, "risk", "must be text in quotes.", ""),
        ({"expires": None}, "expires", "is missing.", "Add expires: a date without quotes, such as 2026-11-22."),
        ({"expires": '"2027-01-31"'}, "expires", "must be a date without quotes", ""),
        ({"expires": "2027-01-31T00:00:00Z"}, "expires", "must be a date without quotes", ""),
        ({"expires": "2027-11-23"}, "expires", "is more than a year after today, 2026-11-22.", "lasts a year at most"),
        (
            {"approved_on": "2026-02-01", "expires": "2027-02-02"},
            "expires",
            "is more than a year after approved_on, 2026-02-01.",
            "lasts a year at most",
        ),
        ({"approved_on": "2026-11-02", "expires": "2026-11-01"}, "expires", "is before approved_on", ""),
        ({"approved_on": "2026-11-25"}, "approved_on", "2026-11-25 is in the future.", "Name the day"),
        ({"approved_on": "1"}, "approved_on", "must be a date without quotes", ""),
        ({"aproved_by": '"Ines"'}, "aproved_by", "is not known.", "Did you mean approved_by?"),
        ({"zzz": "1"}, "zzz", "is not known.", "Known: requirement, mailboxes"),
        ({"mailboxes": '"ann@example.com"'}, "mailboxes", "must be a list of texts", ""),
        ({"mailboxes": "[]"}, "mailboxes", "is an empty list.", "Name at least one"),
        ({"mailboxes": "[1]"}, "mailboxes[0]", "must be text in quotes.", ""),
        ({"mailboxes": '["a@b.co", "ann"]'}, "mailboxes[1]", "'ann' matches no address: it has no @.", "Write an addr"),
        ({"mailboxes": '["a@b.co", "A@B.co"]'}, "mailboxes[1]", "A@B.co stands in the list twice.", ""),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, changes: dict[str, str | None], key: str, message: str, hint: str
) -> None:
    (problem,) = waiver_problems(tmp_path, "\n\n" + waiver_text(**changes))
    assert problem.file == "waivers.toml"
    assert problem.key == f"waiver[0].{key}"
    assert message in problem.message
    assert hint in problem.hint
    assert problem.line is not None
    assert problem.line >= 3


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = waiver_text(reason=None, expires="1") + waiver_text() + waiver_text(requirement='"X-1"', wrong="1")
    keys = [problem.key for problem in waiver_problems(tmp_path, text)]
    assert sorted(keys) == ["waiver[0].expires", "waiver[0].reason", "waiver[2].requirement", "waiver[2].wrong"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[waiver]\n" + waiver_text().split("\n", 1)[1], 1, "must be a list of tables."),
        ("waiver = 3\n", 1, "must be a list of tables."),
        ("waiver = [3]\n", 1, "must be a table."),
        ("[[waivers]]\nreason = 'x'\n", 1, "is not known."),
        (waiver_text()[:-4], 6, "is not valid TOML"),
        (b"\xff\xfe" + waiver_text().encode("utf-16-le"), 1, "is not UTF-8 text."),
        (waiver_text(approved_by='"J\u00f6rg"').encode("latin-1"), 4, "is not UTF-8 text."),
    ],
    ids=["table", "number", "numbers", "plural", "truncated", "utf-16", "latin-1"],
)
def test_a_file_of_another_shape_is_named(tmp_path: Path, text: str | bytes, line: int, message: str) -> None:
    (problem,) = waiver_problems(tmp_path, text)
    assert (problem.file, problem.line) == ("waivers.toml", line)
    assert message in problem.message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").mkdir()
    with pytest.raises(InvalidInput, match=r"waivers\.toml: cannot be read"):
        read_waivers(tmp_path / "waivers.toml", catalogue=catalogue(), clock=clock)


def test_a_year_is_a_year_and_an_old_waiver_is_no_mistake(tmp_path: Path) -> None:
    assert waivers(tmp_path, waiver_text(expires="2027-11-22"))
    assert waivers(tmp_path, waiver_text(expires=day(-1).isoformat()))
    assert waivers(tmp_path, waiver_text(approved_on="2024-02-29", expires="2025-03-01"))
    assert year_after(date(2024, 2, 29)) == date(2025, 3, 1)
    assert year_after(date(2026, 11, 22)) == date(2027, 11, 22)
    assert year_after(date(9999, 12, 31)) == date(9999, 12, 31)


def test_a_run_of_the_other_end_of_the_world_can_be_read_here(tmp_path: Path) -> None:
    def at(hour: int) -> Clock:
        return lambda: datetime(2026, 11, 22, hour, tzinfo=UTC)

    path = tmp_path / "waivers.toml"
    path.write_text(waiver_text(approved_on="2026-11-23", expires="2027-11-23"), encoding="utf-8")
    assert read_waivers(path, catalogue=catalogue(), clock=had_begun_somewhere(at(10)))
    with pytest.raises(InvalidInput, match="is in the future"):
        read_waivers(path, catalogue=catalogue(), clock=had_begun_somewhere(at(9)))
