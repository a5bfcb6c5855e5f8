"""Tenant files: the patterns by which people are generated."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.mock_tenant.description.patterns import FIRST_NAMES, LAST_NAMES, expand, pattern_fault

_LITERALS = st.text(st.sampled_from("abcxyz019.-_"), max_size=5)
_PLACEHOLDERS = st.sampled_from(["{n}", "{n:03}", "{n:05}", "{first}", "{last}"])
_PATTERNS = st.lists(st.one_of(_LITERALS, _PLACEHOLDERS), max_size=6).map("".join)
_NUMBERS = st.integers(0, 10**7)


def test_names_are_many_and_plain() -> None:
    assert math.gcd(len(FIRST_NAMES), len(LAST_NAMES)) == 1, "the pairs would repeat too soon"
    for names in (FIRST_NAMES, LAST_NAMES):
        assert len(set(names)) == len(names)
        assert all(re.fullmatch("[A-Z][a-z]+", name) for name in names)
    people = {expand("{first} {last}", number) for number in range(len(FIRST_NAMES) * len(LAST_NAMES))}
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
    assert expand(pattern, number, lower=True).lower() == text


@given(_PATTERNS, _NUMBERS, _NUMBERS)
def test_addresses_of_different_numbers_differ(local: str, one: int, other: int) -> None:
    pattern = f"{local}{{n}}@contoso.test"
    if one == other or "{first}" in local or "{last}" in local:
        return
    first, second = expand(pattern, one, lower=True), expand(pattern, other, lower=True)
    if local.count("{n") == 0:
        assert first != second
    assert first.endswith("@contoso.test")


@given(_PATTERNS, _NUMBERS)
def test_nothing_of_a_placeholder_is_left(pattern: str, number: int) -> None:
    assert pattern_fault(pattern + "x", numbered=False) == ""
    text = expand(pattern, number)
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
    made = expand(text, number, lower=True)
    if numbered:
        local, at, domain = made.rpartition("@")
        assert local and at and "." in domain and " " not in local
        assert expand(text, number + 1, lower=True) != made
