"""What the mailboxes of a sweep come to together: the answer, the counts, the groups, the worst, the course."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.reporting import sweep_tally
from calconnect.reporting.model_sweep import SweepResults
from calconnect.reporting.schema import schema_files, schema_text, sweep_schema
from calconnect.reporting.sweep_course import MOST_POINTS
from calconnect.reporting.sweep_results import SweepJudge, courses, sweep_results
from calconnect.reporting.sweep_steps import advice_table
from calconnect.reporting.sweep_tally import Line, percentile
from calconnect.sweep.model import EndedBy, Ending, Sample, UnusableRow
from calconnect.sweep.record import ListFacts, SweptRow
from calconnect.tenants.thin.interface import Probe, Side
from tests.reporting.sweeps import DENIED, NAMES, ONLINE, SERVER, STARTED, MadeSweep, row, samples, seen

MANY = [row(number, {SERVER: "NoError"}) for number in range(1, 8)]
UNUSABLE = UnusableRow(9, "nobody", "There is no @ in it.")


def results_of(sweep: MadeSweep, databases: dict[str, str] | None = None) -> SweepResults:
    kept: list[Line] = []
    judge = SweepJudge(sweep, databases or {})
    results = sweep_results(sweep, NAMES, judge, each=kept.append, each_unusable=lambda _: None)
    assert [line.row for line in kept] == list(sweep.rows())
    return results


def ended(by: EndedBy) -> Ending:
    return Ending(by, "" if by is EndedBy.DONE else "It ended early.")


@pytest.mark.parametrize(
    ("more", "unusable", "by", "state", "code"),
    [
        ([], [], EndedBy.DONE, "all-passed", 0),
        ([row(8, {SERVER: DENIED})], [], EndedBy.DONE, "some-failed", 1),
        ([], [UNUSABLE], EndedBy.DONE, "some-failed", 1),
        ([row(8, {SERVER: "timed-out"})], [], EndedBy.DONE, "not-known", 3),
        ([row(8, {SERVER: "timed-out"}), row(9, {SERVER: DENIED})], [], EndedBy.DONE, "some-failed", 1),
        ([row(8, {})], [], EndedBy.TIME_UP, "not-finished", 3),
        ([row(8, {}), row(9, {SERVER: DENIED})], [], EndedBy.SILENCE, "not-finished", 3),
        ([row(8, {})], [], EndedBy.CREDENTIALS_REFUSED, "not-finished", 3),
        ([row(8, {})], [], EndedBy.INTERRUPTED, "not-finished", 130),
    ],
)
def test_the_answer(more: list[SweptRow], unusable: list[UnusableRow], by: EndedBy, state: str, code: int) -> None:
    sweep = MadeSweep([*MANY, *more], unusable_rows=unusable).told(ending=ended(by))
    results = results_of(sweep)
    assert (results.answer.state, results.answer.exit_code) == (state, code)
    assert bool(results.run.resume) == (by is not EndedBy.DONE)
    assert results.counts.total == len(MANY) + len(more)
    assert results.counts.not_reached == sum(not one.answers for one in more)


def test_a_sweep_of_nobody_is_no_success() -> None:
    assert results_of(MadeSweep()).answer.state == "not-known"


def test_groups_come_with_the_most_failures_first_and_the_rest_is_summed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_tally, "GROUPS_SHOWN", 2)
    rows = [
        row(number, {SERVER: DENIED if number % 4 == 0 else "NoError"}, department=f"D{number % 4}", name=f"N{number}")
        for number in range(1, 21)
    ]
    sweep = MadeSweep(rows).told(listed=ListFacts(columns=("department", "name")))
    results = results_of(sweep, {"person4@example.com": "DB1"})
    tables = {table.column: table for table in results.groups}
    assert list(tables) == ["database", "department"]  # one domain is no group; a name is another one for each mailbox
    department = tables["department"]
    assert [(one.value, one.failed, one.passed) for one in department.groups] == [("D0", 5, 0), ("D1", 0, 5)]
    assert (department.left_out, department.rest.passed) == (2, 10)
    assert [(one.value, one.total) for one in tables["database"].groups] == [("", 19), ("DB1", 1)]


def test_a_column_with_too_many_values_makes_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_tally, "MOST_GROUPS", 3)
    rows = [row(number, {SERVER: "NoError"}, team=f"T{number % 5}") for number in range(1, 30)]
    results = results_of(MadeSweep(rows).told(listed=ListFacts(columns=("team",))))
    assert results.groups == []


def test_a_hybrid_is_grouped_by_which_side_holds_a_mailbox() -> None:
    rows = [
        row(1, {SERVER: "NoError", ONLINE: "MailboxNotEnabledForRESTAPI"}),
        row(2, {SERVER: "ErrorNonExistentMailbox", ONLINE: "NoError"}),
        row(3, {SERVER: "ErrorNonExistentMailbox", ONLINE: "ErrorInvalidUser"}),
    ]
    results = results_of(MadeSweep(rows).told(sides=(Side.SERVER, Side.ONLINE), topology="hybrid"))
    location = next(table for table in results.groups if table.column == "location")
    assert [one.value for one in location.groups] == ["in-neither", "online", "server"]


def test_the_worst_are_few_and_failures_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_tally, "WORST_SHOWN", 3)
    tried = [seen("person5@example.com", DENIED, attempts=4)]
    rows = [row(n, {SERVER: "timed-out"}) for n in (1, 2, 3)]
    rows += [row(4, {SERVER: DENIED}), row(5, {SERVER: tried}), row(6, {SERVER: "NoError"})]
    results = results_of(MadeSweep(rows))
    assert [one.number for one in results.worst] == [5, 4, 1]
    assert results.worst_left_out == 2
    assert all(one.next_step for one in results.worst)


def test_steps_put_mailboxes_with_one_cause_together() -> None:
    rows = [row(n, {SERVER: DENIED}) for n in range(1, 14)]
    rows += [row(20, {SERVER: "ErrorNonExistentMailbox"}), row(21, {SERVER: "timed-out"}), row(22, {})]
    results = results_of(MadeSweep(rows).told(ending=ended(EndedBy.TIME_UP)))
    assert [(one.id, one.mailboxes) for one in results.steps] == [
        ("impersonation", 13),
        ("no-mailbox-server", 1),
        ("not-reached", 1),
        ("silent", 1),
    ]
    first = results.steps[0]
    assert len(first.named) == 10
    assert "Add-DistributionGroupMember -Identity 'users@example.com'" in first.commands[1]
    assert results.steps[2].commands == ["calconnect sweep --resume 20261122T090000Z-1a2b3c"]


def test_every_outcome_has_a_step() -> None:
    open_ended = {one.verdict for one in advice_table() if not (one.codes or one.reasons or one.probes or one.side)}
    assert open_ended == {"failed", "unknown"}


def test_an_alias_is_said_with_its_primary_address_which_is_counted_apart() -> None:
    alias = [seen("a@example.com", "ErrorNonPrimarySmtpAddress", primary_smtp="p@example.com")]
    rows = [row(1, {SERVER: alias}, "a@example.com"), replace(row(2, {SERVER: "NoError"}, "p@example.com"), added=True)]
    results = results_of(MadeSweep(rows, unusable_rows=[UNUSABLE]).told(listed=ListFacts(repeated=3)))
    assert (results.listed.aliases, results.listed.added, results.listed.rows) == (1, 1, 5)
    assert results.worst[0].primary == "p@example.com"
    assert results.steps[0].id == "alias"


def test_refusals_count_for_nothing_where_the_application_has_no_right() -> None:
    gate = [seen("app", "", Side.ONLINE, permissions=["User.Read.All"])]
    refused = [row(1, {ONLINE: "ErrorAccessDenied"}), row(2, {ONLINE: "ErrorAccessDenied"})]
    sweep = MadeSweep(refused, gate_seen=gate).told(sides=(Side.ONLINE,))
    assert results_of(sweep).counts.unknown == 2
    opened = MadeSweep([*refused, row(3, {ONLINE: "NoError"})], gate_seen=gate).told(sides=(Side.ONLINE,))
    assert results_of(opened).counts.failed == 2


@pytest.mark.parametrize(("percent", "value"), [(50, 5.0), (95, 10.0), (99, 10.0), (10, 1.0), (1, 1.0)])
def test_percentiles_are_values_that_came(percent: int, value: float) -> None:
    assert percentile([float(number) for number in range(1, 11)], percent) == value


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), min_size=1, max_size=1500))
def test_however_long_it_took_nothing_is_lost_of_its_course(figures: Sequence[tuple[int, int]]) -> None:
    done, told = 0, []
    for second, (settled, throttled) in enumerate(figures, 1):
        done += settled
        at = STARTED + timedelta(seconds=second)
        told.append(Sample(at, Probe.REACH, Side.SERVER, done, settled + throttled, throttled, 5, 27, 80.0))
    (course,) = courses(told)
    assert len(course.points) <= MOST_POINTS
    assert (course.mailboxes, course.throttled) == (done, sum(one for _, one in figures))
    drawn = sum(point.per_second * course.step_seconds for point in course.points[:-1])
    assert drawn <= done * 1.01 + len(course.points)
    assert course.seconds == len(figures)


def test_the_time_in_which_nothing_was_asked_is_left_out() -> None:
    later = [replace(one, at=one.at + timedelta(hours=9)) for one in samples(5)]
    (course,) = courses([*samples(10), *later])
    assert (course.seconds, course.mailboxes, course.resumed_at) == (15.0, 150, [10.0])
    assert course.per_second == 10.0


def test_the_file_has_the_published_shape() -> None:
    rows = [*MANY, row(8, {SERVER: DENIED}), row(9, {SERVER: "timed-out"})]
    written = results_of(MadeSweep(rows, unusable_rows=[UNUSABLE], seconds=samples(20))).model_dump_json()
    jsonschema_rs.validator_for(sweep_schema()).validate(json.loads(written))
    assert SweepResults.model_validate_json(written).model_dump_json() == written
    for file in schema_files("sweep"):
        assert file.read_text(encoding="utf-8") == schema_text("sweep"), "run: python -m calconnect.reporting.schema"
