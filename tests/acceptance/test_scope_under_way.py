"""A scope that was changed a short while ago: what it lets in or keeps out all the same is unknown, and no failure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calconnect.acceptance.judging import application_scope, online_mailboxes, scope_tests
from calconnect.acceptance.judging.application_scope import Limit
from calconnect.acceptance.verdicts import Finding
from tests.acceptance.online_answers import ANN, BEN, EVE, GROUP, NOW, OWN, VENDOR, codes_of, exported, ok, refused

PENDING = "unknown: access-pending-propagation"


def policy(minutes: int | None, app_id: str = OWN) -> Limit:
    changed = None if minutes is None else NOW - timedelta(minutes=minutes)
    return Limit(app_id, "policy", (GROUP,), changed_at=changed)


def judged(findings: list[Finding], *limits: Limit) -> dict[str, str]:
    return codes_of(scope_tests.pending(findings, OWN, exported(limits), NOW))


OPENED = online_mailboxes.opens(
    {ANN: ok(ANN), BEN: refused(BEN, "ErrorAccessDenied"), EVE: refused(EVE, "AnotherCode")}
)


def test_a_refusal_a_short_while_after_the_change_is_pending() -> None:
    found = judged(OPENED, policy(20))
    assert (found[ANN], found[BEN]) == ("passed: calendar-opened", PENDING)
    assert found[EVE] == codes_of(OPENED)[EVE], "what has another cause stays as it is"


@pytest.mark.parametrize("limit", [policy(121), policy(-5), policy(None), policy(20, VENDOR)])
def test_an_older_change_one_of_another_application_and_one_without_a_time_excuse_nothing(limit: Limit) -> None:
    assert judged(OPENED, limit) == codes_of(OPENED)


def test_an_outsider_who_is_let_in_a_short_while_after_the_change_is_pending() -> None:
    group = (ok(GROUP), ok(GROUP, direct=[ANN], transitive=[ANN], groups=0))
    let_in = application_scope.outsiders_refused([EVE], group, {EVE: ok(EVE)})
    assert codes_of(let_in) == {EVE: "failed: outsider-admitted"}
    assert judged(let_in, policy(20)) == {EVE: PENDING}
    assert judged(let_in, policy(121)) == {EVE: "failed: outsider-admitted"}


def test_what_is_pending_names_the_export_and_says_when_to_look_again() -> None:
    (one,) = [one for one in scope_tests.pending(OPENED, OWN, exported((policy(20),)), NOW) if one.target == BEN]
    assert "o-0100" in one.observations
    assert "20 minutes before this run" in one.sentence
    assert "two hours" in one.sentence


@pytest.mark.parametrize(
    ("permissions", "limits", "found"),
    [
        (["User.Read.All"], (policy(None),), "unknown: not-permitted-to-look"),
        (["Calendars.ReadWrite"], (policy(None),), "failed: ErrorAccessDenied"),
        (["User.Read.All"], (Limit(OWN, "role", (GROUP,), "Calendars.ReadWrite"),), "failed: ErrorAccessDenied"),
    ],
)
def test_refusals_say_nothing_of_mailboxes_if_calconnects_application_may_open_none(
    permissions: list[str], limits: tuple[Limit, ...], found: str
) -> None:
    refusals = online_mailboxes.opens({ANN: refused(ANN, "ErrorAccessDenied")})
    signed_in = ok(OWN, permissions=permissions)
    assert codes_of(scope_tests.permitted(refusals, OWN, exported(limits), signed_in)) == {ANN: found}
    assert scope_tests.permitted(OPENED, OWN, exported(()), signed_in) == OPENED, "another mailbox opened"
