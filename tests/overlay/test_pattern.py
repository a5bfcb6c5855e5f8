"""Which mailboxes a waiver means."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.overlay.pattern import matches, pattern_fault
from calconnect.settings.addresses import address_fault

_TEXT = st.text("ab@.", max_size=12)
_PATTERN = st.text("ab@.*?", max_size=8)


@pytest.mark.parametrize(
    ("pattern", "address", "meant"),
    [
        ("ann@example.com", "ann@example.com", True),
        ("Ann@Example.COM", "ann@example.com", True),
        ("ann@example.com", "joann@example.com", False),
        ("ann@example.com", "ann@example.com.au", False),
        ("*@example.com", "ann@example.com", True),
        ("*@example.com", "ann@sub.example.com", False),
        ("*@*.example.com", "ann@sub.example.com", True),
        ("user0000?@example.com", "user00007@example.com", True),
        ("user0000?@example.com", "user00017@example.com", False),
        ("user*", "user00017@example.com", True),
        ("*", "ann@example.com", True),
        ("*", "service_account_password", False),
        ("ann[1]@example.com", "ann1@example.com", False),
        ("a.n@example.com", "ann@example.com", False),
        ("*@bücher.example", "ann@xn--bcher-kva.example", True),
        ("*@xn--bcher-kva.example", "ann@bücher.example", True),
        ("*@b?cher.example", "ann@xn--bcher-kva.example", True),
        ("jos\u00e9@example.com", "jose\u0301@example.com", True),
    ],
)
def test_what_a_pattern_means(pattern: str, address: str, meant: bool) -> None:
    assert matches(pattern, address) is meant


@given(_PATTERN, _TEXT)
def test_stars_and_question_marks_are_the_only_wild_ones(pattern: str, text: str) -> None:
    wild = {"*": ".*", "?": "."}
    plain = "".join(wild.get(character, re.escape(character)) for character in pattern)
    assert matches(pattern, text) == ("@" in text and re.fullmatch(plain, text) is not None)


def test_many_stars_take_no_time_to_speak_of() -> None:
    assert not matches("*a" * 60 + "b", "a" * 200 + "@example.com")


@pytest.mark.parametrize(
    "pattern", ["ann@example.com", "*@example.com", "*@*", "*", "user*", "user?@example.com", "*.labs@*.example.com"]
)
def test_a_pattern_that_can_match_an_address_is_good(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("", "is empty"),
        ("ann", "has no @"),
        ("ann?", "has no @"),
        ("*@", "has nothing after the @"),
        ("@example.com", "has nothing before the @"),
        ("a b*@example.com", "has a space in it"),
        ("*@example..com", "has an empty part in its domain"),
        ("*.@example.com", "has a dot at an end of the part before the @"),
        ("*@a@b.com", "has more than one @"),
        ("Ann <*@example.com>", "is a name with an address, and must be the address alone"),
    ],
)
def test_a_pattern_that_can_match_no_address_is_named(pattern: str, fault: str) -> None:
    assert pattern_fault(pattern) == fault


@given(_PATTERN, _TEXT)
def test_what_is_called_impossible_matches_no_good_address(pattern: str, address: str) -> None:
    if address_fault(address) is None and matches(pattern, address):
        assert pattern_fault(pattern) is None
