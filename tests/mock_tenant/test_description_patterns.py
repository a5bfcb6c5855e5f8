"""Tenant files: the patterns by which people are generated."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.mock_tenant.description.patterns import FIRST_NAMES, LAST_NAMES, Pattern, pattern_fault

_LITERALS = st.text(st.sampled_from("abcxyz019.-_"), max_size=5)
_PLACEHOLDERS = st.sampled_from(["{n}", "{n:03}", "{n:05}", "{first}", "{last}"])
_PATTERNS = st.lists(st.one_of(_LITERALS, _PLACEHOLDERS), max_size=6).map("".join)
_NUMBERS = st.integers(0, 10**7)


def test_names_are_many_and_plain() -> None:
    assert math.gcd(len(FIRST_NAMES), len(LAST_NAMES)) == 1, "the pairs would repeat too soon"
    for names in (FIRST_NAMES, LAST_NAMES):
        assert len(set(names)) == len(names)
        assert all(re.fullmatch("[A-Z][a-z]+", name) for name in names)
    people = {Pattern("{first} {last}").text(number) for number in range(len(FIRST_NAMES) * len(LAST_NAMES))}
    assert len(people) == len(FIRST_NAMES) * len(LAST_NAMES)


@pytest.mark.parametrize(
    ("pattern", "number", "text"),
    [
        ("user{n}@contoso.test", 7, "user7@contoso.test"),
        ("user{n:05}@contoso.test", 7, "user00007@contoso.test"),
        ("user{n:03}@contoso.test", 12345, "user12345@contoso.test"),
        ("{first}.{last}.{n}@contoso.test", 0, "ada.abara.0@contoso.test"),
        ("{first}.{last}.{n}@contoso.test", 38, "amara.zhang.38@contoso.test"),
        ("No placeholder", 3, "no placeholder"),
    ],
)
def test_what_a_pattern_gives(pattern: str, number: int, text: str) -> None:
    assert Pattern(pattern, lower=True).text(number).lower() == text


@given(_PATTERNS, st.sampled_from(["{n}", "{n:03}"]), _PATTERNS, _NUMBERS)
def test_no_two_numbers_give_the_same_address(before: str, placeholder: str, behind: str, number: int) -> None:
    local = before + placeholder + behind
    if local.count("{n") > 1:
        assert "more than once" in pattern_fault(f"{local}@contoso.test", numbered=True)
        return
    pattern = Pattern(f"{local}@contoso.test", lower=True)
    assert pattern.number(pattern.text(number).upper()) == number
    assert pattern.number("nobody@elsewhere.test") is None


@given(_PATTERNS, _NUMBERS)
def test_nothing_of_a_placeholder_is_left(pattern: str, number: int) -> None:
    assert pattern_fault(pattern + "x", numbered=False) == ""
    text = Pattern(pattern).text(number)
    assert "{" not in text and "}" not in text
    shape = re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(pattern))
    assert re.fullmatch(shape, text)
    assert ("{n}" not in pattern) or str(number) in text


@given(st.text(st.sampled_from("{}n:05firstlaxé @."), max_size=20), st.booleans(), _NUMBERS)
def test_any_text_is_either_faulted_or_expands(text: str, numbered: bool, number: int) -> None:
    fault = pattern_fault(text, numbered=numbered)
    if fault:
        assert fault.endswith(".")
        return
    made = Pattern(text, lower=True).text(number)
    if numbered:
        local, at, domain = made.rpartition("@")
        assert local and at and "." in domain and " " not in local
        assert Pattern(text, lower=True).text(number + 1) != made
