"""What to do where calconnect's own application is what falls short: one step, which says so."""

from __future__ import annotations

import pytest

from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.reporting.advice import ADVICE, OWN_PERMISSION, OWN_SIGN_IN
from tests.reporting.synthetic import Maker, addresses


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("AADSTS7000215", OWN_SIGN_IN.title),
        ("certificate-without-key", OWN_SIGN_IN.title),
        ("clock-skew", OWN_SIGN_IN.title),
        ("Authorization_RequestDenied", OWN_PERMISSION.title),
        ("", ADVICE[UnknownReason.NOT_PERMITTED].title),
    ],
)
def test_requirements_that_could_not_be_looked_at_for_one_cause_make_one_step(code: str, title: str) -> None:
    maker = Maker(addresses(3))
    for id_ in ("IMP-02v1", "OPS-06v1"):
        finding = Finding("target", Verdict.UNKNOWN, f"Why: {code}.", code, UnknownReason.NOT_PERMITTED)
        maker.finish(id_, Verdict.UNKNOWN, "It was not asked for.", [finding], reason=UnknownReason.NOT_PERMITTED)
    steps = [one for one in maker.run.results().next_steps if {"IMP-02v1", "OPS-06v1"} & set(one.requirements)]
    assert [(one.title, one.requirements) for one in steps] == [(title, ["IMP-02v1", "OPS-06v1"])]
