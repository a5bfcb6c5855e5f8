"""JUnit's XML, for programs that read test results. No machine, no path, no stack trace.

The shape is the one that CI systems read: https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from xml.etree import ElementTree as ET

from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.overlaying import NOTHING_LAID, Overlay
from calconnect.acceptance.verdicts import Finding, Verdict

SUITE = "calconnect"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets)."""


def junit_xml(scenarios: Sequence[ScenarioFinished], overlay: Overlay = NOTHING_LAID) -> bytes:
    """Return the scenarios as JUnit's XML, in UTF-8.

    A scenario that failed is a ``failure``; one that is unknown an ``error`` of the type ``unknown``; calconnect's own
    fault an ``error`` of the type ``error``; one that does not apply is ``skipped``. Where the requirement is waived,
    the scenario has the property ``waived_until``, and its verdict stays; what a verdict does not show is the property
    ``caveat``.
    """
    verdicts = [scenario.verdict for scenario in scenarios]
    counts = {
        "tests": len(scenarios),
        "failures": verdicts.count(Verdict.FAILED),
        "errors": verdicts.count(Verdict.UNKNOWN) + verdicts.count(Verdict.ERROR),
        "skipped": verdicts.count(Verdict.NOT_APPLICABLE),
    }
    totals = {name: str(count) for name, count in counts.items()}
    totals["time"] = _seconds(sum(scenario.duration_ms for scenario in scenarios))
    root = ET.Element("testsuites", {"name": SUITE, **totals})
    suite = ET.SubElement(root, "testsuite", {"name": SUITE, **totals})
    if scenarios:
        suite.set("timestamp", _text(scenarios[0].at))
    for scenario in scenarios:
        _case(suite, scenario, overlay.waived_until(scenario.requirement))
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _case(suite: ET.Element, scenario: ScenarioFinished, waived_until: date | None) -> None:
    title = scenario.rule or scenario.scenario
    name = title if title == scenario.scenario else f"{title}: {scenario.scenario}"
    attributes = {"classname": _text(scenario.feature), "name": _text(name), "time": _seconds(scenario.duration_ms)}
    case = ET.SubElement(suite, "testcase", {**attributes, "file": _text(scenario.feature_file)})
    properties = ET.SubElement(case, "properties")
    named = {"requirement": scenario.requirement, "verdict": scenario.verdict.value, "reason": scenario.reason or ""}
    named["waived_until"] = waived_until.isoformat() if waived_until is not None else ""
    named["caveat"] = scenario.caveat
    for key, value in named.items():
        if value:
            ET.SubElement(properties, "property", {"name": key, "value": _text(value)})
    kind = scenario.verdict.value
    if scenario.verdict is Verdict.FAILED:
        part = ET.SubElement(case, "failure", {"type": kind, "message": _text(scenario.sentence)})
    elif scenario.verdict in (Verdict.UNKNOWN, Verdict.ERROR):
        part = ET.SubElement(case, "error", {"type": kind, "message": _text(scenario.sentence)})
    elif scenario.verdict is Verdict.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", {"message": _text(scenario.sentence)})
        return
    else:
        return
    part.text = _text("\n".join(_line(finding) for finding in scenario.findings if finding.verdict != Verdict.PASSED))


def _line(finding: Finding) -> str:
    code = f" [{finding.code}]" if finding.code else ""
    seen = f" ({', '.join(finding.observations)})" if finding.observations else ""
    return f"{finding.target}: {finding.verdict.value}{code}: {finding.sentence}{seen}"


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
