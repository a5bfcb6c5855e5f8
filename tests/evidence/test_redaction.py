"""Secrets are taken out of texts, in whatever guise; what is no secret stays."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.evidence.redact import REDACTED, Redactor

SECRET = 'p&ss "w<rd>" /ü%'
USER = "CONTOSO\\svc"


@pytest.fixture
def redactor() -> Redactor:
    made = Redactor()
    made.protect(SECRET, (USER, "svc@contoso.test"))
    return made


def b64(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


@pytest.mark.parametrize(
    "guise",
    [
        SECRET,
        b64(SECRET),
        b64(f"{USER}:{SECRET}"),
        b64(f"svc@contoso.test:{SECRET}"),
        b64(f"{USER}:{SECRET}", "latin-1"),
        b64(f"{USER}:{SECRET}").rstrip("="),
        b64(SECRET, "utf-16-le"),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        escape(SECRET),
        html.escape(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        repr(SECRET)[1:-1],
        SECRET.encode().decode("latin-1"),
    ],
)
def test_a_secret_in_every_guise(redactor: Redactor, guise: str) -> None:
    assert redactor.clean(f"before {guise} after") == f"before {REDACTED} after"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Basic Zm9vOmJhcg==", f"Authorization: {REDACTED}"),
        ("{'authorization': 'Bearer abc'}", f"{{'authorization': {REDACTED}"),
        ("Proxy-Authorization=NTLM abc\nHost: x", f"Proxy-Authorization={REDACTED}\nHost: x"),
        ("Set-Cookie: session=1; path=/", f"Set-Cookie: {REDACTED}"),
        ("sent Basic Zm9vOmJhcmJhemJhcg== twice", f"sent Basic {REDACTED} twice"),
        ("NTLM TlRMTVNTUAADAAAAGAAYAHAAAAA=", f"NTLM {REDACTED}"),
        ("https://user:word@mail.contoso.test/x", f"https://{REDACTED}@mail.contoso.test/x"),
    ],
)
def test_what_looks_like_credentials_goes_too(text: str, clean: str) -> None:
    assert Redactor().clean(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "The server offers NTLM, Basic and Negotiate.",
        "NTLM authentication",
        "https://mail.contoso.test/EWS/Exchange.asmx?Email=svc@contoso.test",
        "ErrorImpersonateUserDenied",
        "",
    ],
)
def test_what_is_no_secret_stays(redactor: Redactor, text: str) -> None:
    assert redactor.clean(text) == text


def test_facts_of_every_kind(redactor: Redactor) -> None:
    facts = redactor.clean_facts({"text": SECRET, "list": ["a", SECRET], "number": 3, "yes": True, "none": None})
    assert facts == {"text": REDACTED, "list": ["a", REDACTED], "number": 3, "yes": True, "none": None}


def test_it_does_not_give_its_secrets_away(redactor: Redactor) -> None:
    assert SECRET not in repr(redactor)


def test_an_empty_secret_changes_nothing() -> None:
    redactor = Redactor()
    redactor.protect("", ("svc",))
    assert redactor.clean("abc") == "abc"


@given(st.text(min_size=6, max_size=40), st.text(max_size=30), st.text(max_size=30))
def test_no_secret_is_left_in_any_text(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.protect(secret)
    if secret not in REDACTED:
        assert secret not in redactor.clean(before + secret + after).replace(REDACTED, "")


def test_a_signed_token_that_nobody_told_of_is_taken_out() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl"
    assert Redactor().clean(f"client_assertion={token}&scope=x") == f"client_assertion={REDACTED}&scope=x"


def test_a_signed_token_costs_nothing_later_and_is_taken_out_wherever_it_stands() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl"
    redactor = Redactor()
    redactor.protect(token)
    assert repr(redactor) == "<Redactor: 0 forms>"
    assert redactor.clean(f"assertion%3D{token}") == f"assertion%3D{REDACTED}"


def test_a_text_that_was_clean_is_looked_at_again_once_a_secret_is_known() -> None:
    redactor = Redactor()
    text = "a server named later-a-secret"
    assert redactor.clean(text) == text
    redactor.protect("later-a-secret")
    assert redactor.clean(text) == f"a server named {REDACTED}"


@pytest.mark.parametrize("scheme", ["BASIC", "ba\N{LATIN SMALL LETTER LONG S}ic", "Ntlm"])
def test_a_scheme_in_odd_letters_is_known(scheme: str) -> None:
    assert Redactor().clean(f"{scheme} Zm9vOmJhcjpiYXo6cXV4") == f"{scheme} {REDACTED}"


def test_as_many_texts_as_one_likes_are_cleaned(redactor: Redactor) -> None:
    assert all(redactor.clean(f"text {number}") == f"text {number}" for number in range(3000))
    assert redactor.clean(f"text 1 {SECRET}") == f"text 1 {REDACTED}"
