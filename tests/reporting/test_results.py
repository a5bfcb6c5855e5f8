from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema_rs
import pytest

from calconnect.acceptance.answer import NOT_RUN
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.foundation.problems import InvalidInput
from calconnect.reporting.model import SCHEMA_VERSION, NextStep
from calconnect.reporting.results import FINDINGS_IN_FULL, read_results, write_results
from calconnect.reporting.schema import results_schema
from calconnect.requirements.catalogue import load_catalogue
from tests.reporting.synthetic import SERVICE, Maker, addresses, make_run

UNREACHABLE = (Verdict.UNKNOWN, UnknownReason.UNREACHABLE, "Nothing answered (connection-refused).")
BLOCKED = (Verdict.UNKNOWN, UnknownReason.BLOCKED, "It waits for another requirement.")


def steps_of(requirement: str, steps: list[NextStep]) -> list[NextStep]:
    return [step for step in steps if any(id_.startswith(requirement) for id_ in step.requirements)]


def test_a_run_in_which_everything_was_seen_is_ready() -> None:
    results = make_run(12).results()
    assert (results.answer.state, results.answer.exit_code) == ("ready", 0)
    assert results.answer.reasons == []
    assert results.next_steps == []
    assert results.counts.mailboxes.model_dump() == {"listed": 12, "passed": 12, "failed": 0, "unknown": 0}
    assert results.counts.must.passed == results.counts.must.total > 10
    assert results.tenant.ews_url == "https://mail.contoso.example/EWS/Exchange.asmx"
    assert (results.tenant.found_by, results.tenant.server_version) == ("autodiscover", "15.2.1748.10")


def test_every_requirement_of_the_catalogue_has_its_place_in_its_order() -> None:
    results = make_run(3).results()
    expected = [one.versioned_id for one in load_catalogue().current("exchange-server", date(2026, 3, 9))]
    assert [one.versioned_id for one in results.requirements] == expected
    for requirement in results.requirements:
        assert requirement.clause.quote
        assert requirement.scenarios[0].steps[0].text == "the service account can sign in"


def test_a_mailbox_that_falls_short_makes_it_not_ready_and_is_named_with_its_code() -> None:
    denied = addresses(9)[4]
    results = make_run(9, denied=[denied]).results()
    assert (results.answer.state, results.answer.exit_code) == ("not-ready", 1)
    (mailbox,) = [one for one in results.mailboxes if one.verdict != "passed"]
    assert (mailbox.address, mailbox.line, mailbox.verdict) == (denied, 6, "failed")
    outcome = mailbox.outcomes["IMP-02v1"]
    assert (outcome.verdict, outcome.code) == ("failed", "ErrorImpersonateUserDenied")
    (step,) = results.next_steps
    assert step.targets == [denied]
    assert any(denied in command for command in step.commands)


def test_what_was_not_run_is_unknown_and_never_passed() -> None:
    results = make_run(4, only=["SVC-03", "APP-02"]).results()
    assert results.answer.state == "not-known"
    left_out = [one for one in results.requirements if one.id not in ("SVC-03", "APP-02")]
    assert {(one.verdict, one.sentence) for one in left_out} == {("unknown", NOT_RUN)}
    assert all(one.scenarios == [] for one in left_out)


def test_a_mailbox_about_which_nothing_was_observed_is_unknown() -> None:
    results = make_run(4, only=["APP-02"]).results()
    assert {mailbox.verdict for mailbox in results.mailboxes} == {"unknown"}
    assert all(mailbox.outcomes == {} for mailbox in results.mailboxes)


def test_findings_are_matched_to_mailboxes_without_regard_to_case() -> None:
    maker = Maker(["Ada@Contoso.example", "grace@contoso.example"])
    findings = [
        Finding("ada@contoso.example", Verdict.PASSED, "Fine.", "NoError", None, ("o-0001",)),
        Finding("ADA@CONTOSO.EXAMPLE", Verdict.FAILED, "Not fine.", "ErrorAccessDenied", None, ("o-0002",)),
    ]
    maker.finish("OPS-06v1", Verdict.FAILED, "One falls short.", findings)
    ada, grace = maker.run.results().mailboxes
    assert ada.verdict == "failed"
    assert ada.outcomes["OPS-06v1"].code == "ErrorAccessDenied"
    assert ada.outcomes["OPS-06v1"].observations == ["o-0001", "o-0002"]
    assert grace.verdict == "unknown"


def test_an_unreachable_server_gives_one_step_and_not_one_for_each_requirement() -> None:
    ids = [one.id for one in load_catalogue().values()]
    verdicts = {id_: UNREACHABLE if id_.startswith("NET") else BLOCKED for id_ in ids if not id_.startswith("APP")}
    results = make_run(5, verdicts=verdicts).results()
    assert (results.answer.state, results.answer.exit_code) == ("not-known", 3)
    (step,) = results.next_steps
    assert step.state == "not-observed"
    assert {id_[:3] for id_ in step.requirements} == {"NET"}
    assert "SVC-04v1" in step.unblocks
    assert "IMP-02v1" in step.unblocks


def test_what_is_blocked_by_nothing_that_was_seen_makes_a_step_of_its_own() -> None:
    results = make_run(3, verdicts={"OPS-01": BLOCKED, "NET-04": (Verdict.FAILED, None, "Not let through.")}).results()
    assert sorted(step.requirements for step in results.next_steps) == [["NET-04v1"], ["OPS-01v1"]]
    (step,) = steps_of("OPS-01", results.next_steps)
    assert (step.state, step.title) == ("not-observed", "Remove what stands in the way")


def test_of_two_equally_severe_the_one_that_more_hangs_on_comes_first() -> None:
    evidence = (Verdict.UNKNOWN, UnknownReason.NO_EVIDENCE, "No list was supplied.")
    many = dict.fromkeys(("SVC-04", "SVC-05", "IMP-01", "IMP-02"), UNREACHABLE)
    results = make_run(3, verdicts={"NET-04": evidence, **many}).results()
    assert [len(step.requirements) for step in results.next_steps] == [4, 1]


def test_next_steps_come_by_level_then_by_what_they_unblock_then_by_severity() -> None:
    results = make_run(
        3,
        verdicts={
            "APP-06": (Verdict.FAILED, None, "The terms are not agreed to."),
            "OPS-04": (Verdict.FAILED, None, "No room list was found."),
            "SVC-04": (Verdict.FAILED, None, "The password was refused (HTTP 401)."),
            "IMP-01": BLOCKED,
            "IMP-02": BLOCKED,
            "NET-04": (Verdict.FAILED, None, "Two addresses are not let through."),
        },
    ).results()
    assert [step.requirements for step in results.next_steps] == [
        ["SVC-04v1"],
        ["NET-04v1"],
        ["APP-06v1"],
        ["OPS-04v1"],
    ]
    assert results.next_steps[0].unblocks == ["IMP-01v1", "IMP-02v1"]
    assert results.next_steps[-1].level == "should"


def test_a_fault_of_calconnect_itself_is_told_as_such() -> None:
    results = make_run(3, verdicts={"OPS-01": (Verdict.ERROR, None, "KeyError in operations.py:12")}).results()
    assert (results.answer.state, results.answer.exit_code) == ("not-known", 3)
    (step,) = results.next_steps
    assert step.state == "error"


def test_a_should_never_decides_but_is_listed() -> None:
    results = make_run(3, verdicts={"OPS-04": (Verdict.FAILED, None, "No room list was found.")}).results()
    assert (results.answer.state, results.answer.exit_code) == ("ready", 0)
    assert steps_of("OPS-04", results.next_steps)


def test_scenarios_of_the_users_own_stand_apart() -> None:
    run = make_run(3)
    maker = Maker(addresses(3))
    maker.run = run
    maker.finish(
        "", Verdict.PASSED, "It is so.", [Finding("a", Verdict.PASSED, "It is so.")], scenario="A check of ours"
    )
    results = run.results()
    (own,) = results.own_scenarios
    assert own.name == "A check of ours"
    assert results.counts.own.passed == 1


def test_a_scenario_of_the_users_own_counts_with_the_requirement_that_it_names() -> None:
    run = make_run(3)
    maker = Maker(addresses(3))
    maker.run = run
    maker.finish("SVC-01v1", Verdict.FAILED, "Ours fails.", [Finding(SERVICE, Verdict.FAILED, "Ours fails.")])
    results = run.results()
    (requirement,) = [one for one in results.requirements if one.id == "SVC-01"]
    assert (requirement.verdict, requirement.sentence) == ("failed", "Ours fails.")
    assert len(requirement.scenarios) == 2


def test_many_findings_that_passed_are_counted_and_stand_with_the_mailboxes() -> None:
    count = FINDINGS_IN_FULL + 50
    denied = addresses(count)[7]
    results = make_run(count, denied=[denied]).results()
    (requirement,) = [one for one in results.requirements if one.id == "IMP-02"]
    scenario = requirement.scenarios[0]
    assert [finding.target for finding in scenario.findings] == [denied]
    assert (scenario.finding_counts.passed, scenario.finding_counts.failed) == (count - 1, 1)
    assert sum("IMP-02v1" in mailbox.outcomes for mailbox in results.mailboxes) == count


def test_what_is_written_fits_the_published_schema_and_reads_back_the_same(tmp_path: Path) -> None:
    runs = [
        make_run(7).results(mock="healthy"),
        make_run(7, denied=addresses(2)).results(),
        make_run(2, only=[]).results(interrupted=True),
    ]
    validator = jsonschema_rs.validator_for(results_schema())
    for number, results in enumerate(runs):
        path = tmp_path / f"{number}.json"
        write_results(path, results)
        data = json.loads(path.read_text(encoding="utf-8"))
        assert [str(error) for error in validator.iter_errors(data)] == []
        assert read_results(path) == results


def test_the_schema_refuses_what_is_no_result() -> None:
    validator = jsonschema_rs.validator_for(results_schema())
    data = json.loads(make_run(2).results().model_dump_json())
    assert validator.is_valid(data)
    changes: tuple[dict[str, object], ...] = ({"schema_version": "9.9"}, {"unknown": 1}, {"answer": {}})
    for change in changes:
        assert not validator.is_valid({**data, **change})


def test_each_mailbox_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, make_run(5).results())
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith('    {"address"')]
    assert len(lines) == 5
    assert json.loads(lines[0].rstrip(","))["address"] == addresses(1)[0]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", ""),
        ("[]", ""),
        ('{"schema_version": "0.9"}', "schema_version"),
        (f'{{"schema_version":"{SCHEMA_VERSION}"}}', "run"),
    ],
)
def test_a_file_that_is_no_result_is_refused_by_key(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_results(path)
    assert caught.value.problems[0].key == key
    assert caught.value.problems[0].file == str(path)


def test_half_a_character_in_a_sentence_does_not_break_the_results(tmp_path: Path) -> None:
    maker = Maker(addresses(1))
    maker.finish("SVC-01v1", Verdict.FAILED, "odd \ud83d", [Finding(SERVICE, Verdict.FAILED, "odd \udc00", "x\ud800")])
    path = tmp_path / "results.json"
    write_results(path, maker.run.results())
    assert "odd \ufffd" in path.read_text(encoding="utf-8")


def test_no_place_of_a_secret_and_no_folder_is_in_the_results(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, make_run(2).results())
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["settings"]["password_reference"] == "file"
    assert "service-account-password" not in text.replace("'service-account-password.txt'", "")
    assert str(Path.home()) not in text


@pytest.mark.parametrize("url", ["https://[half", "https://mail\ud800.example/EWS/Exchange.asmx", "", "not a url"])
def test_an_odd_url_from_a_server_does_not_break_the_results(url: str) -> None:
    maker = Maker(addresses(1))
    maker.observe("contoso.example", probe="locate", details={"how": "autodiscover", "ews_url": url})
    tenant = maker.run.results().tenant
    assert tenant.ews_url == (url.replace("\ud800", "\ufffd") or None)
