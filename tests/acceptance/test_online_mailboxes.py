"""Mailboxes in Exchange Online: each requirement is seen to pass, to fail, and to be unknown (GR-06 to GR-15, SVC-02,
LOC-01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from calconnect.acceptance.asked import Answer
from calconnect.acceptance.judging import licences, location, mail_flow, online_directory, online_mailboxes
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.bundle.model import UserRecord
from calconnect.evidence.bundle.model_online import TransportRuleRecord
from tests.acceptance.online_answers import (
    ANN,
    BEN,
    EVE,
    GATE,
    NOT_ALLOWED,
    SILENT,
    codes_of,
    exported,
    not_supplied,
    ok,
    only,
    refused,
)

TODAY = date(2026, 11, 22)
NO_REST = refused(ANN, "MailboxNotEnabledForRESTAPI", 404)
NOBODY = refused(ANN, "Request_ResourceNotFound", 404)
NOT_THERE = refused(ANN, "ErrorNonExistentMailbox", 500)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ok(ANN), "passed: calendar-opened"),
        (NO_REST, "failed: MailboxNotEnabledForRESTAPI"),
        (refused(ANN, "ErrorAccessDenied"), "failed: ErrorAccessDenied"),
        (refused(ANN, "ErrorInvalidUser", 404), "failed: ErrorInvalidUser"),
        (refused(ANN, "ApplicationThrottled", 429), "unknown: throttled"),
        (refused(ANN, None, 503), "unknown: throttled"),
        (refused(ANN, **SILENT), "unknown: timed-out"),
        (GATE, "unknown: not-permitted-to-look"),
    ],
)
def test_a_mailbox_opens_or_does_not(answer: Answer, said: str) -> None:
    assert only(online_mailboxes.opens({ANN: answer})) == said


def test_events_and_busy_times_are_read_of_calendars_that_open() -> None:
    calendars = online_mailboxes.opens({ANN: ok(ANN), BEN: ok(BEN), EVE: refused(EVE, "ErrorAccessDenied")})
    answers: dict[str, Answer] = {ANN: ok(ANN, events=3), BEN: refused(BEN, "ErrorAccessDenied")}
    assert codes_of(online_mailboxes.read("events", "events-listed", calendars, answers)) == {
        ANN: "passed: events-listed",
        BEN: "failed: ErrorAccessDenied",
        EVE: "unknown: blocked-by-another-requirement",
    }


def test_what_waits_for_a_calendar_says_whether_that_is_closed_or_not_known() -> None:
    (closed,) = online_mailboxes.opens({EVE: refused(EVE, "ErrorAccessDenied")})
    (open_,) = online_mailboxes.opens({EVE: refused(EVE, None, 503)})
    own_gate = replace(closed, verdict=Verdict.UNKNOWN, reason=UnknownReason.BLOCKED)
    said = [online_mailboxes.read("events", "events-listed", [one], {})[0] for one in (closed, open_, own_gate)]
    assert [(one.verdict, one.reason) for one in said] == [
        (Verdict.UNKNOWN, UnknownReason.BLOCKED),
        (Verdict.UNKNOWN, UnknownReason.THROTTLED),
        (Verdict.UNKNOWN, UnknownReason.BLOCKED),
    ]
    assert said[0].sentence.startswith("It could not be looked at, because GR-07 is not met. ")
    assert said[1].sentence.startswith("It could not be looked at, because it is not known whether GR-07 is met. ")
    assert said[2] == own_gate, "it names what stands in its way"


def test_a_test_event_lives_and_is_followed() -> None:
    steps = ("create", "read", "update", "read-again", "follow", "delete", "find-gone")
    lived = tuple(ok(ANN, step=step) for step in steps)
    assert {one.code for one in online_mailboxes.event_lived(ANN, lived)} == {"event-lived"}
    broken = (*lived[:4], refused(ANN, "not-in-changes", 200, details={"step": "follow"}), *lived[5:])
    found = online_mailboxes.event_lived(ANN, broken)
    assert [one.code for one in found if one.verdict == "failed"] == ["not-in-changes"]
    assert online_mailboxes.event_lived(ANN, lived[:4])[-1].reason == "no-evidence-supplied"
    assert only(online_mailboxes.event_lived(ANN, (refused(ANN, **SILENT),))) == "unknown: timed-out"
    assert only(online_mailboxes.event_lived(ANN, GATE)) == "unknown: not-permitted-to-look"


def test_rooms_come_from_room_lists() -> None:
    lists = ok("", lists=["rooms@contoso.com"])
    assert only(online_mailboxes.rooms_listed((lists, ok("rooms@contoso.com", rooms=["r1"])))) == "passed: rooms-listed"
    assert only(online_mailboxes.rooms_listed((lists, ok("rooms@contoso.com", rooms=[])))) == "failed: no-rooms"
    assert only(online_mailboxes.rooms_listed((ok("", lists=[]),))) == "failed: no-room-lists"
    assert only(online_mailboxes.rooms_listed((refused("", **NOT_ALLOWED),))) == "unknown: not-permitted-to-look"


def plan(state: str = "enabled", *names: str) -> Answer:
    return ok(ANN, exchange_plan=state, plan_names=["TEAMS1", "EXCHANGE_S_FOUNDATION", *names])


@pytest.mark.parametrize(
    ("answer", "calendar", "over_ews", "said"),
    [
        (plan("enabled", "EXCHANGE_S_ENTERPRISE"), None, False, "passed: plan-enabled"),
        (plan("enabled", "EXCHANGE_S_DESKLESS"), None, False, "passed: plan-enabled"),
        (plan("enabled", "EXCHANGE_S_DESKLESS"), None, True, "failed: front-line-plan"),
        (plan("enabled", "EXCHANGE_S_DESKLESS", "EXCHANGE_S_STANDARD"), None, True, "passed: plan-enabled"),
        (plan("none"), NO_REST, False, "failed: no-exchange-plan"),
        (plan("none"), ok(ANN), False, "passed: opens-without-a-plan"),
        (plan("suspended"), None, False, "failed: plan-suspended"),
        (refused(ANN, **NOT_ALLOWED), None, False, "unknown: not-permitted-to-look"),
        (GATE, None, False, "unknown: not-permitted-to-look"),
        (ok(ANN), None, False, "unknown: no-evidence-supplied"),
    ],
)
def test_licences(answer: Answer, calendar: Answer | None, over_ews: bool, said: str) -> None:
    calendars = {ANN: calendar} if calendar is not None else {}
    assert only(licences.usable({ANN: answer}, calendars, TODAY, over_ews=over_ews)) == said


def test_front_line_plans_reach_ews_until_a_day_and_strangers_have_no_licence_to_judge() -> None:
    kiosk = {ANN: plan("enabled", "EXCHANGE_S_DESKLESS")}
    assert only(licences.usable(kiosk, {}, date(2026, 6, 29), over_ews=True)) == "passed: plan-enabled"
    assert only(licences.usable(kiosk, {}, date(2026, 6, 30), over_ews=True)) == "failed: front-line-plan"
    assert licences.usable({ANN: NOBODY}, {}, TODAY, over_ews=False) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (plan("enabled", "EXCHANGE_S_ENTERPRISE"), "passed: plan-enabled"),
        (plan("enabled", "EXCHANGE_S_STANDARD"), "failed: lesser-plan"),
        (plan("enabled", "EXCHANGE_S_DESKLESS"), "failed: front-line-plan"),
        (plan("none"), "failed: no-exchange-plan"),
        (NOBODY, "failed: Request_ResourceNotFound"),
        (plan("enabled"), "unknown: no-evidence-supplied"),
        (refused(ANN, **NOT_ALLOWED), "unknown: not-permitted-to-look"),
    ],
)
def test_the_service_account_has_a_licence_of_the_class_e3(answer: Answer, said: str) -> None:
    assert only(licences.of_account(ANN, answer, TODAY)) == said


def test_domains() -> None:
    domains = ok("", verified=["contoso.com", "silent.com"], unverified=["new.com"], email=["Contoso.com"])
    found = ["ann@Contoso.com", "a@new.com", "a@sub.contoso.com", "a@silent.com"]
    assert list(codes_of(online_directory.on_verified_domains(found, (domains,))).values()) == [
        *("passed: verified-domain", "failed: unverified-domain", "failed: foreign-domain"),
        "failed: domain-without-mail",
    ]
    unseen = (refused("", **NOT_ALLOWED),)
    assert only(online_directory.on_verified_domains([ANN], unseen)) == "unknown: not-permitted-to-look"


def test_the_trial_has_no_directory_role() -> None:
    assert only(online_directory.without_roles(ANN, ok(ANN, roles=[]))) == "passed: no-directory-role"
    assert only(online_directory.without_roles(ANN, ok(ANN, roles=["User Administrator"]))) == "failed: directory-role"
    assert only(online_directory.without_roles(ANN, refused(ANN, **NOT_ALLOWED))) == "unknown: not-permitted-to-look"
    assert only(online_directory.without_roles(ANN, NOBODY)) == "unknown: blocked-by-another-requirement"


def test_addresses_are_primary_ones() -> None:
    users: dict[str, Answer] = {
        ANN: ok(ANN, primary_smtp="Ann@Contoso.com"),
        BEN: ok(BEN, primary_smtp="benjamin@contoso.com"),
        EVE: refused(EVE, "Request_ResourceNotFound", 404),
        "x@contoso.com": refused("x@contoso.com", **NOT_ALLOWED),
        "y@contoso.com": ok("y@contoso.com", primary_smtp=""),
    }
    assert list(codes_of(online_directory.primary(users)).values()) == [
        *("passed: primary-address", "failed: not-the-primary-address", "failed: Request_ResourceNotFound"),
        *("unknown: not-permitted-to-look", "failed: no-address"),
    ]


def rule(*actions: str, **more: Any) -> TransportRuleRecord:
    fields: dict[str, Any] = {"enforced": True, "sender_domains": (), "excepted_domains": (), "from_outside": True}
    return TransportRuleRecord("r", **fields | {"conditions": ("FromScope",), "actions": actions} | more)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (rule(), "passed: mail-let-through"),
        (rule("Quarantine"), "failed: mail-held-back"),
        (rule("SetScl", spam_confidence=9), "failed: mail-held-back"),
        (rule("SetScl", spam_confidence=-1), "passed: mail-let-through"),
        (rule("Quarantine", enforced=False), "passed: mail-let-through"),
        (rule("Quarantine", from_outside=False), "passed: mail-let-through"),
        (rule("RejectMessage", sender_domains=("cronofy.com",)), "failed: mail-held-back"),
        (rule("RejectMessage", sender_domains=("example.net",)), "passed: mail-let-through"),
        (rule("RejectMessage", excepted_domains=("cronofy.com",)), "passed: mail-let-through"),
        (rule("DeleteMessage", conditions=("SubjectContains",)), "unknown: no-evidence-supplied"),
    ],
)
def test_mail_flow(given: TransportRuleRecord, said: str) -> None:
    assert only(mail_flow.lets_through(exported((given,)))) == said


def test_without_the_export_nobody_knows_the_mail_flow() -> None:
    assert only(mail_flow.lets_through(not_supplied())) == "unknown: no-evidence-supplied"


@pytest.mark.parametrize(
    ("answer", "user", "said"),
    [
        (ok(ANN), None, ["passed: in-exchange-online"]),
        (NO_REST, ok(ANN, synced=True, exchange_plan="none"), ["failed: MailboxNotEnabledForRESTAPI"]),
        (NO_REST, ok(ANN, synced=False, exchange_plan="none"), []),
        (NOBODY, NOBODY, []),
        (refused(ANN, "ErrorAccessDenied"), ok(ANN, exchange_plan="enabled"), ["passed: in-exchange-online"]),
        (refused(ANN, "ErrorAccessDenied"), None, ["unknown: blocked-by-another-requirement"]),
        (refused(ANN, **SILENT), None, ["unknown: timed-out"]),
    ],
)
def test_where_a_mailbox_is_without_a_server(answer: Answer, user: Answer | None, said: list[str]) -> None:
    users = {ANN: user} if user is not None else {}
    found = location.in_exchange_online({ANN: answer}, users, "GR-07")
    assert list(codes_of(found).values()) == said


@pytest.mark.parametrize(
    ("server", "online", "kind", "said"),
    [
        (ok(ANN), NO_REST, "", "passed: on-the-server"),
        (NOT_THERE, ok(ANN), "", "passed: in-exchange-online"),
        (NOT_THERE, ok(ANN), "RemoteUserMailbox", "passed: in-exchange-online"),
        (NOT_THERE, ok(ANN), "UserMailbox", "failed: moved-to-exchange-online"),
        (ok(ANN), NO_REST, "RemoteUserMailbox", "failed: moved-to-the-server"),
        (NOT_THERE, NO_REST, "", "failed: in-neither"),
        (ok(ANN), ok(ANN), "", "failed: in-both"),
        (GATE, NO_REST, "", "unknown: not-permitted-to-look"),
        (NOT_THERE, refused(ANN, **SILENT), "", "unknown: timed-out"),
        (refused(ANN, "ErrorImpersonateUserDenied", 500), NO_REST, "", "unknown: blocked-by-another-requirement"),
    ],
)
def test_where_a_mailbox_is_in_a_hybrid(server: Answer, online: Answer, kind: str, said: str) -> None:
    users = exported((UserRecord(ANN, kind),)) if kind else not_supplied()
    assert only(location.in_a_hybrid({ANN: server}, {ANN: online}, users, {})) == said


def test_what_the_refusals_leave_open_licences_and_exports_tell() -> None:
    outside, denied = refused(ANN, "ErrorAccessDenied"), refused(ANN, "ErrorImpersonateUserDenied", 500)
    licensed, on_server = {ANN: ok(ANN, exchange_plan="enabled")}, exported((UserRecord(ANN, "UserMailbox"),))
    judge = location.in_a_hybrid
    assert only(judge({ANN: NOT_THERE}, {ANN: outside}, not_supplied(), licensed)) == "passed: in-exchange-online"
    assert only(judge({ANN: denied}, {ANN: NO_REST}, on_server, {})) == "passed: on-the-server"
    moving = refused(ANN, "ErrorMailboxMoveInProgress", 503)
    assert only(location.in_exchange_online({ANN: moving}, {}, "GR-07")) == "passed: in-exchange-online"


def test_each_mailbox_goes_to_the_side_that_holds_it() -> None:
    silent = refused("", **SILENT)
    server = {ANN: ok(ANN), BEN: NOT_THERE, EVE: NOT_THERE, "a@x.com": NOT_THERE, "b@x.com": silent, "c@x.com": silent}
    online = {ANN: NO_REST, BEN: ok(BEN), EVE: NO_REST, "a@x.com": silent, "b@x.com": NO_REST, "c@x.com": silent}
    assert location.by_side(server, online) == ([ANN, "b@x.com", "c@x.com"], [BEN, "a@x.com", "c@x.com"])
