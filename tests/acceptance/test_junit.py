"""JUnit's XML is valid whatever stands in it, and names no machine."""

from __future__ import annotations

import socket
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.junit import junit_xml
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from tests.acceptance.fake_tenant import FakeTenant, make_settings, refuses
from tests.acceptance.suite_run import run, scenarios_shipped


def ended(verdict: Verdict, text: str = "text", *findings: Finding) -> ScenarioFinished:
    return ScenarioFinished(
        requirement="SVC-01v1",
        feature=text,
        feature_file="features/x.feature",
        rule=f"SVC-01 {text}",
        scenario=text,
        steps=(),
        verdict=verdict,
        reason=UnknownReason.THROTTLED if verdict is Verdict.UNKNOWN else None,
        sentence=text,
        findings=findings,
        observations=(),
        duration_ms=1500.0,
        at="2026-11-23T09:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("verdict", "tag", "kind"),
    [
        (Verdict.FAILED, "failure", "failed"),
        (Verdict.UNKNOWN, "error", "unknown"),
        (Verdict.ERROR, "error", "error"),
        (Verdict.NOT_APPLICABLE, "skipped", None),
    ],
)
def test_each_verdict_has_its_element(verdict: Verdict, tag: str, kind: str | None) -> None:
    failing = Finding("a@example.com", Verdict.FAILED, "No.", "ErrorAccessDenied", observations=("o-0007",))
    fine = Finding("b@example.com", Verdict.PASSED, "Yes.")
    (case,) = ET.fromstring(junit_xml([ended(verdict, "what it is", failing, fine)])).iter("testcase")
    part = case.find(tag)
    assert part is not None
    assert part.get("type") == kind
    assert part.get("message") == "what it is"
    if kind:
        assert part.text == "a@example.com: failed [ErrorAccessDenied]: No. (o-0007)"
    assert case.get("time") == "1.500"


def test_a_scenario_that_passed_has_nothing_but_its_properties() -> None:
    (case,) = ET.fromstring(junit_xml([ended(Verdict.PASSED)])).iter("testcase")
    assert [part.tag for part in case] == ["properties"]
    assert {one.get("name"): one.get("value") for one in case.iter("property")} == {
        "requirement": "SVC-01v1",
        "verdict": "passed",
    }


def test_the_counts_are_right() -> None:
    root = ET.fromstring(junit_xml([ended(verdict) for verdict in Verdict]))
    for element in (root, root[0]):
        assert [element.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "1", "2", "1"]
        assert element.get("name") == "calconnect"
        assert element.get("hostname") is None
    assert ET.fromstring(junit_xml([])).get("tests") == "0"


@given(st.text(st.characters(), max_size=40))
def test_any_text_is_valid_xml(text: str) -> None:
    finding = Finding(text, Verdict.FAILED, text, text, remediation=text)
    root = ET.fromstring(junit_xml([ended(Verdict.FAILED, text, finding)]))
    assert root.find(".//failure") is not None


def test_the_file_of_a_run_names_no_machine_and_no_path(tmp_path: Path) -> None:
    run(make_settings(tmp_path), FakeTenant({"sign-in": refuses(None, 401)}), junit_file=tmp_path / "junit.xml")
    text = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert len(ET.fromstring(text).findall(".//testcase")) == scenarios_shipped()
    assert "hostname" not in text
    assert str(tmp_path) not in text
    assert socket.gethostname() not in text
    assert (
        'name="SVC-01 The service account is assigned to a mailbox: The service account opens its own calendar"' in text
    )
