"""What single observations prove, by code alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.judging import application, codes, limit, network, service_account
from calconnect.acceptance.judging.probes import must_be_refused, must_pass
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.codes import code_table
from calconnect.evidence.observation import Mode, Observation, Outcome
from tests.acceptance.fake_tenant import START

DENIED = codes.IMPERSONATE_USER_DENIED


def seen(
    code: str | None = "NoError", status: int | None = 200, outcome: Outcome | None = None, **more: object
) -> Observation:
    if outcome is None:
        outcome = Outcome.OK if code == "NoError" else Outcome.NO_ANSWER if status is None else Outcome.REFUSED
    base = Observation("o-1", START, "probe", "Operation", Mode.IMPERSONATED, "a@example.com", outcome, status, code)
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("observation", "code"),
    [
        (seen("ErrorAccessDenied", 200), "ErrorAccessDenied"),
        (seen("ErrorAccessDenied", 500), "ErrorAccessDenied"),
        (seen(None, 401), "HTTP 401"),
        (seen("credentials-refused", 401), "HTTP 401"),
        (seen("ews-policy", 403), "HTTP 403"),
        (seen("timed-out", None), "timed-out"),
        (seen("not-ews", 200, Outcome.NO_ANSWER), "not-ews"),
        (seen(), "NoError"),
        (seen(None, None, Outcome.OK), ""),
    ],
)
def test_what_an_observation_comes_down_to(observation: Observation, code: str) -> None:
    assert codes.said(observation) == code


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (seen(), None),
        (seen("ErrorAccessDenied"), None),
        (seen("ErrorNonExistentMailbox", 500), None),
        (seen("ErrorMailboxConfiguration"), None),
        (seen("ews-policy", 403), None),
        (seen(None, 403), UnknownReason.UNEXPECTED_REFUSAL),
        (seen(None, 401), UnknownReason.UNEXPECTED_REFUSAL),
        (seen(None, 404), UnknownReason.UNEXPECTED_REFUSAL),
        (seen("ErrorServerBusy", 500), UnknownReason.THROTTLED),
        (seen(None, 503), UnknownReason.THROTTLED),
        (seen(None, 429), UnknownReason.THROTTLED),
        (seen(None, 504), UnknownReason.TIMED_OUT),
        (seen("ErrorTimeoutExpired"), UnknownReason.TIMED_OUT),
        (seen(None, 502), UnknownReason.UNREACHABLE),
        (seen("ErrorMailboxMoveInProgress"), UnknownReason.UNREACHABLE),
        (seen("timed-out", None), UnknownReason.TIMED_OUT),
        (seen("connection-refused", None), UnknownReason.UNREACHABLE),
        (seen("certificate-expired", None), UnknownReason.BLOCKED),
        (seen("ErrorInternalServerError", 500), UnknownReason.UNEXPECTED_REFUSAL),
        (seen("ErrorSchemaValidation", 500), UnknownReason.UNEXPECTED_REFUSAL),
        (seen("ErrorThatNobodyKnows", 500), UnknownReason.UNEXPECTED_REFUSAL),
        (seen("invalid-address", None), UnknownReason.NO_EVIDENCE),
    ],
)
def test_why_an_observation_proves_nothing(observation: Observation, reason: UnknownReason | None) -> None:
    assert codes.proves_nothing(observation) is reason


every_code = st.sampled_from([*code_table().by_code, "ErrorThatNobodyKnows"])
every_status = st.sampled_from([None, 200, 302, 400, 401, 403, 404, 440, 456, 500, 503])


@given(every_code, every_status)
def test_a_must_pass_probe_passes_on_success_alone(code: str, status: int | None) -> None:
    observation = seen(code, status)
    finding = must_pass("a", observation, done="Done.", refused="Refused")
    assert (finding.verdict is Verdict.PASSED) == observation.ok
    assert (finding.verdict is Verdict.UNKNOWN) == (codes.proves_nothing(observation) is not None)
    assert (finding.reason is not None) == (finding.verdict is Verdict.UNKNOWN)
    assert finding.observations == ("o-1",)


@given(every_code, every_status)
def test_a_must_be_refused_probe_passes_on_the_expected_refusal_alone(code: str, status: int | None) -> None:
    observation = seen(code, status)
    finding = must_be_refused("a", observation, expected=DENIED, refused="Refused.", admitted="Admitted.")
    if observation.ok:
        assert finding.verdict is Verdict.FAILED
    else:
        expected = Verdict.PASSED if codes.said(observation) == DENIED else Verdict.UNKNOWN
        assert finding.verdict is expected


def test_only_credentials_that_were_sent_can_be_refused() -> None:
    assert codes.credentials_refused(seen(None, 401))
    assert codes.credentials_refused(seen(None, 401, mode=Mode.DELEGATE))
    assert codes.credentials_refused(seen("credentials-refused", 401, mode=Mode.ANONYMOUS))
    assert not codes.credentials_refused(seen(None, 401, mode=Mode.ANONYMOUS))
    assert not codes.credentials_refused(seen(None, 401, Outcome.OK))


def attempt(host: str, code: str | None, status: int | None = None, scheme: str = "https") -> Observation:
    observation = seen(code, status, mode=Mode.ANONYMOUS, target=host, url=f"{scheme}://{host}/autodiscover")
    return replace(observation, probe="locate")


HOST, SITE = "autodiscover.example.com", "example.com"
RESULT = seen("autodiscover-found-nothing", 404, mode=Mode.ANONYMOUS, url="")


@pytest.mark.parametrize(
    ("attempts", "requirement", "reason"),
    [
        ([attempt(SITE, None, 404), attempt(HOST, None, 404)], "NET-02", UnknownReason.BLOCKED),
        ([attempt(SITE, None, 404), attempt(HOST, "name-not-found")], "NET-02", UnknownReason.BLOCKED),
        ([attempt(SITE, None, 404), attempt(HOST, "connection-refused")], "", UnknownReason.UNREACHABLE),
        ([attempt(SITE, None, 404), attempt(HOST, "timed-out")], "", UnknownReason.TIMED_OUT),
        ([attempt(SITE, "timed-out"), attempt(HOST, None, 404)], "NET-02", UnknownReason.BLOCKED),
        ([attempt(SITE, "certificate-name-mismatch"), attempt(HOST, None, 404)], "NET-02", UnknownReason.BLOCKED),
        ([attempt(SITE, None, 404), attempt(HOST, "certificate-expired")], "NET-03", UnknownReason.BLOCKED),
        (
            [attempt(HOST, None, 404), attempt(HOST, "connection-refused", scheme="http")],
            "NET-02",
            UnknownReason.BLOCKED,
        ),
        ([replace(attempt(HOST, None, 401), mode=Mode.SERVICE_ACCOUNT)], "SVC-04", UnknownReason.BLOCKED),
        ([attempt(HOST, None, 503)], "", UnknownReason.THROTTLED),
    ],
)
def test_why_the_server_was_not_found(attempts: list[Observation], requirement: str, reason: UnknownReason) -> None:
    found = network.obstacle((*attempts, RESULT), "NET-02")
    assert found is not None
    assert (found.requirement, found.reason) == (requirement, reason)


def test_a_server_that_was_found_has_no_obstacle() -> None:
    assert network.obstacle((attempt(SITE, None, 404), seen()), "NET-02") is None


names = st.sampled_from([f"user{number}@example.com" for number in range(8)])


@given(st.lists(names, unique=True, min_size=1), st.sets(names), st.sets(names))
def test_membership_is_a_matter_of_sets(listed: list[str], direct: set[str], nested: set[str]) -> None:
    outer = seen(details={"members": sorted(address.upper() for address in direct)}, target="group@example.com")
    inner = seen(details={"members": sorted(nested)}, target="inner@example.com", id="o-2")
    findings = limit.membership("group@example.com", (outer, inner), {address: address for address in listed})
    by_code = {finding.target: finding.code for finding in findings}
    for address in listed:
        if address in direct:
            assert by_code[address] == "direct-member"
        else:
            assert by_code[address] == ("nested-member" if address in nested else "not-a-member")
    assert all((finding.verdict is Verdict.PASSED) == (finding.target in direct) for finding in findings)
    (said,) = limit.extent("group@example.com", (outer, inner), {address: address for address in listed})
    assert (f"{len(direct - set(listed))} not on the list" in said.sentence) == bool(direct - set(listed))


domains = st.sampled_from(["example.com", "EXAMPLE.com", "emea.example.com", "example.com.evil.test", "examp1e.com"])


@given(st.lists(domains, min_size=1, max_size=6))
def test_a_domain_is_the_same_or_it_is_another(drawn: list[str]) -> None:
    listed = [f"user{number}@{domain}" for number, domain in enumerate(drawn)]
    findings = service_account.same_domain("svc@Example.COM", listed, seen())
    short = {finding.target for finding in findings if finding.verdict is Verdict.FAILED}
    assert short == {address for address in listed if address.partition("@")[2].lower() != "example.com"}
    assert any(finding.verdict is Verdict.PASSED for finding in findings) == (len(short) < len(listed))


@pytest.mark.parametrize(
    ("schemes", "usable"),
    [
        (["Basic realm=x"], ["Basic"]),
        (["negotiate", "ntlm"], ["ntlm"]),
        (["Negotiate"], []),
        (["Bearer"], []),
        ([], []),
        (None, []),
    ],
)
def test_which_schemes_a_program_can_use(schemes: list[str] | None, usable: list[str]) -> None:
    assert service_account.usable_schemes(seen(None, 401, details={"schemes": schemes})) == usable


@pytest.mark.parametrize(
    ("username", "verdict"),
    [
        (None, Verdict.PASSED),
        ("EXAMPLE\\svc", Verdict.PASSED),
        ("svc@corp.example.com", Verdict.PASSED),
        ("svc", Verdict.FAILED),
        ("EXAMPLE/svc", Verdict.FAILED),
        ("EXAMPLE\\", Verdict.FAILED),
        ("a\\b\\c", Verdict.FAILED),
        ("svc@", Verdict.FAILED),
    ],
)
def test_the_forms_of_a_username(username: str | None, verdict: Verdict) -> None:
    assert application._username(username, seen()).verdict is verdict
