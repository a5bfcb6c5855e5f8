"""What a verdict does not show is said beside it where something was shown, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calconnect.acceptance.conclusion import caveat
from calconnect.acceptance.verdicts import Verdict
from calconnect.evidence.observation import Observation
from calconnect.requirements.catalogue import load_catalogue
from calconnect.requirements.model import OWN_APPLICATION
from tests.acceptance.online_answers import ANN, SILENT, ok, refused


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (ok(ANN), OWN_APPLICATION),
        (refused(ANN, "ErrorAccessDenied"), OWN_APPLICATION),
        (refused(ANN, "ApplicationThrottled", 429), ""),
        (refused(ANN, "endless-pages", 200), ""),
        (refused(ANN, **SILENT), ""),
        (replace(ok(ANN), probe="application-sign-in"), ""),
        (replace(ok(ANN), id="o-0002"), ""),
    ],
)
def test_it_is_said_where_an_answer_shows_something(seen: Observation, said: str) -> None:
    rests_on = {"o-0001", "o-0009"}
    for verdict in (Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN):
        assert caveat(load_catalogue()["GR-07"], verdict, rests_on, [seen]) == said
    assert caveat(load_catalogue()["GR-07"], Verdict.NOT_APPLICABLE, rests_on, [seen]) == ""
    assert caveat(load_catalogue()["SVC-01"], Verdict.PASSED, rests_on, [seen]) == ""
