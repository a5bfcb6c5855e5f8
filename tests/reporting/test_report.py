from __future__ import annotations

import re
from functools import cache
from itertools import cycle, islice, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.reporting.html import css_string, render_report
from calconnect.reporting.view import MAILBOXES_SHOWN, SHORT_MAILBOXES_SHOWN
from calconnect.reporting.words import milliseconds, visible
from tests.reporting.pages import hostile_run, page_of, parsed
from tests.reporting.synthetic import SERVICE, SyntheticRun, addresses, make_run

HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "{{ 7 * 7 }}{% for x in y %}",
    "user\u202egnp.exe@contoso.example",
    "nul\x00 bell\x07 esc\x1b[31m del\x7f",
    '"><img src=x onerror=alert(1)>',
    "</style></title></table>",
    "javascript:alert(1)",
    "$x^2$ \\(y\\) &amp; &#60;",
)


def test_the_sections_come_in_the_order_in_which_they_are_read() -> None:
    page = page_of(make_run(5))
    assert [
        title.text_content().strip() for title in page.iter("h1", "h2") if "small" not in title.get("class", "")
    ] == [
        "Ready",
        "1What to do next",
        "2At a glance",
        "3The trace",
        "4The mailboxes",
        "5Waivers and attestations",
        "6What ends when",
        "7The run and its evidence",
        "8What this report does not prove",
        "9Signatures",
    ]


@pytest.mark.parametrize(
    ("run", "answer"),
    [
        (make_run(3), "Ready"),
        (make_run(3, denied=addresses(1)), "Not ready"),
        (make_run(3, only=[]), "Not known"),
    ],
)
def test_the_answer_stands_first_in_words(run: SyntheticRun, answer: str) -> None:
    page = page_of(run)
    assert page.findtext(".//h1/span") == answer
    assert page.findtext(".//title", "").startswith(answer)


def test_nothing_is_loaded_and_nothing_is_run() -> None:
    text = render_report((run := make_run(5, denied=addresses(2))).results(), run.observations)
    page = parsed(text)
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert list(page.iter("script", "link", "iframe", "object", "embed", "img", "base", "form", "audio", "video")) == []
    assert "url(" not in text
    assert "@import" not in text
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        assert not [name for name in element.attrib if name.startswith("on") or name in ("src", "srcset", "action")]
        target = element.get("href")
        if target is not None:
            allowed = target.startswith("#") if element.tag == "use" else target.startswith(("#", "https://"))
            assert allowed, target


def test_every_link_inside_the_report_leads_somewhere() -> None:
    verdicts = {"SVC-01": (Verdict.UNKNOWN, UnknownReason.BLOCKED, "It waits.")}
    page = page_of(make_run(5, denied=addresses(2), verdicts=verdicts))
    ids = {element.get("id") for element in page.iter() if isinstance(element.tag, str) and element.get("id")}
    targets = {element.get("href")[1:] for element in page.iter() if str(element.get("href", "")).startswith("#")}
    assert targets
    assert targets <= ids


def test_it_can_be_read_aloud() -> None:
    page = page_of(make_run(5, denied=addresses(2)))
    assert page.get("lang") == "en"
    levels = [
        int(element.get("aria-level") or element.tag[1])
        for element in page.iter()
        if isinstance(element.tag, str) and (re.fullmatch("h[1-6]", element.tag) or element.get("role") == "heading")
    ]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), levels
    for table in page.iter("table"):
        assert table.find("caption") is not None
        assert all(header.get("scope") in ("col", "row") for header in table.iter("th"))
    for drawing in page.iter("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing.get("aria-label")


def test_a_verdict_is_never_told_by_colour_alone() -> None:
    page = page_of(make_run(5, denied=addresses(2)))
    for verdict in page.find_class("verdict"):
        assert verdict.find(".//use") is not None
        assert verdict.text_content().strip() in ("passed", "failed", "unknown", "error", "not applicable")
    for tick in page.find_class("tick"):
        assert tick.text_content().strip()


def test_the_trace_leads_from_the_clause_to_the_observation() -> None:
    run = make_run(5, denied=[addresses(1)[0]])
    page = page_of(run)
    trace = page.get_element_by_id("IMP-02v1")
    text = trace.text_content()
    requirement = next(one for one in run.requirements if one.id == "IMP-02")
    seen = next(one for one in run.observations if one.code == "ErrorImpersonateUserDenied")
    for part in (
        requirement.clause.quote,
        requirement.clause.section,
        requirement.reason,
        "Then every answer is the one that proves it",
        seen.id,
        seen.request_id,
        "ErrorImpersonateUserDenied",
        "500",
        addresses(1)[0],
    ):
        assert part in text, part
    assert trace.get("open") is not None
    assert page.get_element_by_id("APP-02v1").get("open") is None


def test_a_run_against_a_mock_tenant_says_so_first() -> None:
    answer = page_of(make_run(2), mock="healthy").get_element_by_id("answer").text_content()
    assert "says nothing about your organisation" in answer
    assert "healthy" in answer
    assert "mock" not in page_of(make_run(2)).get_element_by_id("answer").text_content()


def test_what_it_does_not_prove_is_said() -> None:
    limits = page_of(make_run(2)).get_element_by_id("limits").text_content()
    for part in ("not Cronofy", "Fixed IP addresses", "as old as the run", "1 mailbox outside the group was tried"):
        assert part in limits


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_shows_as_text(text: str) -> None:
    _shows_as_text(text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=40))
def test_any_text_shows_as_text(text: str) -> None:
    _shows_as_text(text)


def _shows_as_text(text: str) -> None:
    run = hostile_run(text)
    page = page_of(run)
    expected = " ".join(visible(text.encode("utf-8", "replace").decode()).split())
    rows = page.get_element_by_id("mailboxes").find_class("address")
    assert " ".join(rows[0].text_content().split()) == expected
    assert _shape(page) == _plain_shape(), "the text has changed the structure of the page"


def _shape(page: Any) -> list[object]:
    return [element.tag for element in page.iter()]


@cache
def _plain_shape() -> list[object]:
    return _shape(page_of(hostile_run("plain")))


def test_what_hides_is_made_visible() -> None:
    assert visible("a\u202eb\x00c\u200bd\n") == "a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩d\n"
    assert visible("Zoë Müller 山田") == "Zoë Müller 山田"


def test_a_run_id_cannot_leave_the_style_sheet() -> None:
    assert css_string('a"; } </style>') == "a\\000022\\00003b\\000020\\00007d\\000020\\00003c\\00002fstyle\\00003e"


def test_durations_are_written_for_people() -> None:
    values = (0.44, 12.4, 999.4, 1340, 125_000)
    assert [milliseconds(value) for value in values] == ["0.4 ms", "12 ms", "999 ms", "1.3 s", "2 min 5 s"]


def test_with_many_mailboxes_those_that_fall_short_are_shown_and_the_rest_counted() -> None:
    count = MAILBOXES_SHOWN + 1
    run = make_run(count, denied=addresses(count)[5:8], only=["IMP-02"])
    section = page_of(run).get_element_by_id("mailboxes")
    assert [cell.text_content() for cell in section.find_class("address")] == addresses(count)[5:8]
    assert f"{count - 3:,} of {count:,} listed mailboxes" in section.text_content()
    assert "results.json" in section.text_content()


def test_a_report_over_100000_mailboxes_stays_small() -> None:
    run = make_run(300, denied=addresses(300)[::2], only=["IMP-02"])
    results = run.results()
    many = [
        mailbox.model_copy(update={"address": f"user{number:06d}@a-rather-long-department.contoso.example"})
        for number, mailbox in enumerate(islice(cycle(results.mailboxes), 100_000))
    ]
    requirement = next(one for one in results.requirements if one.id == "IMP-02")
    scenario = requirement.scenarios[0]
    longer = scenario.model_copy(update={"findings": list(islice(cycle(scenario.findings), 100_000))})
    swept = requirement.model_copy(update={"scenarios": [longer]})
    grown = results.model_copy(
        update={
            "mailboxes": many,
            "requirements": [swept if one.id == "IMP-02" else one for one in results.requirements],
        }
    )
    text = render_report(grown, run.observations)
    assert len(text.encode()) < 5 * 2**20
    rows = parsed(text).get_element_by_id("mailboxes").findall(".//tbody/tr")
    assert len(rows) == SHORT_MAILBOXES_SHOWN


def test_the_service_account_is_named_and_its_passwords_place_is_not() -> None:
    text = page_of(make_run(2)).get_element_by_id("run").text_content()
    assert SERVICE in text
    assert "by reference (file)" in text
    assert "service-account-password" not in text
