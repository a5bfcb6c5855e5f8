from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.settings.addresses import address_fault, address_key

GOOD = [
    "ann@example.com",
    "Ann.Smith+calendar@mail.example.co.uk",
    "o'brien@example.com",
    "a@b.cd",
    "_x-1@a-b.example",
    "jürgen@bücher.example",
    "用户@例子.广告",
    "δοκιμή@παράδειγμα.δοκιμή",
    "x" * 64 + "@example.com",
    "ann@" + "d" * 63 + ".example",
]

BAD = [
    ("", "is empty"),
    ("example.com", "has no @"),
    ("@example.com", "has nothing before the @"),
    ("ann@", "has nothing after the @"),
    ("ann@@example.com", "has more than one @"),
    ("ann@bob@example.com", "has more than one @"),
    ("ann smith@example.com", "has a space in it"),
    ("ann\u00a0smith@example.com", "has a space in it"),
    ("ann\u200b@example.com", "holds an invisible character (U+200B)"),
    ("ann\t@example.com", "holds an invisible character (U+0009)"),
    ("\ufeffann@example.com", "holds an invisible character (U+FEFF)"),
    ("Ann <ann@example.com>", "is a name with an address"),
    ("mailto:ann@example.com", "begins with a prefix"),
    ("SMTP:ann@example.com", "begins with a prefix"),
    (".ann@example.com", "has a dot at an end"),
    ("ann.@example.com", "has a dot at an end"),
    ("an..n@example.com", "has two dots in a row"),
    ("an(n@example.com", "may not stand there: ("),
    ("ann,@example.com", "may not stand there: ,"),
    ("x" * 65 + "@example.com", "more than 64 octets"),
    ("ü" * 33 + "@example.com", "more than 64 octets"),
    ("ann@localhost", "has no dot in its domain"),
    ("ann@example..com", "an empty part in its domain"),
    ("ann@.example.com", "an empty part in its domain"),
    ("ann@example.com.", "an empty part in its domain"),
    ("ann@-example.com", "has a hyphen at an end"),
    ("ann@example-.com", "has a hyphen at an end"),
    ("ann@exa_mple.com", "may not stand there: _"),
    ("ann@example.com;", "may not stand there: ;"),
    ("ann@192.0.2.1", "has an IP address"),
    ("ann@[192.0.2.1]", "may not stand there: ["),
    ("ann@" + "d" * 64 + ".example", "more than 63 octets in a part"),
    ("ann@" + "ü" * 60 + ".example", "more than 63 octets in a part"),
    ("ann@" + ".".join(["d" * 50] * 5), "is longer than 254 octets"),
    ("ann\udcfc@example.com", "is not UTF-8 text"),
]


@pytest.mark.parametrize("address", GOOD)
def test_well_formed_addresses_are_taken(address: str) -> None:
    assert address_fault(address) is None


@pytest.mark.parametrize(("address", "reason"), BAD)
def test_malformed_addresses_are_named_with_the_reason(address: str, reason: str) -> None:
    fault = address_fault(address)
    assert fault is not None
    assert reason in fault


ALPHABET = "ab1.-_@ü;, <>\"'\t\u200b\udcfc例"


@given(st.text(alphabet=ALPHABET, max_size=90))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    fault = address_fault(text)
    if fault is None:
        name, domain = text.split("@")
        assert name
        assert "." in domain
        assert not any(character.isspace() for character in text)
        assert len(text.encode()) <= 254


@given(
    st.text(alphabet="abzAZ09", min_size=1, max_size=20),
    st.sampled_from(["example.com", "BÜCHER.example", "例子.test"]),
)
def test_the_key_is_the_same_in_any_case_and_keying_twice_changes_nothing(name: str, domain: str) -> None:
    address = f"{name}@{domain}"
    key = address_key(address)
    assert address_key(address.upper()) == key
    assert address_key(address.lower()) == key
    assert address_key(key) == key


def test_the_key_sees_through_composed_letters_and_the_ascii_form_of_a_domain() -> None:
    assert address_key("jürgen@bücher.example") == address_key("ju\u0308rgen@xn--bcher-kva.example")
    assert address_key("ann@example.com") != address_key("anna@example.com")
