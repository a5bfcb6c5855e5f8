from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import pytest

from calconnect.evidence.observation import Mode, Observation, Outcome
from calconnect.foundation.problems import UsageError
from calconnect.settings.mailboxes import parse_list
from calconnect.sweep.lists import ListKind, ListRefused, ListSource, listing_from_tenant, listing_of
from calconnect.sweep.model import SweptMailbox
from calconnect.tenants.interface import Tenant
from calconnect.tenants.online_interface import OnlineTenant
from tests.sweep.seen import NOW, seen

GROUP = ListSource.parse("group:all@contoso.test")
ALL = ListSource.parse("all")


def said(target: str, code: str = "NoError", **details: Any) -> Observation:
    return seen(target, code, "asked", **details)


class Server:
    """An Exchange Server with a directory: names a hundred at most."""

    def __init__(self, people: Iterable[str] = (), groups: Sequence[Observation] = (), silent: str = "") -> None:
        self.people = sorted(people)
        self.groups = tuple(groups)
        self.silent = silent
        self.questions = 0

    def expand_group(self, _: str) -> tuple[Observation, ...]:
        return self.groups

    def find_names(self, beginning: str) -> Observation:
        self.questions += 1
        wanted = beginning.removeprefix("smtp:")
        if self.silent and wanted.startswith(self.silent):
            return Observation("", NOW, "find-names", "ResolveNames", Mode.SERVICE_ACCOUNT, wanted, Outcome.NO_ANSWER)
        found = [one for one in self.people if one.lower().startswith(wanted)]
        return said(wanted, mailboxes=found[:100], complete=len(found) <= 100)


class Online:
    def __init__(self, *, groups: Sequence[Observation] = (), people: Observation | None = None) -> None:
        self.groups = tuple(groups)
        self.people = people

    def group_members(self, _: str) -> tuple[Observation, ...]:
        return self.groups

    def some_users(self, _: int) -> Observation:
        assert self.people is not None
        return self.people


def listed(source: ListSource, server: Server | None = None, online: Online | None = None) -> Any:
    return listing_from_tenant(source, cast(Tenant | None, server), cast(OnlineTenant | None, online))[0]


def test_unusable_rows_do_not_stop_the_rest_and_repeated_ones_are_no_fault() -> None:
    rows = ["mail;Department", *(f"user{n}@contoso.test;Sales" for n in range(97)), "user1@", ";Sales", "x y"]
    rows += ["USER3@Contoso.test;Sales"]
    listing = listing_of(parse_list("\n".join(rows).encode(), "list.csv"), "list.csv")
    assert len(listing.mailboxes) == 97
    assert listing.mailboxes[3] == SweptMailbox(4, "user3@contoso.test", 5, {"department": "Sales"})
    assert [(row.line, row.text) for row in listing.unusable] == [(99, "user1@"), (100, ""), (101, "")]
    assert all("it " in row.reason for row in listing.unusable)
    assert [(row.line, row.number) for row in listing.repeated] == [(102, 4)]


def test_a_list_of_which_nothing_can_be_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="all 2 rows are unusable"):
        listing_of(parse_list(b"mail\nuser1@\nuser2@\n", "list.csv"), "list.csv")


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        (None, ListKind.OWN, ""),
        ("all", ListKind.ALL, ""),
        ("./all", ListKind.FILE, "./all"),
        ("group:a@b.test", ListKind.GROUP, "a@b.test"),
    ],
)
def test_where_the_list_comes_from(text: str | None, kind: ListKind, name: str) -> None:
    assert ListSource.parse(text) == ListSource(kind, name)


@pytest.mark.parametrize("text", ["group:", "group:calendars", "group:a@b@c.test"])
def test_a_group_is_named_by_its_address(text: str) -> None:
    with pytest.raises(UsageError, match="names no group"):
        ListSource.parse(text)


def test_a_group_is_expanded_with_the_groups_in_it_and_says_what_is_missing() -> None:
    groups = [
        said("all@contoso.test", members=["ann@contoso.test", "bob@contoso.test"], groups=["x"], complete=True),
        said("x@contoso.test", members=["ANN@contoso.test", "Zoë@contoso.test", "odd address"], complete=False),
        said("y@contoso.test", "ErrorNameResolutionNoResults"),
    ]
    listing = listed(GROUP, Server(groups=groups))
    assert [one.address for one in listing.mailboxes] == ["ann@contoso.test", "bob@contoso.test", "Zoë@contoso.test"]
    assert [row.text for row in listing.unusable] == ["odd address"]
    assert "1 group in it are missing, y@contoso.test first" in listing.caveat
    assert "did not name all members of 1 group" in listing.caveat


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (said("g", "ErrorNameResolutionNoResults"), "cannot be expanded. ErrorNameResolutionNoResults"),
        (said("g", members=[], groups=[], complete=True), "has no member who could be asked"),
    ],
)
def test_an_unknown_group_and_an_empty_one_are_refused_with_the_cause(answer: Observation, message: str) -> None:
    with pytest.raises(ListRefused, match=message) as refused:
        listed(GROUP, Server(groups=[answer]))
    assert refused.value.observations == (answer,)


def test_a_group_that_the_server_does_not_know_is_looked_up_online() -> None:
    members = said("g", transitive=["ann@contoso.test"], direct=[])
    listing = listed(GROUP, Server(groups=[said("g", "ErrorNameResolutionNoResults")]), Online(groups=[members]))
    assert [one.address for one in listing.mailboxes] == ["ann@contoso.test"]


def test_everybody_is_found_however_many_begin_alike() -> None:
    people = [f"user{n:04}@contoso.test" for n in range(1500)] + [f"o'neill-{n}.x_y+z@contoso.test" for n in range(140)]
    people += ["user0@contoso.test", "42@contoso.test"]
    server = Server(people)
    listing = listed(ALL, server)
    assert sorted(one.address for one in listing.mailboxes) == sorted(people)
    assert server.questions < 3000
    assert "not read to its end" not in listing.caveat
    assert "hidden" in listing.caveat


def test_what_was_not_answered_makes_the_list_of_everybody_incomplete() -> None:
    listing = listed(ALL, Server(["ann@contoso.test", "bob@contoso.test"], silent="b"))
    assert [one.address for one in listing.mailboxes] == ["ann@contoso.test"]
    assert "not read to its end" in listing.caveat
    with pytest.raises(ListRefused, match="shows no mailbox"):
        listed(ALL, Server())


def test_everybody_of_a_hybrid_is_on_either_side_and_named_once() -> None:
    online = Online(people=said("", mailboxes=["Ann@contoso.test", "eve@contoso.test"], complete=False))
    listing = listed(ALL, Server(["ann@contoso.test"]), online)
    assert [one.address for one in listing.mailboxes] == ["ann@contoso.test", "eve@contoso.test"]
    assert "Exchange Online was not read to its end" in listing.caveat
