"""Sensitivity and specificity themselves: a judgement that is wrong in any way shows in the row of its tenant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.comparison import Expectation, Machine, compare, compare_refusal, expectation
from calconnect.detection.model import Matrix, Row, Verdicts, matrix_record, percent, row_from_record, row_record
from calconnect.detection.run import Audited, observe
from calconnect.detection.text import caught_word, expected_text, figures
from calconnect.foundation.problems import Problem
from calconnect.mock_tenant.description import Expected, load
from calconnect.requirements.catalogue import load_catalogue

ALL = list(load_catalogue().values())
IDS = [one.id for one in ALL]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """A tenant in which OPS-06 fails, audited once for all tests here."""
    return observe("ops-06-free-busy-hidden", state_folder=tmp_path_factory.mktemp("state"))


def must_of(name: str, **changed: object) -> Expectation:
    expected = replace(load(name).expected, **changed)  # type: ignore[arg-type]
    return expectation(expected, load("healthy").expected, ALL, Machine())


def turned_into(audited: Audited, requirement: str, verdict: Verdict) -> Audited:
    """Return the same audit with another verdict of one requirement."""
    scenario = replace(audited.scenarios[requirement], verdict=verdict)
    return replace(audited, scenarios={**audited.scenarios, requirement: scenario})


def test_what_is_found_as_expected_is_caught(audited: Audited) -> None:
    row = compare(audited, must_of("ops-06-free-busy-hidden"))
    assert (row.caught, row.missed, row.turned, row.why) == (True, (), (), "")
    assert row.others == len(IDS) - 1
    assert row.found.failed == ("OPS-06",)
    assert row.rests_on == {"OPS-06": (("free-busy",),)}
    assert {"locate", "tls", "sign-in", "open-calendar (impersonated)", "exports"} <= set(row.answered)


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.UNKNOWN, Verdict.ERROR, Verdict.NOT_APPLICABLE])
def test_a_mistake_with_another_verdict_is_missed(audited: Audited, verdict: Verdict) -> None:
    row = compare(turned_into(audited, "OPS-06", verdict), must_of("ops-06-free-busy-hidden"))
    assert (row.caught, row.missed, row.turned) == (False, ("OPS-06",), ())
    assert row.why.startswith(f"OPS-06 {verdict.value}:")


def test_another_code_is_a_miss(audited: Audited) -> None:
    row = compare(audited, must_of("ops-06-free-busy-hidden", codes={"OPS-06": "ErrorAccessDenied"}))
    assert (row.caught, row.missed) == (False, ("OPS-06",))


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.UNKNOWN, Verdict.ERROR, Verdict.NOT_APPLICABLE])
def test_any_other_verdict_that_differs_has_turned(audited: Audited, verdict: Verdict) -> None:
    row = compare(turned_into(audited, "SVC-03", verdict), must_of("ops-06-free-busy-hidden"))
    assert (row.caught, row.missed, row.turned) == (True, (), ("SVC-03",))
    assert "SVC-03" in row.why


def test_what_applies_here_alone_must_pass_here(audited: Audited) -> None:
    must = must_of("ops-06-free-busy-hidden", passed=("NET-01",), not_applicable=("NET-02",))
    assert compare(audited, must).turned == ("NET-01", "NET-02")


def test_a_requirement_without_a_scenario_is_missed_or_has_turned(audited: Audited) -> None:
    for requirement, missed, turned in (("OPS-06", ("OPS-06",), ()), ("SVC-03", (), ("SVC-03",))):
        scenarios = {one: event for one, event in audited.scenarios.items() if one != requirement}
        row = compare(replace(audited, scenarios=scenarios), must_of("ops-06-free-busy-hidden"))
        assert (row.missed, row.turned) == (missed, turned)
        assert f"{requirement}: no scenario proves it." in row.why


def test_settings_that_should_have_been_refused_are_missed(audited: Audited) -> None:
    description = replace(audited.description, expected=Expected(problems=("mailboxes.addresses[2]",)))
    row = compare(replace(audited, description=description), must_of("healthy"))
    assert row.caught is False
    assert "mailboxes.addresses[2]" in row.missed


def test_a_refusal_of_settings_is_held_against_the_keys_that_the_file_names() -> None:
    description = load("settings-http-url")
    wrong = Problem("calconnect.toml", 3, "connection.exchange_server_url", "must begin with https://.")
    other = Problem("calconnect.toml", 4, "connection.terms_agreed", "is missing.")
    assert compare_refusal(description, [wrong]).caught is True
    both = compare_refusal(description, [wrong, other])
    assert (both.caught, both.turned) == (True, ("connection.terms_agreed",))
    assert compare_refusal(description, [other]).missed == ("connection.exchange_server_url",)


def test_what_a_machine_cannot_see_is_not_expected_of_it() -> None:
    expected = Expected(
        failed=("SEC-01", "NET-04"), codes={"SEC-01": "readable-by-others", "NET-04": "connection-reset"}
    )
    must = expectation(expected, Expected(), ALL, Machine(file_modes=False, other_loopback=False))
    assert must.verdicts["SEC-01"] is Verdict.PASSED
    assert dict(must.codes) == {"NET-04": "denied-by-rule"}
    assert must.decisive == {"NET-04"}


def rows() -> tuple[Row, ...]:
    failed = Verdicts(failed=("SVC-01",), unknown=("OPS-04",), codes={"SVC-01": ("ErrorMissingEmailAddress",)})
    return (
        Row("right", "Right", Verdicts(), Verdicts(), others=20),
        Row("found", "Found", failed, failed, others=18),
        Row("missed", "Missed", failed, Verdicts(), missed=("OPS-04",), others=18, why="OPS-04 passed: so."),
        Row("turned", "Turned", failed, failed, turned=("SVC-03",), others=18, why="SVC-03 failed: so."),
        Row("broken", "", Verdicts(), Verdicts(), error="It did not start."),
    )


def test_the_two_figures() -> None:
    matrix = Matrix(rows())
    assert (matrix.caught, len(matrix.with_mistake)) == (2, 3)
    assert matrix.sensitivity == pytest.approx(2 / 3)
    assert (matrix.kept, matrix.others) == (73, 74)
    assert matrix.specificity == pytest.approx(73 / 74)
    assert not matrix.holds
    assert [row.tenant for row in matrix.not_run] == ["broken"]
    told = figures(matrix)
    assert told[0].startswith("Sensitivity 66.6 %: of 3 tenants with a mistake 2 were caught")
    assert told[1].startswith("Specificity 98.6 %: of 74 other verdicts 73 stayed")
    assert told[2] == "Not run, and in neither figure: broken."
    assert [caught_word(row) for row in matrix.rows] == ["no mistake", "yes", "no", "yes", "not run"]
    assert expected_text(matrix.rows[1]) == "SVC-01 (ErrorMissingEmailAddress); 1 unknown"
    assert Matrix(rows()[:2]).holds
    assert not Matrix((rows()[1], rows()[4])).holds


def test_a_hundred_per_cent_is_said_of_all_alone() -> None:
    assert percent(9_999, 10_000) == "99.9 %"
    assert percent(10_000, 10_000) == "100.0 %"
    assert percent(0, 0) == "100.0 %"


def test_a_row_comes_back_from_its_record(audited: Audited, tmp_path: Path) -> None:
    row = compare(audited, must_of("ops-06-free-busy-hidden"))
    assert row_from_record(row_record(row)) == row
    record = matrix_record(Matrix((row, *rows())))
    assert (record["tenants"], len(record["rows"])) == (6, 6)
    assert {"sensitivity", "specificity"} <= record.keys()
