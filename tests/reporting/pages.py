"""Reports as pages that can be looked into."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import html

from calconnect.acceptance.verdicts import Finding, Verdict
from calconnect.reporting.html import render_report
from tests.reporting.synthetic import Maker, SyntheticRun


def parsed(text: str) -> Any:
    """Return the page of a text: an lxml element, whose types say too little of HTML."""
    return html.document_fromstring(text)


def page_of(run: SyntheticRun, *, mock: str | None = None) -> Any:
    """Return the report of a run as a page."""
    return parsed(render_report(run.results(mock=mock), run.observations))


def hostile_run(text: str) -> SyntheticRun:
    """A run in which ``text`` stands wherever a user or a server can put one."""
    maker = Maker([text])
    seen = maker.observe(text, operation=text, code=text)
    maker.run.observations[-1] = replace(maker.run.observations[-1], request_id=text, server_version=text)
    located = maker.observe(text, probe="locate", details={"how": "settings", "ews_url": f"https://h/{text}"})
    finding = Finding(text, Verdict.FAILED, text, text, None, (seen, located), text)
    maker.finish("IMP-02v1", Verdict.FAILED, text, [finding])
    maker.finish("", Verdict.ERROR, text, [finding], scenario=text)
    return maker.run
