"""The next steps: one for each cause, in the order of use, filled in with this organisation's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from calconnect.acceptance.exported import FIND_ASSIGNMENTS
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.observation import Mode, Outcome
from calconnect.reporting.advice import ADVICE
from calconnect.reporting.known_names import known_names
from calconnect.reporting.model import NextStep
from calconnect.reporting.nextsteps import Situation, next_steps
from calconnect.requirements.remediation import Names
from tests.reporting.synthetic import SERVICE, Maker, SyntheticRun, addresses, make_run

GROUP = "calendar-users@contoso.example"
BLOCKED = (Verdict.UNKNOWN, UnknownReason.BLOCKED, "It waits for another requirement.")
DENIED, ABSENT = "ErrorImpersonateUserDenied", "not-a-member"


def failed(target: str, code: str, *observations: str, remediation: str = "") -> Finding:
    return Finding(target, Verdict.FAILED, f"It fell short ({code}).", code, None, observations, remediation)


def passed(target: str, *observations: str) -> Finding:
    return Finding(target, Verdict.PASSED, "Fine.", "NoError", None, observations)


def judged(listed: Sequence[str], *verdicts: tuple[str, list[Finding]]) -> SyntheticRun:
    """Return a run of the requirements that are named, with these findings; the others were not run."""
    maker = Maker(listed)
    for id_, findings in verdicts:
        verdict = Verdict.FAILED if any(one.verdict is Verdict.FAILED for one in findings) else Verdict.PASSED
        maker.finish(f"{id_}v1", verdict, f"{id_} was judged.", findings)
    return maker.run


def unmet(run: SyntheticRun) -> list[NextStep]:
    return [one for one in run.results().next_steps if one.state == "not-met"]


def ids(step: NextStep) -> list[str]:
    return [id_.removesuffix("v1") for id_ in step.requirements]


# --- one cause, one step ------------------------------------------------------------------------------------------


def test_mailboxes_that_are_refused_because_they_are_not_in_the_group_make_one_step() -> None:
    users = addresses(6)
    run = judged(
        users,
        ("IMP-02", [failed(users[2], DENIED, "o-1"), failed(users[4], DENIED, "o-2"), passed(users[0], "o-3")]),
        ("IMP-03", [failed(users[2], ABSENT, "o-4"), failed(users[4].upper(), "nested-member", "o-4")]),
    )
    (step,) = unmet(run)
    assert ids(step) == ["IMP-02", "IMP-03"]
    assert step.title == f"Make these mailboxes direct members of {GROUP}"
    assert step.commands[:2] == [
        f"Add-DistributionGroupMember -Identity '{GROUP}' -Member '{users[2]}'",
        f"Add-DistributionGroupMember -Identity '{GROUP}' -Member '{users[4]}'",
    ]
    assert (step.mailboxes, step.shell) == (2, "Exchange Management Shell")


def test_what_else_falls_short_keeps_its_own_step() -> None:
    users = addresses(6)
    outsider = "outsider@contoso.example"
    run = judged(
        users,
        (
            "IMP-02",
            [
                failed(users[2], DENIED, "o-1"),
                failed(users[3], "ErrorNonExistentMailbox", "o-2", remediation="Get-Recipient"),
                passed(users[0], "o-3"),
            ],
        ),
        ("IMP-03", [failed(users[2], ABSENT, "o-4"), failed(outsider, "NoError", "o-5")]),
    )
    together, *apart = unmet(run)
    assert ids(together) == ["IMP-02", "IMP-03"]
    assert together.targets == [users[2]]
    assert sorted((ids(one), one.targets) for one in apart) == [(["IMP-02"], [users[3]]), (["IMP-03"], [outsider])]


@pytest.mark.parametrize("case", ["nobody-opens", "other-code", "other-mailbox", "no-group"])
def test_a_cause_that_is_not_sure_is_not_taken_for_one(case: str) -> None:
    users = addresses(4)
    code = "ErrorAccessDenied" if case == "other-code" else DENIED
    covers = [failed(users[1], code, "o-1"), *([] if case == "nobody-opens" else [passed(users[0], "o-2")])]
    limited = [failed(users[2] if case == "other-mailbox" else users[1], ABSENT, "o-3")]
    run = judged(users, ("IMP-02", covers), ("IMP-03", limited))
    if case == "no-group":
        run.settings = replace(run.settings, limit=None)
    assert sorted(ids(step) for step in unmet(run)) == [["IMP-02"], ["IMP-03"]]


def test_one_refusal_by_the_server_is_one_step_and_a_fact_of_the_settings_is_not() -> None:
    one = judged(
        addresses(3),
        ("SVC-04", [failed(SERVICE, "HTTP 401", "o-1")]),
        ("SVC-08", [failed(SERVICE, "HTTP 401", "o-1")]),
    )
    (step,) = unmet(one)
    assert ids(step) == ["SVC-04", "SVC-08"]
    assert any("Unlock-ADAccount" in command for command in step.commands)
    assert any("UserPrincipalName" in command for command in step.commands)
    for other in (
        (failed(SERVICE, "malformed", "o-1"), failed(SERVICE, "malformed", "o-1")),
        (failed(SERVICE, "HTTP 401", "o-1"), failed(SERVICE, "HTTP 401", "o-2")),
        (failed(SERVICE, "HTTP 401", "o-1"), failed("other", "HTTP 401", "o-1")),
        (failed(SERVICE, "NoError", "o-1"), failed(SERVICE, "NoError", "o-1")),
    ):
        two = judged(addresses(3), ("SVC-04", [other[0]]), ("SVC-08", [other[1]]))
        assert len(unmet(two)) == 2, other


def test_what_an_export_gives_the_reason_for_is_one_step_with_the_way_to_mend_it() -> None:
    users = addresses(5)
    remedy = "New-ManagementRoleAssignment -ExclusiveRecipientWriteScope 'Executives'"
    run = judged(
        users,
        ("IMP-02", [failed(user, DENIED, f"o-{user}") for user in users[1:3]] + [passed(users[0], "o-1")]),
        ("IMP-05", [failed(users[1], "exclusive-scope", "o-2", remediation=remedy)]),
    )
    one, other = sorted(unmet(run), key=lambda step: -len(step.requirements))
    assert (ids(one), one.targets, one.commands) == (["IMP-02", "IMP-05"], [users[1]], [remedy])
    assert (one.level, ids(other), other.targets) == ("must", ["IMP-02"], [users[2]])
    stale = judged(
        users,
        ("IMP-01", [failed(SERVICE, DENIED, "o-1")]),
        ("IMP-04", [failed("Calendar users", "other-dn", "o-2", remediation="Set-ManagementScope")]),
    )
    (step,) = unmet(stale)
    assert (ids(step), step.severity, step.commands) == (["IMP-01", "IMP-04"], "critical", ["Set-ManagementScope"])
    for code, shown in (("ErrorNonExistentMailbox", "exclusive-scope"), (DENIED, "other-filter")):
        apart = judged(users, ("IMP-02", [failed(users[1], code, "o-1")]), ("IMP-05", [failed(users[1], shown, "o-2")]))
        assert len(unmet(apart)) == 2, (code, shown)


# --- the order ------------------------------------------------------------------------------------------------------


def test_what_unblocks_most_comes_first_whatever_its_severity() -> None:
    verdicts = {
        "NET-04": (Verdict.FAILED, None, "Two addresses are not let through."),
        "IMP-02": (Verdict.FAILED, None, "Most are refused."),
        "OPS-01": BLOCKED,
        "OPS-06": BLOCKED,
    }
    first, second = make_run(4, verdicts=verdicts).results().next_steps
    assert (ids(first), first.severity, first.unblocks) == (["IMP-02"], "high", ["OPS-01v1", "OPS-06v1"])
    assert (ids(second), second.severity) == (["NET-04"], "critical")


def test_of_two_that_unblock_nothing_the_one_that_concerns_more_mailboxes_comes_first() -> None:
    users = addresses(9)
    run = judged(
        users,
        ("SVC-03", [failed(user, "other-domain", "o-1") for user in users[:2]]),
        ("OPS-06", [failed(user, "ErrorAccessDenied", f"o-{user}") for user in users[:5]]),
        ("NET-04", [failed("203.0.113.7", "timed-out", "o-2")]),
        ("SEC-01", [failed("service_account_password", "readable-by-others", "o-3")]),
    )
    assert [(ids(step), step.mailboxes) for step in unmet(run)] == [
        (["NET-04"], 9),
        (["OPS-06"], 5),
        (["SVC-03"], 2),
        (["SEC-01"], 0),
    ]


def test_advice_comes_behind_what_decides_and_what_is_waived_behind_both() -> None:
    results = make_run(
        3,
        verdicts={
            "APP-06": (Verdict.FAILED, None, "Nobody agreed."),
            "SVC-04": (Verdict.FAILED, None, "Refused."),
            "OPS-04": (Verdict.FAILED, None, "No room list."),
        },
    ).results()
    day = date(2026, 5, 1)
    requirements = [
        one.model_copy(update={"waived_until": day}) if one.id == "SVC-04" else one for one in results.requirements
    ]
    steps = next_steps(requirements, [], Situation(Names(SERVICE, "", "")))
    assert [ids(step) for step in steps] == [["APP-06"], ["OPS-04"], ["SVC-04"]]
    assert [step.waived_until for step in steps] == [None, None, day]


# --- what could not be observed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(UnknownReason))
def test_every_reason_has_its_step_with_a_command(reason: UnknownReason) -> None:
    assert ADVICE[reason].title
    run = make_run(3, verdicts={"IMP-07": (Verdict.UNKNOWN, reason, "It was not to be seen.")})
    (step,) = run.results().next_steps
    assert (ids(step), step.state) == (["IMP-07"], "not-observed")
    assert step.title.startswith(ADVICE[reason].title)
    assert step.text
    assert step.commands
    assert step.shell
    assert "{" not in "".join([step.text, *step.commands])


def test_the_table_of_advice_is_as_long_as_the_list_of_reasons() -> None:
    assert set(ADVICE) == set(UnknownReason)


def test_what_is_missing_is_another_thing_each_time() -> None:
    none = (Verdict.UNKNOWN, UnknownReason.NO_EVIDENCE, "It is not named.")
    steps = make_run(3, verdicts={"NET-04": none, "IMP-06": none}).results().next_steps
    assert [ids(step) for step in steps] == [["NET-04"], ["IMP-06"]]
    assert all("If nothing could be said" in step.text for step in steps)


def test_exports_that_are_missing_are_one_step() -> None:
    none = (Verdict.UNKNOWN, UnknownReason.NO_EVIDENCE, "It was not exported.")
    results = make_run(3, verdicts={"IMP-01": none, "IMP-06": none}).results()
    both = [one.model_copy(update={"evidence": ["role_assignments.json"]}) for one in results.requirements]
    (step,) = next_steps(both, [], Situation(Names(SERVICE, "", "")))
    assert ids(step) == ["IMP-01", "IMP-06"]
    assert "calconnect evidence import" in step.commands[-1]


def test_an_unexpected_refusal_leads_to_what_was_seen() -> None:
    odd = (Verdict.UNKNOWN, UnknownReason.UNEXPECTED_REFUSAL, "HTTP 403.")
    (step,) = make_run(3, verdicts={"IMP-07": odd}).results(run_id="r-7").next_steps
    assert (step.shell, step.commands) == ("Terminal", ["calconnect explain r-7 IMP-07v1"])


def test_the_server_is_named_where_it_could_not_be_reached() -> None:
    away = (Verdict.UNKNOWN, UnknownReason.UNREACHABLE, "Nothing answered.")
    (step,) = make_run(3, verdicts={"NET-03": away}).results().next_steps
    assert "Test-NetConnection -ComputerName mail.contoso.example -Port 443" in step.commands


# --- names ----------------------------------------------------------------------------------------------------------


def noted(operation: str, **details: object) -> SyntheticRun:
    maker = Maker(addresses(2))
    maker.observe("export", operation=operation, outcome=Outcome.OK, details=details)  # type: ignore[arg-type]
    run = maker.run
    run.observations[:] = [replace(one, mode=Mode.CONFIGURATION) for one in run.observations]
    return run


def test_names_come_from_the_exports() -> None:
    dn = "CN=Calendar users,OU=Groups,DC=contoso,DC=example"
    run = noted("read the export group", group=GROUP.upper(), distinguished_name=dn)
    assert known_names(run.settings, "", run.observations).group_dn == dn
    run = noted("read the export group", group="another@contoso.example", distinguished_name=dn)
    assert known_names(run.settings, "", run.observations).group_dn == ""
    run = noted(FIND_ASSIGNMENTS, assignments=["Calendars"], scopes=["Users"])
    names = known_names(run.settings, "mail", run.observations)
    assert (names.assignment, names.scope, names.server) == ("Calendars", "Users", "mail")
    run = noted(FIND_ASSIGNMENTS, assignments=["Calendars", "Old"], scopes=[])
    names = known_names(run.settings, "", run.observations)
    assert (names.assignment, names.scope) == ("", "")


def test_the_groups_distinguished_name_is_written_out_where_an_export_tells_it() -> None:
    dn = "CN=Calendar users,OU=Groups,DC=contoso,DC=example"
    run = noted("read the export group", group=GROUP, distinguished_name=dn)
    maker = Maker(addresses(2))
    maker.run.observations[:] = run.observations
    maker.finish("IMP-03v1", Verdict.FAILED, "An outsider opens.", [failed("x@contoso.example", "NoError", "o-0001")])
    (step,) = unmet(maker.run)
    assert f"$dn = '{dn}'" in step.commands
    maker.run.observations.clear()
    (step,) = unmet(maker.run)
    assert f"$dn = (Get-DistributionGroup -Identity '{GROUP}').DistinguishedName" in step.commands
