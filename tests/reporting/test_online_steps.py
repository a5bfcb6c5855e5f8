"""The next steps in Exchange Online: what is to come before what, by which case, and as whose application."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from calconnect.acceptance.judging.location import MOVED_BACK, MOVED_UP, NOWHERE
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.reporting.action_plan import action_plan_markdown
from calconnect.reporting.advice import (
    ENDLESS_PAGES,
    NOT_JSON,
    ONLINE_ADVICE,
    OWN_ON_EWS_LIST,
    OWN_PERMISSION,
    TERMINAL,
    Advice,
)
from calconnect.reporting.model import NextStep
from calconnect.requirements.catalogue import load_catalogue
from calconnect.requirements.model import OWN_APPLICATION
from calconnect.settings.model import CRONOFY_APPLICATION
from tests.reporting.synthetic import Maker, SyntheticRun, addresses

AFTER_THE_END = date(2027, 4, 2)
NOT_PERMITTED = UnknownReason.NOT_PERMITTED


def maker(topology: str, day: date = AFTER_THE_END) -> Maker:
    """Return a maker of runs of a topology, in which a requirement is mended as it is on a day."""
    made = Maker(addresses(3))
    asked = load_catalogue().current(topology, day)
    asked = tuple(replace(one, remediation=one.remediation_on(day), remediation_from={}) for one in asked)
    made.run = SyntheticRun(made.settings, asked)
    return made


def failed(target: str, code: str) -> Finding:
    return Finding(target, Verdict.FAILED, f"It fell short ({code}).", code, None, ("o-1",))


def steps(run: SyntheticRun, *ids: str) -> list[NextStep]:
    wanted = {f"{id_}v1" for id_ in ids}
    return [one for one in run.results().next_steps if wanted & set(one.requirements)]


def test_the_scope_comes_before_the_consent_although_more_waits_for_the_consent() -> None:
    made = maker("exchange-online-graph")
    waiting = Finding("a@x", Verdict.UNKNOWN, "It waits.", "", UnknownReason.BLOCKED)
    made.finish("GR-01v1", Verdict.FAILED, "No consent.", [failed(CRONOFY_APPLICATION, "Request_ResourceNotFound")])
    made.finish("GR-07v1", Verdict.UNKNOWN, "It waits.", [waiting], reason=UnknownReason.BLOCKED)
    made.finish("GR-02v1", Verdict.FAILED, "No scope.", [failed(CRONOFY_APPLICATION, "no-scope")])
    scope, consent = steps(made.run, "GR-01", "GR-02")
    assert (scope.requirements, consent.requirements) == (["GR-02v1"], ["GR-01v1"])
    assert consent.unblocks == ["GR-07v1"]
    assert scope.targets == [f"{CRONOFY_APPLICATION} (the vendor's application)"]
    assert scope.commands[0] == f"New-MgServicePrincipal -AppId {CRONOFY_APPLICATION}"


def test_after_the_end_of_ews_one_step_moves_to_graph() -> None:
    made = maker("exchange-online-ews")
    users = addresses(3)
    made.finish("EWS-06v1", Verdict.FAILED, "Refused.", [failed(one, "HTTP 403") for one in users])
    made.finish("MIG-02v1", Verdict.FAILED, "It depends on EWS.", [failed("topology", "depends-on-ews")])
    (step,) = steps(made.run, "EWS-06", "MIG-02")
    assert step.requirements == ["EWS-06v1", "MIG-02v1"]
    assert not any("EwsEnabled" in command for command in step.commands)
    before = maker("exchange-online-ews", date(2027, 3, 31))
    before.finish("EWS-06v1", Verdict.FAILED, "Refused.", [failed(users[0], "HTTP 403")])
    (step,) = steps(before.run, "EWS-06")
    assert "Set-OrganizationConfig -EwsEnabled $true" in step.commands


def test_each_case_of_a_misplaced_mailbox_has_its_own_words() -> None:
    made = maker("hybrid")
    users = addresses(3)
    cases = [failed(user, code) for user, code in zip(users, (MOVED_UP, MOVED_BACK, NOWHERE), strict=True)]
    made.finish("LOC-01v1", Verdict.FAILED, "Not where they are to be.", cases)
    (step,) = steps(made.run, "LOC-01")
    assert [word in step.text for word in ("Moved to Exchange Online", "Moved back", "On neither side")] == [True] * 3
    assert "connect them where they are" not in step.text
    assert [user for user in users if any(user in command for command in step.commands)] == users
    made = maker("hybrid")
    made.finish("LOC-01v1", Verdict.FAILED, "Elsewhere.", [failed(users[0], NOWHERE), failed(users[1], "Other")])
    (step,) = steps(made.run, "LOC-01")
    assert "connect them where they are" in step.text


def test_what_calconnects_own_application_lacks_is_asked_for_it_by_name() -> None:
    made = maker("exchange-online-graph")
    for id_, code in (("GR-13", "own-application-without-calendars"), ("GR-14", "ErrorAccessDenied")):
        finding = Finding("a@x", Verdict.UNKNOWN, "Refused.", code, NOT_PERMITTED, ("o-1",))
        made.finish(f"{id_}v1", Verdict.UNKNOWN, "Refused.", [finding], reason=NOT_PERMITTED)
    (step,) = steps(made.run, "GR-13", "GR-14")
    assert step.title == OWN_PERMISSION.title
    assert "Calendars.ReadWrite" in step.text
    assert "Place.Read.All" in step.text
    made = maker("exchange-online-ews", date(2026, 11, 22))
    finding = Finding("a@x", Verdict.UNKNOWN, "Kept out.", "HTTP 403", NOT_PERMITTED, ("o-1",))
    made.finish("EWS-06v1", Verdict.UNKNOWN, "Kept out.", [finding], reason=NOT_PERMITTED)
    (step,) = steps(made.run, "EWS-06")
    assert step.title == OWN_ON_EWS_LIST.title
    assert any("EwsAllowedAppIDs" in command for command in step.commands)


@pytest.mark.parametrize(
    ("reason", "code", "advice"),
    [
        (UnknownReason.UNREACHABLE, "endless-pages", ENDLESS_PAGES),
        (UnknownReason.UNREACHABLE, "not-json", NOT_JSON),
        (UnknownReason.UNREACHABLE, "connection-refused", ONLINE_ADVICE[UnknownReason.UNREACHABLE]),
        (UnknownReason.TIMED_OUT, "timed-out", ONLINE_ADVICE[UnknownReason.TIMED_OUT]),
        (UnknownReason.THROTTLED, "ApplicationThrottled", ONLINE_ADVICE[UnknownReason.THROTTLED]),
    ],
)
def test_what_microsofts_cloud_did_not_answer_is_no_matter_of_a_server(
    reason: UnknownReason, code: str, advice: Advice
) -> None:
    made = maker("exchange-online-graph")
    finding = Finding("a@x", Verdict.UNKNOWN, "Nothing of use.", code, reason, ("o-1",))
    made.finish("GR-10v1", Verdict.UNKNOWN, "Nothing of use.", [finding], reason=reason)
    (step,) = steps(made.run, "GR-10")
    assert (step.title, step.text) == (advice.title, advice.text)
    assert not any("<" in command for command in step.commands)
    assert step.commands


def test_a_step_that_rests_on_calconnects_own_application_says_so() -> None:
    made = maker("exchange-online-graph")
    made.finish("GR-07v1", Verdict.FAILED, "Refused.", [failed("a@x", "ErrorAccessDenied")])
    made.run.scenarios[-1] = replace(made.run.scenarios[-1], caveat=OWN_APPLICATION)
    plan = action_plan_markdown(made.run.results())
    assert "  - Mind: What was seen of mailboxes rests on the rights" in plan


def test_a_missing_secret_is_stored_under_the_name_that_the_settings_give() -> None:
    made = maker("exchange-online-graph")
    finding = replace(failed("microsoft365", "password-not-found"), remediation="keyring set calconnect application")
    made.finish("APP-02v1", Verdict.FAILED, "It is missing.", [finding])
    (step,) = steps(made.run, "APP-02")
    assert (step.shell, step.commands) == (TERMINAL, ["keyring set calconnect application"])
