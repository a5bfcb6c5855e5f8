"""The end of EWS in Exchange Online, day by day, and the way off it (EWS-02 to EWS-08, MIG-01, MIG-02)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.asked import Answer, Answers
from calconnect.acceptance.judging import ews_retirement, ews_switches, migration
from calconnect.acceptance.judging.rights import Rights
from calconnect.evidence.bundle.model import ManagementScope, RoleAssignment
from calconnect.evidence.bundle.model_online import OnlineOrganizationRecord
from calconnect.evidence.observation import Observation
from calconnect.settings.model import AccessLevel, ConnectionSettings, ListedMailbox, Settings, Topology
from calconnect.settings.secrets import SecretReference
from tests.acceptance.online_answers import (
    ANN,
    BEN,
    EVE,
    GATE,
    GROUP,
    NOT_ALLOWED,
    NOW,
    SILENT,
    VENDOR,
    codes_of,
    exported,
    not_supplied,
    ok,
    only,
    refused,
)

TODAY = date(2026, 11, 22)
READ = ok("calconnect.toml")


def policy(reason: str) -> Observation:
    return refused(ANN, None, 403, headers={"X-EWS-Policy-Reason": reason})


OFF = policy(ews_retirement.SWITCHED_OFF)
NOT_LISTED = policy(ews_retirement.NOT_LET_THROUGH)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ok(ANN), "passed: ews-answered"),
        (refused(ANN, "ErrorAccessDenied", 200), "passed: ews-answered"),
        (OFF, "failed: HTTP 403"),
        (NOT_LISTED, "unknown: not-permitted-to-look"),
        (refused(ANN, None, 403), "unknown: unexpected-refusal"),
        (refused(ANN, "ErrorServerBusy", 503), "unknown: throttled"),
        (refused(ANN, **SILENT), "unknown: timed-out"),
        (GATE, "unknown: not-permitted-to-look"),
    ],
)
def test_a_refusal_says_that_ews_is_off_only_with_its_reason(answer: Answer, said: str) -> None:
    assert only(ews_retirement.answers_for({ANN: answer}, TODAY)) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 9, 15), "ends on 2027-04-01, in 198 days"),
        (date(2026, 11, 22), "ends on 2027-04-01, in 130 days"),
        (date(2027, 3, 31), "in 1 day."),
        (date(2027, 4, 1), "ended on 2027-04-01."),
        (date(2027, 4, 2), "ended on 2027-04-01."),
    ],
)
def test_each_verdict_says_how_long_ews_goes_on(day: date, said: str) -> None:
    (finding,) = ews_retirement.busy_times({ANN: ok(ANN, busy=2)}, day)
    assert said in finding.sentence


def test_busy_times_over_ews() -> None:
    answers: dict[str, Answer] = {
        ANN: ok(ANN, busy=2),
        BEN: refused(BEN, "ErrorNoFreeBusyAccess", 200),
        EVE: OFF,
        "x@contoso.com": refused("x@contoso.com", **SILENT),
    }
    assert list(codes_of(ews_retirement.busy_times(answers, TODAY)).values()) == [
        *("passed: busy-times-read", "failed: ErrorNoFreeBusyAccess", "failed: HTTP 403", "unknown: timed-out")
    ]
    assert only(ews_retirement.not_kept_over_graph(READ)) == "failed: no-free-busy-only"


LISTED = (VENDOR.upper(),)


def switches(enabled: bool | None = True, app_ids: Any = LISTED, **more: Any) -> Any:
    return exported(OnlineOrganizationRecord(enabled, app_ids, **more))


def test_the_switch_must_be_set_by_name_to_stay_on() -> None:
    def judge(given: Any) -> list[str]:
        return list(codes_of(ews_switches.on_by_name(given, TODAY)).values())

    assert judge(switches()) == ["passed: switched-on-by-name"] * 2
    assert judge(switches(None)) == ["failed: switch-never-set"]
    assert judge(switches(False)) == ["failed: EwsEnabled"]
    assert judge(switches(app_ids=())) == ["passed: switched-on-by-name", "failed: no-app-id-listed"]
    assert judge(switches(app_ids=None))[1] == "unknown: no-evidence-supplied"
    assert judge(not_supplied()) == ["unknown: no-evidence-supplied"]


def test_the_vendors_app_id_is_on_the_list() -> None:
    def judge(given: Any) -> str:
        return only(ews_switches.app_id_listed(VENDOR, given, {ANN: ok(ANN)}, NOW))

    assert judge(switches()) == "passed: app-id-listed"
    assert judge(switches(app_ids=("other",))) == "failed: app-id-not-listed"
    assert judge(switches(app_ids=())) == "failed: no-app-id-listed"
    assert judge(switches(app_ids=None)) == "unknown: no-evidence-supplied"
    assert judge(switches(changed_at=NOW - timedelta(hours=5))) == "unknown: access-pending-propagation"
    assert judge(not_supplied()) == "unknown: no-evidence-supplied"


def test_what_our_own_application_meets_is_told_beside_the_list() -> None:
    (finding,) = ews_switches.app_id_listed(VENDOR, switches(), {ANN: NOT_LISTED}, NOW)
    assert finding.verdict == "passed"
    assert finding.sentence.endswith("calconnect's own application is not let through.")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "passed: no-user-agent-policy"),
        ({"access_policy": "EnforceAllowList"}, "failed: nobody-on-the-allow-list"),
        ({"access_policy": "EnforceAllowList", "allow_list": ("*",)}, "passed: user-agent-not-blocked"),
        ({"access_policy": "EnforceAllowList", "allow_list": ("Outlook*",)}, "unknown: no-evidence-supplied"),
        ({"access_policy": "EnforceBlockList"}, "passed: user-agent-not-blocked"),
        ({"access_policy": "EnforceBlockList", "block_list": ("Cronofy*",)}, "failed: user-agent-blocked"),
        ({"access_policy": "EnforceBlockList", "block_list": ("*",)}, "failed: user-agent-blocked"),
        ({"access_policy": "EnforceBlockList", "block_list": ("Backup*",)}, "passed: user-agent-not-blocked"),
    ],
)
def test_policies_about_user_agents(more: dict[str, Any], said: str) -> None:
    assert only(ews_switches.user_agents(switches(**more))) == said


def test_the_exports_decide_where_the_answers_say_nothing() -> None:
    unseen = ews_retirement.answers_for({ANN: refused(ANN, **SILENT), BEN: ok(BEN)}, TODAY)
    own = exported({ANN: False, BEN: False})
    found = ews_switches.by_the_switches(unseen, switches(False), not_supplied())
    assert codes_of(found) == {ANN: "failed: EwsEnabled", BEN: "passed: ews-answered"}
    assert codes_of(ews_switches.by_the_switches(unseen, switches(), own))[ANN] == "failed: EwsEnabled"
    assert codes_of(ews_switches.by_the_switches(unseen, switches(), not_supplied()))[ANN] == "unknown: timed-out"


def settings(topology: Topology, access: AccessLevel = AccessLevel.FULL, *, password: bool = False) -> Settings:
    secret = SecretReference("env", "PASSWORD", Path()) if password else None
    connection = ConnectionSettings("svc@contoso.com" if password else "", secret, ANN, terms_agreed=True)
    return Settings(Path("c.toml"), connection, (ListedMailbox(ANN, 1),), access=access, topology=topology)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (settings(Topology.EXCHANGE_ONLINE_GRAPH), {"passed"}),
        (settings(Topology.EXCHANGE_ONLINE_EWS, AccessLevel.FREE_BUSY), {"passed"}),
        (settings(Topology.EXCHANGE_ONLINE_EWS), {"failed", "passed"}),
        (settings(Topology.EXCHANGE_ONLINE_EWS, AccessLevel.FREE_BUSY, password=True), {"failed", "passed"}),
        (settings(Topology.HYBRID, password=True), {"passed"}),
    ],
)
def test_nothing_rests_on_impersonation_or_a_password(given: Settings, said: set[str]) -> None:
    assert {str(one.verdict) for one in ews_retirement.rests_on(given, READ)} == said


def test_in_a_hybrid_the_impersonated_mailbox_is_the_servers() -> None:
    judge = ews_retirement.impersonated_is_on_server
    gone = refused(ANN, "ErrorNonExistentMailbox", 500)
    assert only(judge(ANN, ok(ANN), gone)) == "passed: no-impersonation"
    assert only(judge(ANN, gone, ok(ANN))) == "failed: impersonation-retired"
    no_right, not_online = refused(ANN, "ErrorImpersonateUserDenied", 500), refused(ANN, "ErrorInvalidUser", 404)
    assert only(judge(ANN, no_right, not_online)) == "passed: no-impersonation"
    assert only(judge(ANN, gone, refused(ANN, **SILENT))) == "unknown: blocked-by-another-requirement"


ROLE = RoleAssignment(
    "r", "svc@contoso.com", "User", "svc@contoso.com", "Regular", "CustomRecipientScope", "S", enabled=True
)


def rights(members: tuple[str, ...] | None = (ANN, BEN), assignment: RoleAssignment = ROLE) -> Rights:
    scope = ManagementScope("S", "MemberOfGroup -eq 'x'", "", exclusive=False, members=members)
    return Rights("", (), exported((assignment,)), exported((scope,)))


def group(*direct: str) -> tuple[Observation, ...]:
    return (ok(GROUP, direct=list(direct), transitive=list(direct)),)


def test_both_limits_hold_the_same_mailboxes() -> None:
    def judge(read: Answers, expanded: Answers | None = None, known: Rights | None = None) -> dict[str, str]:
        return codes_of(migration.same_limits(GROUP, expanded, known or rights(), read))

    assert judge(group(BEN, ANN.upper())) == {GROUP: "passed: same-mailboxes"}
    assert judge(group(ANN, EVE)) == {EVE: "failed: only-on-graph", BEN: "failed: only-on-ews"}
    unknown = Rights("svc@contoso.com", (), not_supplied(), not_supplied())  # so the server's own group is asked
    assert judge(group(ANN, BEN), (ok(GROUP, members=[ANN, BEN]),), unknown) == {GROUP: "passed: same-mailboxes"}
    assert judge(group(ANN, BEN), (ok(GROUP, members=[ANN]),), unknown) == {BEN: "failed: only-on-graph"}
    assert judge(group(ANN), (refused(GROUP, **SILENT),), unknown) == {GROUP: "unknown: timed-out"}
    named = replace(rights(), account="svc@contoso.com")  # the scope that holds, and not the group that should
    assert judge(group(ANN, BEN, EVE), (ok(GROUP, members=[ANN, BEN, EVE]),), named) == {EVE: "failed: only-on-graph"}
    assert judge((refused(GROUP, **NOT_ALLOWED),)) == {GROUP: "unknown: not-permitted-to-look"}
    assert judge(group(ANN), None, rights(None)) == {GROUP: "unknown: no-evidence-supplied"}
    assert judge(group(ANN), None, rights(assignment=replace(ROLE, custom_scope=""))) == {GROUP: "failed: only-on-ews"}


def test_from_the_day_of_the_end_nothing_may_depend_on_ews() -> None:
    judge = migration.depends_on_ews
    assert only(judge(Topology.EXCHANGE_ONLINE_EWS, READ, {})) == "failed: depends-on-ews"
    assert only(judge(Topology.EXCHANGE_ONLINE_GRAPH, READ, {ANN: ok(ANN)})) == "passed: calendar-opened"
    assert only(judge(Topology.HYBRID, READ, {ANN: refused(ANN, **SILENT)})) == "unknown: timed-out"
