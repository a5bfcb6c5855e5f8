"""A refusal proves something only if it is the expected one: every code there is, against every judge of refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import access, codes, limit
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.codes import Kind, code_table
from calconnect.evidence.observation import Mode, Observation, Outcome
from tests.acceptance.fake_tenant import ACCOUNT, GROUP, OUTSIDER, START, USERS

DENIED = frozenset({codes.IMPERSONATE_USER_DENIED})
STATUSES = (200, 301, 302, 400, 401, 403, 404, 407, 408, 413, 429, 440, 456, 500, 501, 502, 503, 504)
KINDS = frozenset(entry.kind for entry in code_table().by_code.values())

EXPANDED = (
    Observation("o-1", START, "expand-group", "ExpandDL", Mode.SERVICE_ACCOUNT, GROUP, Outcome.OK, 200, "NoError",
                details={"members": list(USERS), "groups": []}),
)  # fmt: skip


def answer(code: str | None, status: int | None = 500) -> Observation:
    outcome = Outcome.OK if code == "NoError" else Outcome.NO_ANSWER if status is None else Outcome.REFUSED
    return Observation("o-2", START, "probe", "Operation", Mode.IMPERSONATED, OUTSIDER, outcome, status, code)


def answering() -> Observation:
    return answer("NoError", 200)


def outsider(found: Answer) -> Finding:
    (finding,) = limit.outsiders_refused([OUTSIDER], EXPANDED, {OUTSIDER: found})
    return finding


def impersonated(found: Answer) -> Finding:
    (finding,) = access.impersonation_refused({OUTSIDER: found})
    return finding


def folder(found: Answer) -> Finding:
    (finding,) = access.folder_closed("inbox", {OUTSIDER: found}, {OUTSIDER: answering()})
    return finding


def calendar(found: Answer) -> Finding:
    closed = {OUTSIDER: answer("ErrorAccessDenied", 200)}
    finding, _ = access.events_closed(ACCOUNT, {OUTSIDER: found}, closed, {OUTSIDER: answering()})
    return finding


def events(found: Answer) -> Finding:
    closed = {OUTSIDER: answer("ErrorAccessDenied", 200)}
    _, finding = access.events_closed(ACCOUNT, closed, {OUTSIDER: found}, {OUTSIDER: answering()})
    return finding


JUDGES: Mapping[Callable[[Answer], Finding], frozenset[str]] = {
    outsider: DENIED,
    impersonated: DENIED,
    folder: codes.FOLDER_CLOSED,
    calendar: codes.FOLDER_CLOSED,
    events: codes.FOLDER_CLOSED,
}
"""Each judge of refusals, and the codes that are a refusal to it."""

judges = pytest.mark.parametrize(("judge", "expected"), JUDGES.items(), ids=lambda one: getattr(one, "__name__", ""))


def test_the_codes_cover_every_kind() -> None:
    assert set(Kind) - {Kind.UNLISTED} <= KINDS


@judges
@pytest.mark.parametrize("kind", sorted(set(Kind)))
def test_of_each_kind_of_code_only_the_expected_refusal_passes(
    judge: Callable[[Answer], Finding], expected: frozenset[str], kind: Kind
) -> None:
    named = [code for code, entry in code_table().by_code.items() if entry.kind is kind]
    for code in named if kind is not Kind.UNLISTED else ["ErrorThatNobodyKnows"]:
        for status in (None, 200, 500):
            if (code[:1].isupper() and status is None) or code == "NoError":
                continue  # a code of the server's own comes with a status, and success is no refusal
            finding = judge(answer(code, status))
            wanted = Verdict.PASSED if code in expected else Verdict.UNKNOWN
            assert finding.verdict is wanted, (code, status)
            assert (finding.reason is None) is (wanted is Verdict.PASSED)
            assert finding.observations == ("o-2",)


@judges
@pytest.mark.parametrize("status", STATUSES)
def test_a_status_without_a_code_of_exchange_is_no_refusal(
    judge: Callable[[Answer], Finding], expected: frozenset[str], status: int
) -> None:
    finding = judge(replace(answer(None, status), outcome=Outcome.REFUSED))
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.reason is not None
    assert not any(code in finding.code for code in expected)


@judges
def test_success_is_the_failure(judge: Callable[[Answer], Finding], expected: frozenset[str]) -> None:
    finding = judge(answering())
    assert (finding.verdict, finding.code) == (Verdict.FAILED, "NoError")
    assert expected


@judges
def test_what_was_not_asked_is_not_known(judge: Callable[[Answer], Finding], expected: frozenset[str]) -> None:
    finding = judge(NotAsked("The gate was closed.", UnknownReason.BLOCKED, "SVC-04"))
    assert (finding.verdict, finding.reason) == (Verdict.UNKNOWN, UnknownReason.BLOCKED)
    assert expected


@pytest.mark.parametrize("code", sorted(codes.FOLDER_NOT_SHOWN))
@pytest.mark.parametrize(
    "alive",
    [answer("ErrorMailRecipientNotFound", 200), answer(None, 503), NotAsked("No.", UnknownReason.BLOCKED), None],
)
def test_that_a_folder_is_not_there_proves_nothing_of_a_mailbox_that_does_not_answer(
    code: str, alive: Answer | None
) -> None:
    known = {} if alive is None else {OUTSIDER: alive}
    (finding,) = access.folder_closed("contacts", {OUTSIDER: answer(code, 200)}, known)
    assert (finding.verdict, finding.reason) == (Verdict.UNKNOWN, UnknownReason.UNEXPECTED_REFUSAL)
    assert code in finding.sentence


@pytest.mark.parametrize("code", sorted(codes.FOLDER_NOT_SHOWN))
@pytest.mark.parametrize("alive", [answering(), answer("ErrorNoFreeBusyAccess", 200)])
def test_that_a_folder_is_not_there_is_a_refusal_of_a_mailbox_that_answers(code: str, alive: Observation) -> None:
    (finding,) = access.folder_closed("contacts", {OUTSIDER: answer(code, 200)}, {OUTSIDER: alive})
    assert (finding.verdict, finding.code) == (Verdict.PASSED, code)


def test_a_member_of_the_group_is_no_outsider() -> None:
    (finding,) = limit.outsiders_refused([USERS[0]], EXPANDED, {USERS[0]: answering()})
    assert (finding.verdict, finding.reason) == (Verdict.UNKNOWN, UnknownReason.NO_EVIDENCE)


@pytest.mark.parametrize(
    ("view", "verdict"),
    [
        ("FreeBusy", Verdict.PASSED),
        ("FreeBusyMerged", Verdict.PASSED),
        ("MergedOnly", Verdict.PASSED),
        ("Detailed", Verdict.FAILED),
        ("DetailedMerged", Verdict.FAILED),
        ("None", Verdict.UNKNOWN),
        ("", Verdict.UNKNOWN),
        ("Everything", Verdict.UNKNOWN),
    ],
)
def test_a_view_of_times_alone_is_seen_as_one(view: str, verdict: Verdict) -> None:
    seen = replace(answering(), details={"view": view})
    (finding,) = access.times_alone(ACCOUNT, {OUTSIDER: seen})
    assert finding.verdict is verdict
