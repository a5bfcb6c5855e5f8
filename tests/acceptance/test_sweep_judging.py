"""What the answers for one mailbox prove: by probe, by side, and where it is not known which side holds it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.judging.sweeping import NOT_REACHED, Asked, Judged, judge, without_right
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.observation import Mode, Outcome
from calconnect.evidence.words import sign_meaning
from calconnect.tenants.thin.interface import Probe, Side
from tests.reporting.sweeps import DENIED, ONLINE, SERVER, Said, row, seen

BOTH = (Side.SERVER, Side.ONLINE)
STEPS = ("create", "read", "update", "read-again", "delete", "find-gone")
CODES = (
    *("NoError", DENIED, "ErrorNonExistentMailbox", "ErrorAccessDenied", "ErrorItemNotFound", "ErrorServerBusy"),
    *("MailboxNotEnabledForRESTAPI", "ErrorInvalidUser", "ErrorMailboxMoveInProgress", "timed-out", "invalid-address"),
    *("ErrorInternalServerError", "ErrorNonPrimarySmtpAddress", "SomethingNew", "certificate-expired"),
)


def judged(server: str | None = None, online: str | None = None, probe: Probe = Probe.REACH) -> Judged:
    """A mailbox by the code of each side; None: it was not asked there. Both sides count if both are given."""
    said = {(probe, side): code for side, code in zip(BOTH, (server, online), strict=True) if code is not None}
    sides = BOTH if len(said) > 1 else (Side.ONLINE,) if online else (Side.SERVER,)
    return judge(row(1, said), Asked((probe,), sides))


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        ("NoError", Verdict.PASSED, None),
        (DENIED, Verdict.FAILED, None),
        ("ErrorNonExistentMailbox", Verdict.FAILED, None),
        ("ErrorServerBusy", Verdict.UNKNOWN, UnknownReason.THROTTLED),
        ("timed-out", Verdict.UNKNOWN, UnknownReason.TIMED_OUT),
        ("SomethingNew", Verdict.UNKNOWN, UnknownReason.UNEXPECTED_REFUSAL),
    ],
)
def test_on_one_side_the_answer_decides(code: str, verdict: Verdict, reason: UnknownReason | None) -> None:
    (result,) = judged(code).results
    assert (result.finding.verdict, result.finding.code, result.finding.reason) == (verdict, code, reason)
    assert result.finding.target == "person1@example.com"


def test_what_was_not_asked_is_unknown() -> None:
    result = judge(row(1, {}), Asked((Probe.REACH, Probe.READ), (Side.SERVER,)))
    assert [one.finding.code for one in result.results] == [NOT_REACHED, NOT_REACHED]
    assert result.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("server", "online", "verdict", "held", "side"),
    [
        ("NoError", "MailboxNotEnabledForRESTAPI", Verdict.PASSED, "server", Side.SERVER),
        ("ErrorNonExistentMailbox", "NoError", Verdict.PASSED, "online", Side.ONLINE),
        ("NoError", "timed-out", Verdict.PASSED, "server", Side.SERVER),
        ("NoError", "NoError", Verdict.FAILED, "in-both", None),
        ("ErrorNonExistentMailbox", "ErrorInvalidUser", Verdict.FAILED, "in-neither", None),
        # Who holds it is what is left over: that side's answer counts, and it is a refusal for want of the right.
        (DENIED, "MailboxNotEnabledForRESTAPI", Verdict.FAILED, "", Side.SERVER),
        ("ErrorNonExistentMailbox", "ErrorAccessDenied", Verdict.FAILED, "", Side.ONLINE),
        ("ErrorNonExistentMailbox", "timed-out", Verdict.UNKNOWN, "", Side.ONLINE),
        # Either side may hold it: refused by both is refused, refused by one is not known.
        (DENIED, "ErrorAccessDenied", Verdict.FAILED, "", None),
        (DENIED, "timed-out", Verdict.UNKNOWN, "", None),
        ("timed-out", "timed-out", Verdict.UNKNOWN, "", None),
    ],
)
def test_in_a_hybrid_the_side_that_holds_it_decides(
    server: str, online: str, verdict: Verdict, held: str, side: Side | None
) -> None:
    result = judged(server, online)
    assert (result.verdict, result.held, result.results[0].side) == (verdict, held, side)


def test_busy_times_that_were_read_do_not_show_who_holds_a_mailbox() -> None:
    """Either half of a hybrid fetches them from the other."""
    assert judged("NoError", "timed-out", Probe.FREE_BUSY).verdict is Verdict.UNKNOWN
    assert judged("NoError", "NoError", Probe.FREE_BUSY).verdict is Verdict.PASSED
    assert judged("NoError", "MailboxNotEnabledForRESTAPI", Probe.FREE_BUSY).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("code", "mode", "status", "verdict"),
    [
        (DENIED, Mode.IMPERSONATED, 500, Verdict.PASSED),
        ("NoError", Mode.IMPERSONATED, 200, Verdict.FAILED),
        ("ErrorNonExistentMailbox", Mode.IMPERSONATED, 500, Verdict.UNKNOWN),
        ("ErrorAccessDenied", Mode.IMPERSONATED, 500, Verdict.UNKNOWN),
        ("timed-out", Mode.IMPERSONATED, None, Verdict.UNKNOWN),
        ("ErrorAccessDenied", Mode.DELEGATE, 200, Verdict.PASSED),
        ("ErrorItemNotFound", Mode.DELEGATE, 200, Verdict.UNKNOWN),  # nothing shows that the mailbox is there
        (DENIED, Mode.DELEGATE, 500, Verdict.UNKNOWN),
    ],
)
def test_a_refusal_proves_something_only_if_it_is_the_expected_one(
    code: str, mode: Mode, status: int | None, verdict: Verdict
) -> None:
    answer = seen("person1@example.com", code, mode=mode, status=status)
    result = judge(row(1, {(Probe.REFUSED, Side.SERVER): [answer]}), Asked((Probe.REFUSED,), (Side.SERVER,)))
    assert result.verdict is verdict


def test_a_folder_that_is_not_shown_is_refused_where_the_mailbox_answers_otherwise() -> None:
    hidden = seen("person1@example.com", "ErrorItemNotFound", mode=Mode.DELEGATE)
    said: dict[tuple[Probe, Side], Said] = {(Probe.REFUSED, Side.SERVER): [hidden]}
    said[Probe.FREE_BUSY, Side.SERVER] = "NoError"
    assert judge(row(1, said), Asked((Probe.REFUSED, Probe.FREE_BUSY), (Side.SERVER,))).verdict is Verdict.PASSED


@pytest.mark.parametrize(("status", "verdict"), [(403, Verdict.PASSED), (404, Verdict.UNKNOWN)])
def test_graph_refuses_with_403(status: int, verdict: Verdict) -> None:
    answer = seen("person1@example.com", "ErrorAccessDenied", Side.ONLINE, status=status)
    result = judge(row(1, {(Probe.REFUSED, Side.ONLINE): [answer]}), Asked((Probe.REFUSED,), (Side.ONLINE,)))
    assert result.verdict is verdict


def test_in_a_hybrid_both_sides_must_refuse() -> None:
    assert judged(DENIED, "ErrorAccessDenied", Probe.REFUSED).verdict is Verdict.PASSED
    assert judged(DENIED, "NoError", Probe.REFUSED).verdict is Verdict.FAILED
    assert judged(DENIED, "timed-out", Probe.REFUSED).verdict is Verdict.UNKNOWN
    assert judged("ErrorNonExistentMailbox", "ErrorInvalidUser", Probe.REFUSED).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("steps", "broken", "verdict"),
    [
        (STEPS, None, Verdict.PASSED),
        (STEPS[:4], None, Verdict.UNKNOWN),  # nobody saw that it was deleted
        (STEPS, "still-there", Verdict.FAILED),
        (STEPS[:1], "ErrorCreateItemAccessDenied", Verdict.FAILED),
        (STEPS[:3], "timed-out", Verdict.UNKNOWN),
    ],
)
def test_a_test_event_must_live_through_all_of_its_steps(
    steps: tuple[str, ...], broken: str | None, verdict: Verdict
) -> None:
    answers = [seen("person1@example.com", step=step) for step in steps]
    if broken is not None:
        answers[-1] = seen("person1@example.com", broken, step=steps[-1])
        answers[-1] = replace(answers[-1], outcome=Outcome.REFUSED if broken != "timed-out" else Outcome.NO_ANSWER)
    result = judge(row(1, {(Probe.WRITE, Side.SERVER): answers}), Asked((Probe.WRITE,), (Side.SERVER,)))
    assert result.verdict is verdict


def test_an_alias_fails_and_says_whose_it_is() -> None:
    answer = seen("person1@example.com", "ErrorNonPrimarySmtpAddress", primary_smtp="p.one@example.com")
    result = judge(row(1, {SERVER: [answer]}), Asked((Probe.REACH, Probe.READ), (Side.SERVER,)))
    assert (result.verdict, result.primary) == (Verdict.FAILED, "p.one@example.com")
    assert all("p.one@example.com" in one.finding.sentence for one in result.results)
    found_online = replace(row(1, {ONLINE: "ErrorInvalidUser"}), alias_of="p.one@example.com")
    assert judge(found_online, Asked((Probe.REACH,), (Side.ONLINE,))).results[0].finding.code == "ErrorInvalidUser"


def test_a_success_has_a_word_where_the_protocol_has_no_code() -> None:
    answers: dict[tuple[Probe, Side], Said] = {
        (probe, Side.ONLINE): "" for probe in (Probe.REACH, Probe.READ, Probe.FREE_BUSY)
    }
    result = judge(row(1, answers), Asked((Probe.REACH, Probe.READ, Probe.FREE_BUSY), (Side.ONLINE,)))
    words = ["calendar-opened", "events-listed", "busy-times-read"]
    assert [one.finding.code for one in result.results] == words
    assert all(sign_meaning(word) for word in words)


def test_refusals_of_an_application_without_any_right_say_nothing_of_the_mailboxes() -> None:
    sign_in = [seen("app", "", Side.ONLINE, permissions=["User.Read.All"])]
    assert without_right(sign_in, opened=False)
    assert not without_right(sign_in, opened=True)
    assert not without_right([seen("app", "", Side.ONLINE, permissions=["Calendars.Read"])], opened=False)
    for probe in (Probe.REACH, Probe.REFUSED):
        asked = Asked((probe,), (Side.ONLINE,), no_right=True)
        result = judge(row(1, {(probe, Side.ONLINE): "ErrorAccessDenied"}), asked).results[0].finding
        assert (result.verdict, result.reason) == (Verdict.UNKNOWN, UnknownReason.NOT_PERMITTED)


@given(st.data())
def test_nothing_is_passed_that_was_not_observed(data: st.DataObject) -> None:
    sides = data.draw(st.sampled_from([(Side.SERVER,), (Side.ONLINE,), BOTH]))
    probes = data.draw(st.lists(st.sampled_from([p for p in Probe if p is not Probe.WRITE]), min_size=1, unique=True))
    said: dict[tuple[Probe, Side], Said] = {
        (probe, side): code
        for probe in probes
        for side in sides
        if (code := data.draw(st.sampled_from([None, *CODES]))) is not None
    }
    result = judge(row(1, said), Asked(tuple(probes), sides))
    assert [one.probe for one in result.results] == probes
    for one in result.results:
        came_back = [code for (probe, _), code in said.items() if probe is one.probe]
        if one.finding.verdict is Verdict.PASSED:
            assert one.seen
            assert all(answer.ok != (one.probe is Probe.REFUSED) for answer in one.seen)
        if one.probe is Probe.REFUSED and "NoError" in came_back:
            assert one.finding.verdict is not Verdict.PASSED
        if one.finding.verdict is Verdict.UNKNOWN:
            assert one.finding.reason is not None
