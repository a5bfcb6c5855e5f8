"""Outsiders that are drawn from the directory: who, from how many, and when nobody can be."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging.outsiders import BEGINNINGS, Drawn, draw, how_drawn
from calconnect.acceptance.sampling import stable_order
from calconnect.acceptance.verdicts import UnknownReason, Verdict
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.settings.model import LimitSettings
from tests.acceptance.fake_tenant import (
    ACCOUNT,
    GROUP,
    OUTSIDER,
    START,
    STRANGERS,
    TRIAL,
    USERS,
    Answering,
    FakeTenant,
    Says,
    make_settings,
    refuses,
)
from tests.acceptance.suite_run import run, scenario

DRAWN = {"limit": LimitSettings(GROUP)}
NOTED = Observation("o-9", START, "configuration", "draw outsiders", Mode.CONFIGURATION, GROUP, Outcome.OK)


def seen(probe: str, target: str, **details: Fact) -> Observation:
    return Observation(
        f"o-{target}", START, probe, probe, Mode.SERVICE_ACCOUNT, target, Outcome.OK, 200, "NoError", details=details
    )


def group(*members: str, **details: Fact) -> tuple[Observation, ...]:
    return (seen("expand-group", GROUP, members=list(members), groups=[], **details),)


def directory(*people: str, complete: bool = True) -> dict[str, Answer]:
    return {"a": seen("find-names", "a", mailboxes=list(people), matches=len(people), complete=complete)}


def test_an_order_that_does_not_hang_on_the_order_given() -> None:
    people = [f"person{number}@example.com" for number in range(50)]
    shuffled = random.Random(7).sample(people, len(people))
    assert stable_order(people) == stable_order(shuffled)
    assert stable_order(people) != sorted(people)
    assert (
        stable_order(["Ann@Example.com", "bob@example.com"])[0].lower()
        in stable_order(["ann@example.com", "bob@example.com"])[0].lower()
    )


@given(st.sets(st.sampled_from(STRANGERS), min_size=1), st.integers(1, 10))
def test_the_same_directory_gives_the_same_sample(people: set[str], wanted: int) -> None:
    one = draw(wanted, group(*USERS), directory(*sorted(people)), [ACCOUNT])
    other = draw(wanted, group(*USERS), directory(*sorted(people, reverse=True)), [ACCOUNT])
    assert one == other
    assert len(one.outsiders) == min(wanted, len(people))


def test_members_nested_members_the_list_and_the_account_are_left_out() -> None:
    expanded = (
        seen("expand-group", GROUP, members=["Direct@example.com"], groups=["inner@example.com"]),
        seen("expand-group", "inner@example.com", members=["nested@example.com"], depth=1),
    )
    people = ("direct@EXAMPLE.com", "nested@example.com", "listed@example.com", ACCOUNT, "room@example.com", "a@b.com")
    drawn = draw(5, expanded, directory(*people), [ACCOUNT, "Listed@example.com", "room@example.com"])
    assert drawn.outsiders == ("a@b.com",)
    assert (drawn.candidates, drawn.members, drawn.nested, drawn.others) == (1, 1, 1, 3)
    (finding,) = how_drawn(drawn, expanded, NOTED)
    assert finding.verdict is Verdict.PASSED
    for part in ("a@b.com", "1 direct members", "1 in a group in it, who are not clearly outside"):
        assert part in finding.sentence


@pytest.mark.parametrize(
    ("people", "complete", "verdict"),
    [
        (STRANGERS, True, Verdict.PASSED),
        (STRANGERS, False, Verdict.PASSED),
        (STRANGERS[:2], True, Verdict.PASSED),
        (STRANGERS[:2], False, Verdict.UNKNOWN),
        ((), True, Verdict.UNKNOWN),
        ((), False, Verdict.UNKNOWN),
    ],
)
def test_too_few_are_said_to_be_too_few_unless_they_are_everybody(
    people: tuple[str, ...], complete: bool, verdict: Verdict
) -> None:
    expanded = group(*USERS)
    drawn = draw(5, expanded, directory(*people, *USERS, complete=complete), [ACCOUNT])
    (finding,) = how_drawn(drawn, expanded, NOTED)
    assert (finding.verdict, finding.target) == (verdict, "outsiders")
    assert finding.observations == (NOTED.id,)
    assert str(len(people) or "no mailbox") in finding.sentence


@pytest.mark.parametrize(
    "expanded",
    [
        group(*USERS, complete=False),
        (*group(*USERS), seen("expand-group", "inner@example.com", complete=False)),
        (*group(*USERS), refused := Observation(
            "o-x", START, "expand-group", "ExpandDL", Mode.SERVICE_ACCOUNT, "inner@example.com", Outcome.REFUSED, 500)),
        (refused,),
        NotAsked("The gate was closed.", UnknownReason.BLOCKED),
    ],
)  # fmt: skip
def test_nobody_is_drawn_where_it_is_not_known_who_is_inside(expanded: tuple[Observation, ...] | NotAsked) -> None:
    drawn = draw(5, expanded, directory(*STRANGERS), [])
    assert drawn == Drawn(wanted=5, whole=False)
    (finding,) = how_drawn(drawn, expanded, NOTED)
    assert finding.verdict is Verdict.UNKNOWN


def test_the_sample_is_tried_noted_and_told(tmp_path: Path) -> None:
    tenant = FakeTenant()
    outcome = run(make_settings(tmp_path, limit=LimitSettings(GROUP, (), 3)), tenant, select=["IMP-03"])
    (ended,) = outcome.scenarios
    assert ended.verdict is Verdict.PASSED, ended.sentence
    everybody = {*STRANGERS, OUTSIDER}  # the room is a wanted one
    drawn = stable_order(everybody)[:3]
    tried = {target for probe, target in tenant.asked if probe == "open-calendar"} - set(USERS)
    assert tried == set(drawn)
    (noted,) = [one for one in outcome.observations if one.operation == "draw outsiders"]
    assert noted.details["outsiders"] == drawn
    assert (noted.details["candidates"], noted.details["wanted"]) == (len(everybody), 3)
    told = next(finding for finding in ended.findings if finding.target == "outsiders")
    assert f"3 were drawn from {len(everybody)} mailboxes" in told.sentence
    assert told.observations == (noted.id,)
    assert tenant.count("find-names") == len(BEGINNINGS)


def test_one_that_is_admitted_is_named(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, **DRAWN)
    first = stable_order([*STRANGERS, OUTSIDER])[0]
    denied = refuses("ErrorImpersonateUserDenied")
    reached = {*USERS, first}
    outcome = run(settings, FakeTenant({"open-calendar": lambda who: Says() if who in reached else denied}),
                  select=["IMP-03"])  # fmt: skip
    (ended,) = outcome.scenarios
    assert ended.verdict is Verdict.FAILED
    assert [one.target for one in ended.findings if one.verdict is Verdict.FAILED] == [first]


def test_nobody_is_drawn_where_outsiders_are_named_or_no_limit_is(tmp_path: Path) -> None:
    for limit in (LimitSettings(GROUP, (OUTSIDER,)), None):
        tenant = FakeTenant()
        run(make_settings(tmp_path, limit=limit), tenant, select=["IMP-03"])
        assert tenant.count("find-names") == 0


def test_an_alias_on_the_list_is_no_outsider(tmp_path: Path) -> None:
    """A listed address may be another one of a mailbox whose primary address the directory tells."""
    primary = STRANGERS[0]
    users = (*USERS, "alias@example.com")
    found: dict[str, Fact] = {"primary_smtp": primary, "mailbox_type": "Mailbox", "matches": 1}
    script: dict[str, Answering] = {
        "resolve-address": lambda who: Says(details=found if who == "alias@example.com" else {}),
        f"expand-group {GROUP}": Says(details={"members": list(USERS), "groups": []}),
        "open-calendar": lambda who: Says() if who in (*USERS, primary) else refuses("ErrorImpersonateUserDenied"),
    }
    ended = scenario(tmp_path, "IMP-03", script, users=users, limit=LimitSettings(GROUP, (), 50))
    assert primary not in {one.target for one in ended.findings}
    assert TRIAL in {one.target for one in ended.findings}
