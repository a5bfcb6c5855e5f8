"""Two and three mistakes at once: every verdict is the one that follows from the tenants with a single mistake."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.model import Row, Verdicts
from calconnect.detection.run import observe
from calconnect.mock_tenant.description.catalogue import find_tenant_file
from tests.detection.published import published, published_rows
from tests.detection.union import compose, draw, go_together, healthy_verdicts, touched, union

SEED = 20261122
_SMALL_BASE = re.compile(r'^base = "small"$', re.M)


def pool() -> list[Row]:
    """Return the rows of the tenants that carry a mistake of their own, directly on the common base."""
    return [
        row
        for row in published().rows
        if (row.expected.failed or row.expected.unknown)
        and _SMALL_BASE.search(find_tenant_file(row.tenant).read_text(encoding="utf-8"))
    ]


def drawn() -> list[tuple[str, ...]]:
    """Return twenty pairs and ten triples."""
    return [*draw(pool(), 2, 20, SEED), *draw(pool(), 3, 10, SEED + 1)]


@pytest.mark.parametrize("names", drawn(), ids=" + ".join)
def test_mistakes_together_give_the_union_of_their_verdicts(names: tuple[str, ...], tmp_path: Path) -> None:
    singles = [published_rows()[name] for name in names]
    must = union(singles, healthy_verdicts())
    audited = observe(compose(names, tmp_path), state_folder=tmp_path / "state")
    wrong = {one: event.verdict for one, event in audited.scenarios.items() if event.verdict not in must[one]}
    assert not wrong, audited.explain()
    assert audited.scenarios.keys() == must.keys()
    with_exports = all("exports" in row.answered for row in singles)
    for requirement in audited.verdicts(Verdict.FAILED):
        failing = [row for row in singles if requirement in row.found.failed]
        expected = {code for row in failing for code in row.found.codes[requirement]}
        quoted = audited.codes(requirement)
        assert quoted, requirement
        assert expected & quoted or not with_exports, (
            requirement,
            expected,
            quoted,
        )  # an export's word needs the export


def row(
    name: str, *, failed: dict[str, tuple[str, ...]] | None = None, unknown: tuple[str, ...] = (), answered: str = ""
) -> Row:
    """Return a row in which requirements fail, each by the answers to some questions."""
    ways = {requirement: (questions,) for requirement, questions in (failed or {}).items()}
    found = Verdicts(failed=tuple(ways), unknown=unknown)
    return Row(name, name, found, found, rests_on=ways, answered=tuple(answered.split()))


BASELINE = {"IMP-02": Verdict.PASSED, "NET-01": Verdict.NOT_APPLICABLE, "SVC-08": Verdict.PASSED}


def test_failed_outweighs_unknown_where_the_question_was_answered() -> None:
    failing = row("a", failed={"IMP-02": ("open-calendar",)})
    partly = row("b", unknown=("IMP-02",), answered="open-calendar sign-in")
    assert union([failing, partly], BASELINE)["IMP-02"] == {Verdict.FAILED}
    assert union([partly, failing], BASELINE)["IMP-02"] == {Verdict.FAILED}


def test_what_could_not_be_asked_is_unknown() -> None:
    failing = row("a", failed={"IMP-02": ("open-calendar",)})
    shut = row("b", unknown=("IMP-02",), answered="tls")
    assert union([failing, shut], BASELINE)["IMP-02"] == {Verdict.UNKNOWN}
    by_configuration = row("c", failed={"IMP-02": ()})
    assert union([by_configuration, shut], BASELINE)["IMP-02"] == {Verdict.FAILED}


def test_whether_a_requirement_applies_is_decided_by_whoever_changes_it() -> None:
    gives_username = Row("a", "a", Verdicts(), Verdicts(not_applicable=("SVC-08",), passed=("NET-01",)))
    nothing = row("b", unknown=("IMP-02",))
    found = union([gives_username, nothing], BASELINE)
    assert found == {"SVC-08": {Verdict.NOT_APPLICABLE}, "NET-01": {Verdict.PASSED}, "IMP-02": {Verdict.UNKNOWN}}


def test_what_one_shows_by_exports_and_another_by_the_server_may_be_shown_by_neither() -> None:
    by_server, by_export = row("a", answered="exports"), replace(row("b", answered="exports"), by_exports=("IMP-02",))
    assert union([by_server, by_export], BASELINE)["IMP-02"] == {Verdict.PASSED, Verdict.UNKNOWN}
    without_exports = replace(by_export, answered=())
    assert union([without_exports, by_export], BASELINE)["IMP-02"] == {Verdict.PASSED, Verdict.UNKNOWN}
    assert union([by_export, by_export], BASELINE)["IMP-02"] == {Verdict.PASSED}


def test_a_certificate_comes_before_what_is_said_over_it() -> None:
    names, certificate = (
        row("a", failed={"NET-02": ("locate",)}, unknown=("NET-03",)),
        row("b", failed={"NET-03": ("locate",)}),
    )
    baseline = {"NET-02": Verdict.PASSED, "NET-03": Verdict.PASSED}
    found = union([names, replace(certificate, found=replace(certificate.found, unknown=("NET-02",)))], baseline)
    assert found == {"NET-02": {Verdict.UNKNOWN}, "NET-03": {Verdict.FAILED}}


def test_mistakes_that_touch_the_same_do_not_go_together() -> None:
    assert ("groups", "calendar-sync@contoso.test") in touched("imp-01-stale-group-dn")
    assert ("settings", "connection", "terms_agreed") in touched("app-06-terms-not-agreed")
    assert ("firewall", "rules", "30") in touched("net-04-address-missing")
    known = published_rows()
    assert not go_together([known["imp-01-stale-group-dn"], known["imp-02-nested-group"]])
    assert not go_together([known["svc-01-no-mailbox"], known["net-02-autodiscover-missing"]])
    assert go_together([known["app-06-terms-not-agreed"], known["net-04-address-missing"]])


def test_the_same_catalogue_gives_the_same_draw() -> None:
    groups = drawn()
    assert groups == drawn()
    assert len(set(groups)) == 30
    assert [len(group) for group in groups].count(3) == 10
