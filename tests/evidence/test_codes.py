"""The table of codes: complete, with a source for each, and without any code that the sources here invent beside it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import calconnect
from calconnect.evidence.codes import Kind, code_table, meaning

PACKAGE = Path(calconnect.__file__).parent


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoError", 200, Kind.SUCCESS),
        ("ErrorImpersonateUserDenied", 500, Kind.REFUSAL_OF_RIGHTS),
        ("ErrorPasswordExpired", 200, Kind.REFUSAL_OF_IDENTITY),
        ("ErrorMissingEmailAddress", 200, Kind.MISSING_MAILBOX),
        ("ErrorNonPrimarySmtpAddress", 500, Kind.WRONG_ADDRESS),
        ("ErrorServerBusy", 503, Kind.TRANSIENT),
        ("ews-policy", 403, Kind.POLICY),
        ("certificate-untrusted", None, Kind.NOT_TRUSTED),
        ("timed-out", None, Kind.NOT_ANSWER),
        ("not-ews", 200, Kind.WRONG_ENDPOINT),
        (None, 401, Kind.REFUSAL_OF_IDENTITY),
        (None, 403, Kind.POLICY),
        (None, 440, Kind.WRONG_ENDPOINT),
        (None, 456, Kind.REFUSAL_OF_IDENTITY),
        (None, 503, Kind.TRANSIENT),
        ("ErrorOfTheFuture", 200, Kind.UNLISTED),
        (None, 418, Kind.UNLISTED),
        (None, None, Kind.UNLISTED),
    ],
)
def test_what_codes_and_statuses_mean(code: str | None, status: int | None, kind: Kind) -> None:
    found = meaning(code, status)
    assert found.kind is kind
    assert found.sentence.endswith(".")


def test_an_unlisted_code_is_named() -> None:
    assert "ErrorOfTheFuture" in meaning("ErrorOfTheFuture").sentence
    assert meaning(None, 418).code == "HTTP 418"


def test_each_entry_says_what_it_means_and_where_that_stands() -> None:
    table = code_table()
    for entry in (*table.by_code.values(), *table.by_status.values()):
        assert entry.source.startswith("https://"), entry.code
        assert re.fullmatch(r"[A-Z].*\.", entry.sentence), entry.code
        assert "  " not in entry.sentence
        assert entry.kind is not Kind.UNLISTED
    forms = r"[A-Z][A-Za-z]+(_[A-Z][A-Za-z]+)?|[a-z][A-Za-z]+|[a-z][a-z0-9-]+|AADSTS\d+|\d{4}"
    assert all(re.fullmatch(forms, code) for code in table.by_code)


def test_no_code_stands_there_twice() -> None:
    text = (PACKAGE / "evidence" / "codes.toml").read_text(encoding="utf-8")
    codes = re.findall(r'^(?:code|status) = "?([\w-]+)', text, re.M)
    assert len(codes) == len(set(codes))


MAKERS = {
    *("failed", "_unasked", "not_asked", "_stop", "Said", "Discovery", "Handshake", "ServiceRecords", "get"),
    *("but", "NoAnswer", "UnusableCredential"),
}
"""The functions of the sync core that take a code."""


def words_of_the_core() -> set[str]:
    """Every text in the sync core that is given for a code and has the form of one of calconnect's own."""
    texts: set[str] = set()
    for file in [*(PACKAGE / "tenants").rglob("*.py"), PACKAGE / "settings" / "certificates.py"]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = [keyword.value for keyword in node.keywords if keyword.arg in ("code", "failure")]
            for value in [*node.args, *named] if name in MAKERS else []:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    texts.add(value.value)
    return {text for text in texts if re.fullmatch(r"[a-z]+(-[a-z]+)+", text)} - {
        "retry-after",
        "request-id",
        "x-ms-request-id",
        "www-authenticate",
    }


def test_every_code_of_calconnects_own_is_in_the_table() -> None:
    words = words_of_the_core()
    assert {"not-located", "certificate-invalid", "no-service-record", "redirect-loop", "mark-not-kept"} <= words
    assert words <= set(code_table().by_code)


def test_every_code_that_failures_are_told_by_is_in_the_table() -> None:
    from calconnect.tenants.common import failures

    for table in (failures._CERTIFICATE_CODES, failures._TLS_REASONS):
        assert set(table.values()) <= set(code_table().by_code)


COLLECTED = """
ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorImpersonationFailed ErrorInvalidUserPrincipalName
ErrorInvalidExchangeImpersonationHeaderData ErrorMoreThanOneAccessModeSpecified ErrorMissingEmailAddress
ErrorNameResolutionNoMailbox ErrorNonExistentMailbox ErrorNonPrimarySmtpAddress ErrorAccessDenied
ErrorCreateItemAccessDenied ErrorNoFreeBusyAccess ErrorMailRecipientNotFound ErrorMailboxDataArrayTooBig
ErrorCalendarViewRangeTooBig ErrorAccountDisabled ErrorPasswordExpired ErrorPasswordChangeRequired
ErrorMailboxMoveInProgress ErrorMailboxFailover ErrorMailboxStoreUnavailable ErrorNoRespondingCASInDestinationSite
ErrorCrossSiteRequest ErrorMailboxConfiguration ErrorSubscriptionAccessDenied ErrorInvalidServerVersion
ErrorInvalidRequest ErrorWrongServerVersion ErrorInvalidSchemaVersionForMailboxVersion ErrorSchemaValidation
ErrorInvalidLicense ErrorServerBusy ErrorInternalServerTransientError ErrorADUnavailable
"""
"""The codes that servers were seen to fail with."""


def test_the_failures_that_servers_were_seen_with_are_covered() -> None:
    assert set(COLLECTED.split()) <= set(code_table().by_code)
    assert {401, 403, 404, 440, 456, 503} <= set(code_table().by_status)
