"""Every sign of success or failure that the catalogue names has a meaning."""

from __future__ import annotations

import pytest

from calconnect.evidence.codes import code_table
from calconnect.evidence.words import sign_meaning, word_table
from calconnect.requirements.catalogue import load_catalogue
from calconnect.requirements.model import Requirement


@pytest.mark.parametrize("requirement", load_catalogue().values(), ids=lambda one: one.id)
def test_every_sign_of_a_requirement_has_a_meaning(requirement: Requirement) -> None:
    signs = (*requirement.success, *requirement.failure)
    unknown = [sign for sign in signs if not sign_meaning(sign)]
    assert not unknown, "add it to calconnect/evidence/words.toml"


@pytest.mark.parametrize(
    ("sign", "part"),
    [
        ("NoError", "did what was asked"),
        ("NoError for an outsider", "did what was asked"),
        ("HTTP 404", "path"),
        ("HTTP 302", "another page"),
        ("HTTP 401 with WWW-Authenticate: Basic or NTLM", "sign"),
        ("not-a-member", "not a member"),
    ],
)
def test_a_sign_is_a_code_a_status_or_a_word_with_words_behind_it(sign: str, part: str) -> None:
    assert part in sign_meaning(sign)


@pytest.mark.parametrize("sign", ["", " ", "ErrorThatNobodyKnows", "HTTP 799", "no-such-word"])
def test_what_no_table_knows_has_no_meaning(sign: str) -> None:
    assert sign_meaning(sign) == ""


def test_no_word_stands_in_both_tables() -> None:
    assert not set(word_table()) & set(code_table().by_code)
    assert all(meaning.endswith(".") for meaning in word_table().values())
