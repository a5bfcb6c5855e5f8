"""A handful of mutations of our own judgement; ``python -m tests.mutation_check`` tries all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calconnect.acceptance.judgement import Judgement
from calconnect.acceptance.verdicts import Verdict
from calconnect.detection.comparison import Expectation, Machine
from calconnect.detection.run import Audited, observing
from calconnect.mock_tenant.description import load
from tests.detection.mutations import Change, Mutation, expected_of, mutations_of, notices

TENANT = "imp-03-outsider-covered"
"""IMP-03 fails by one of its two assertions, IMP-04 by one of its two, and all else passes."""


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with observing(TENANT, state_folder=tmp_path_factory.mktemp("state")) as found:
        yield found


@pytest.fixture(scope="module")
def must(audited: Audited) -> Expectation:
    return expected_of(audited, Machine())


@pytest.mark.parametrize(
    "mutation",
    [
        Mutation("IMP-03", "outsiders_refused", Change.FAILED_PASSES),
        Mutation("IMP-03", "outsiders_refused", Change.NOTHING_RECORDED),
        Mutation("IMP-04", "filter_fits", Change.FAILED_PASSES),
        Mutation("IMP-02", "every_calendar_opens", Change.PASSED_FAILS),
        Mutation("IMP-02", "every_calendar_opens", Change.NOTHING_RECORDED),
        Mutation("SVC-03", "same_domain", Change.PASSED_FAILS),
        Mutation("OPS-06", "busy_times_read", Change.PASSED_FAILS),
    ],
    ids=lambda one: f"{one.requirement} {one.assertion}: {one.change}",
)
def test_the_matrix_notices(audited: Audited, must: Expectation, mutation: Mutation) -> None:
    assert mutation in (mutations_of(audited, must, mutation.requirement) or ())
    assert notices(audited, must, mutation)


def test_a_mutation_that_changes_nothing_here_is_not_noticed_here(audited: Audited, must: Expectation) -> None:
    """It takes a tenant in which the assertion decides, which is why each needs its own."""
    assert not notices(audited, must, Mutation("SVC-03", "same_domain", Change.FAILED_PASSES))
    assert not notices(audited, must, Mutation("IMP-03", "no_such_assertion", Change.NOTHING_RECORDED))


def test_a_judgement_that_differs_before_it_is_changed_is_told(audited: Audited, must: Expectation) -> None:
    wrong = Expectation({**must.verdicts, "SVC-03": Verdict.FAILED}, must.baseline, must.codes)
    assert mutations_of(audited, wrong, "SVC-03") is None


def test_what_is_not_in_force_on_the_day_of_the_audit_is_not_expected_of_it(audited: Audited) -> None:
    """MIG-02 holds from the day on which EWS ends in Exchange Online."""
    online = replace(audited, description=load("online-healthy"))
    before, after = datetime(2027, 3, 31, 23, 59, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)
    assert expected_of(replace(online, started=before), Machine()).verdicts["MIG-02"] is Verdict.NOT_APPLICABLE
    assert expected_of(replace(online, started=after), Machine()).verdicts["MIG-02"] is Verdict.PASSED


def test_the_judgement_is_put_back(audited: Audited, must: Expectation) -> None:
    before = Judgement.record
    notices(audited, must, Mutation("SVC-03", "same_domain", Change.PASSED_FAILS))
    assert Judgement.record is before
