"""Consent and scope: each requirement is seen to pass, to fail, and to be unknown (GR-01 to GR-08)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.judging import application_scope, consent, scope_tests
from calconnect.acceptance.judging.application_scope import Limit
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.scope_tests import AccessTests
from calconnect.acceptance.verdicts import Finding
from calconnect.evidence.bundle.model_online import AccessTestRecord, AuthorizationTestRecord
from calconnect.evidence.observation import Observation
from tests.acceptance.online_answers import (
    ANN,
    BEN,
    EVE,
    GATE,
    GROUP,
    NOT_ALLOWED,
    NOW,
    OWN,
    SILENT,
    VENDOR,
    codes_of,
    exported,
    not_supplied,
    ok,
    only,
    refused,
)

FOUR = list(consent.FOUR)
READ = (
    ok(GROUP, group_id="g-1", mail_enabled=True, security_enabled=True, direct=[ANN, BEN], transitive=[ANN, BEN, EVE]),
)
POLICY = Limit(VENDOR, "policy", (GROUP,), changed_at=NOW - timedelta(days=30))
ROLE = Limit(VENDOR, "role", (GROUP,), "Calendars.ReadWrite", changed_at=NOW - timedelta(days=30))


def consented(*permissions: str, enabled: bool = True) -> tuple[Observation, ...]:
    return (ok(VENDOR, enabled=enabled), ok(VENDOR, enabled=enabled, permissions=list(permissions)))


def test_exactly_four_permissions_pass_and_each_difference_is_named() -> None:
    assert set(codes_of(consent.exactly_the_four(VENDOR, consented(*FOUR))).values()) == {"passed: consented"}
    own_name = ["Place.Read.All" if one == "Places.Read.All" else one for one in FOUR]
    assert set(codes_of(consent.exactly_the_four(VENDOR, consented(*own_name))).values()) == {"passed: consented"}
    found = codes_of(consent.exactly_the_four(VENDOR, consented(*FOUR[1:], "Mail.ReadWrite")))
    assert found["Calendars.ReadWrite"] == "failed: permission-missing"
    assert found["Mail.ReadWrite"] == "failed: permission-beyond"
    assert (
        codes_of(consent.exactly_the_four(VENDOR, consented(*FOUR, enabled=False)))[VENDOR]
        == "failed: application-disabled"
    )


def test_a_role_for_applications_stands_in_for_the_consent_to_calendars() -> None:
    read = exported((ROLE,)).seen
    found = codes_of(consent.exactly_the_four(VENDOR, consented(*FOUR[1:]), ["Calendars.ReadWrite"], read))
    assert found["Calendars.ReadWrite"] == "passed: consented"


def test_without_a_consent_it_fails_and_without_the_right_to_look_it_is_not_known() -> None:
    nobody = (refused(VENDOR, "Request_ResourceNotFound", 404),)
    assert only(consent.exactly_the_four(VENDOR, nobody)) == "failed: Request_ResourceNotFound"
    assert only(consent.exactly_the_four(VENDOR, (refused(VENDOR, **NOT_ALLOWED),))) == "unknown: not-permitted-to-look"
    assert only(consent.exactly_the_four(VENDOR, GATE)) == "unknown: not-permitted-to-look"
    assert only(consent.exactly_the_four(VENDOR, (refused(VENDOR, **SILENT),))) == "unknown: timed-out"


def test_conditional_access_is_asked_about_people_and_never_about_the_vendor() -> None:
    mfa = ok("admin@contoso.com", applies=["All users"], controls=["mfa"], source="203.0.113.7")
    assert only(consent.not_kept_out("admin@contoso.com", [mfa], person=True)) == "passed: not-blocked-by-policy"
    assert only(consent.not_kept_out("svc@contoso.com", [mfa], person=False)) == "failed: second-factor-demanded"
    blocked = ok("admin@contoso.com", applies=["Abroad"], controls=["block"])
    assert only(consent.not_kept_out("admin@contoso.com", [blocked], person=True)) == "failed: blocked-by-policy"
    unseen = refused("admin@contoso.com", **NOT_ALLOWED)
    (finding,) = consent.not_kept_out("admin@contoso.com", [unseen], person=True)
    assert finding.reason == "not-permitted-to-look"
    assert consent.NOT_COVERED in finding.sentence
    assert only(consent.not_kept_out("admin@contoso.com", [], person=True)) == "unknown: no-evidence-supplied"


@pytest.mark.parametrize(
    ("limits", "connected_on", "said"),
    [
        ((POLICY,), None, "passed: intended-group"),
        ((POLICY,), date(2026, 12, 1), "passed: intended-group"),
        ((POLICY,), date(2026, 10, 1), "failed: scope-too-late"),
        ((ROLE,), date(2026, 12, 1), "passed: intended-group"),
        ((), None, "failed: no-scope"),
        ((Limit(OWN, "policy", (GROUP,)),), None, "failed: no-scope"),
        ((Limit(VENDOR, "deny", (GROUP,), deny=True),), None, "failed: no-scope"),
        ((Limit(VENDOR, "policy", ("everybody@contoso.com",)),), None, "failed: other-group"),
        ((Limit(VENDOR, "policy", ("G-1",)),), None, "passed: intended-group"),
        ((Limit(VENDOR, "role", (), "Calendars.ReadWrite"), POLICY), None, "failed: no-scope"),
        ((Limit(VENDOR, "role", (), "Calendars.ReadWrite", unclear=True),), None, "unknown: no-evidence-supplied"),
        ((Limit(VENDOR, "policy", (GROUP,)),), date(2026, 12, 1), "unknown: no-evidence-supplied"),
    ],
)
def test_the_scope_is_there_in_time_and_of_the_intended_group(
    limits: tuple[Limit, ...], connected_on: date | None, said: str
) -> None:
    assert only(application_scope.restricted(VENDOR, GROUP, READ, exported(limits), connected_on)) == said


def test_without_the_exports_nobody_knows_the_scope() -> None:
    found = application_scope.restricted(VENDOR, GROUP, READ, not_supplied(), None)
    assert only(found) == "unknown: no-evidence-supplied"


def test_the_group_must_be_one_that_a_policy_can_be_made_of() -> None:
    assert only(application_scope.group_is_fit(GROUP, READ)) == "passed: intended-group"
    list_only = (ok(GROUP, mail_enabled=True, security_enabled=False, direct=[], transitive=[]),)
    assert only(application_scope.group_is_fit(GROUP, list_only)) == "failed: not-a-security-group"
    gone = (refused(GROUP, "no-such-group", 200),)
    assert only(application_scope.group_is_fit(GROUP, gone)) == "failed: other-group"
    assert (
        only(application_scope.group_is_fit(GROUP, (refused(GROUP, **NOT_ALLOWED),)))
        == "unknown: not-permitted-to-look"
    )


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (exported((ROLE,)), "failed: nested-member"),
        (exported((POLICY,)), "passed: member-by-a-group"),
        (exported((ROLE, POLICY)), "unknown: no-evidence-supplied"),
        (exported(()), "unknown: no-evidence-supplied"),
        (not_supplied(), "unknown: no-evidence-supplied"),
    ],
)
def test_a_role_sees_direct_members_only_and_a_policy_those_by_way_of_other_groups(
    limits: Export[tuple[Limit, ...]], said: str
) -> None:
    listed = {ANN: ANN, "alias@contoso.com": BEN, EVE: EVE, "zoe@contoso.com": "zoe@contoso.com"}
    assert codes_of(application_scope.membership(GROUP, READ, listed, VENDOR, limits)) == {
        ANN: "passed: direct-member",
        "alias@contoso.com": "passed: direct-member",
        EVE: said,
        "zoe@contoso.com": "failed: not-a-member",
    }


def test_an_application_that_the_tenant_does_not_know_reaches_nothing_yet() -> None:
    gone = (refused(VENDOR, "Request_ResourceNotFound", 404),)
    found = application_scope.restricted(VENDOR, GROUP, READ, exported(()), None, looked_up=gone)
    assert only(found) == "failed: no-scope"
    assert "reaches nothing" in found[0].sentence
    page = "https://login.microsoftonline.com/contoso.com/adminconsent?client_id=1"
    [finding] = consent.exactly_the_four(VENDOR, gone, page=page)
    assert finding.remediation == f"Start-Process '{page}'"


def test_a_consent_beside_a_role_voids_its_scope() -> None:
    judge = application_scope.not_voided
    assert only(judge(VENDOR, consented(*FOUR), exported((ROLE,)))) == "failed: consent-voids-scope"
    assert only(judge(VENDOR, consented(*FOUR[1:]), exported((ROLE,)))) == "passed: no-overriding-consent"
    assert only(judge(VENDOR, consented(*FOUR), exported((POLICY,)))) == "passed: no-overriding-consent"
    assert only(judge(VENDOR, consented(*FOUR), exported((ROLE, POLICY)))) == "passed: no-overriding-consent"
    assert only(judge(VENDOR, consented(*FOUR), not_supplied())) == "unknown: no-evidence-supplied"
    assert only(judge(VENDOR, (refused(VENDOR, **NOT_ALLOWED),), exported((ROLE,)))) == "unknown: not-permitted-to-look"


@pytest.mark.parametrize(
    ("granted", "answer", "age", "said"),
    [
        (True, ok(ANN), timedelta(days=3), "passed: test-and-call-agree"),
        (False, refused(ANN, "ErrorAccessDenied"), timedelta(days=3), "passed: test-and-call-agree"),
        (True, refused(ANN, "ErrorAccessDenied"), timedelta(days=3), "failed: test-and-call-differ"),
        (False, ok(ANN), timedelta(days=3), "failed: test-and-call-differ"),
        (True, refused(ANN, "ErrorAccessDenied"), timedelta(minutes=50), "unknown: access-pending-propagation"),
        (True, refused(ANN, "ApplicationThrottled", 429), timedelta(days=3), "unknown: throttled"),
    ],
)
def test_a_difference_inside_the_window_is_pending(granted: bool, answer: Answer, age: timedelta, said: str) -> None:
    limits = exported((Limit(OWN, "p", (GROUP,), changed_at=NOW - age),))
    assert only(agree(policy_test(ANN, granted), answer, limits)) == said


def agree(tests: AccessTests, answer: Answer, limits: Any, at: datetime = NOW, *permissions: str) -> list[Finding]:
    answers = {ANN: answer, BEN: ok(BEN)}
    looked_up = consented(*(permissions or ("Calendars.ReadWrite",)))
    return scope_tests.tests_agree(OWN, exported(tests, at), answers, looked_up, (limits, NOW))


def policy_test(mailbox: str, granted: bool, app_id: str = OWN) -> AccessTests:
    return AccessTests((AccessTestRecord(app_id, mailbox, granted),))


def test_where_no_date_is_exported_a_test_of_this_moment_may_be_ahead_of_the_call() -> None:
    refusal, limits, tests = (
        refused(ANN, "ErrorAccessDenied"),
        exported((Limit(OWN, "p", (GROUP,)),)),
        policy_test(ANN, True),
    )
    assert only(agree(tests, refusal, limits, NOW - timedelta(hours=1))) == "unknown: access-pending-propagation"
    assert only(agree(tests, refusal, limits, NOW - timedelta(hours=30))) == "failed: test-and-call-differ"
    assert only(agree(policy_test(ANN, True, VENDOR), refusal, limits)) == "unknown: no-evidence-supplied"


def test_what_a_policy_does_not_grant_a_role_may() -> None:
    role = AuthorizationTestRecord(
        OWN, ANN, "Application Calendars.ReadWrite", ("Calendars.ReadWrite",), "S", in_scope=True
    )
    denied = AccessTests((AccessTestRecord(OWN, ANN, False),), (role,))
    assert denied.granted(OWN, ANN, consented=True) is True
    outside = AccessTests((AccessTestRecord(OWN, ANN, True),), (replace(role, in_scope=False),))
    assert outside.granted(OWN, ANN, consented=True) is True
    assert outside.granted(OWN, ANN, consented=False) is False
    assert (
        AccessTests((), (replace(role, role="Application Mail.Read", permissions=("Mail.Read",)),)).granted(
            OWN, ANN, consented=False
        )
        is None
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refused(EVE, "ErrorAccessDenied"), "passed: ErrorAccessDenied"),
        (refused(EVE, "ErrorAccessDenied", 401), "unknown: unexpected-refusal"),
        (refused(EVE, "MailboxNotEnabledForRESTAPI", 404), "unknown: unexpected-refusal"),
        (refused(EVE, None, 403), "unknown: unexpected-refusal"),
        (refused(EVE, None, 429), "unknown: throttled"),
        (ok(EVE), "failed: outsider-admitted"),
        (GATE, "unknown: not-permitted-to-look"),
    ],
)
def test_an_outsider_is_kept_out_by_the_right_code_alone(answer: Answer, said: str) -> None:
    read = (ok(GROUP, direct=[ANN], transitive=[ANN]),)
    assert only(application_scope.outsiders_refused([EVE], read, {EVE: answer})) == said


def test_a_member_is_no_outsider_and_outsiders_are_drawn_from_who_is_left() -> None:
    assert only(application_scope.outsiders_refused([ANN], READ, {ANN: ok(ANN)})) == "unknown: no-evidence-supplied"
    found = ok("", mailboxes=[ANN, BEN, EVE, "listed@contoso.com", "x@contoso.com", "y@contoso.com"])
    drawn = application_scope.draw(found, READ, ["listed@contoso.com"], 5)
    assert sorted(drawn) == ["x@contoso.com", "y@contoso.com"]
    assert application_scope.draw(found, (refused(GROUP, **NOT_ALLOWED),), [], 5) == ()
    assert (
        only(application_scope.nobody_to_try(GROUP, ok("", mailboxes=[ANN]), READ)) == "unknown: no-evidence-supplied"
    )
