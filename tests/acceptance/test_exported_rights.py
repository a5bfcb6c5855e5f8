"""Whom the exports let the service account reach: scopes, exclusive scopes, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calconnect.acceptance.asked import NotAsked
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.rights import MOST_TOLD, Rights, compared
from calconnect.acceptance.judging.scopes import groups_in_filter, same_name
from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.bundle.model import ManagementScope, RoleAssignment
from calconnect.evidence.observation import Mode, Observation, Outcome
from tests.acceptance.bundles import ASSIGNMENT, exclusive
from tests.acceptance.fake_tenant import ACCOUNT, START

MAILBOXES = ("a@example.com", "b@example.com", "c@example.com")
READ = Observation("o-1", START, "configuration", "read", Mode.CONFIGURATION, "x.json", Outcome.OK)
MISSING: Export[tuple[ManagementScope, ...]] = Export(NotAsked("not there", UnknownReason.NO_EVIDENCE))


def rights(
    assignments: Sequence[RoleAssignment], scopes: Sequence[ManagementScope] | None, names: tuple[str, ...] = ()
) -> Rights:
    found = MISSING if scopes is None else Export(READ, tuple(scopes))
    return Rights(ACCOUNT, names, Export(READ, tuple(assignments)), found)


def own(scope: str = "", **more: object) -> RoleAssignment:
    kind = "CustomRecipientScope" if scope else "Organization"
    made = replace(ASSIGNMENT, effective_user=ACCOUNT, custom_scope=scope, recipient_write_scope=kind)
    return replace(made, **more)  # type: ignore[arg-type]


def scope(name: str, *members: str, exclusive: bool = False) -> ManagementScope:
    return ManagementScope(name, "Name -like '*'", "", exclusive, members)


@pytest.mark.parametrize(
    ("assignments", "scopes", "reached"),
    [
        ([own()], [], True),
        ([own()], None, None),  # an exclusive scope may hide it
        ([own("S")], [scope("S", "A@example.com")], True),
        ([own("s")], [scope("S", "b@example.com")], False),
        ([own("S")], [], None),
        ([own("S")], [replace(scope("S"), members=None)], None),
        ([own("S"), own("T")], [scope("S"), scope("T", "a@example.com")], True),
        ([own("S"), own("T")], [scope("S"), replace(scope("T"), members=None)], None),
        ([own(recipient_write_scope="OU")], [], None),
        ([own(enabled=False)], [], False),
        ([own(delegation="DelegatingOrgWide")], None, False),
        ([own(effective_user="somebody", assignee="somebody")], [], False),
        ([], [], False),
        ([own()], [exclusive("a@example.com")], False),
        ([own()], [exclusive("b@example.com")], True),
        ([own()], [replace(exclusive(), members=None)], None),
        ([own("Executives")], [exclusive("a@example.com")], True),
        ([own("Executives")], [exclusive("b@example.com")], False),
        ([own("Executives")], [exclusive("a@example.com"), replace(exclusive("a@example.com"), name="VIP")], True),
    ],
)
def test_whether_a_mailbox_is_reached(
    assignments: list[RoleAssignment], scopes: list[ManagementScope] | None, reached: bool | None
) -> None:
    assert rights(assignments, scopes).may_reach("a@example.com") is reached


member_sets = st.sets(st.sampled_from(MAILBOXES))


@given(st.lists(st.tuples(st.sampled_from("ST"), st.booleans(), st.booleans())), member_sets, member_sets, member_sets)
def test_it_is_what_the_rules_of_exchange_say(
    given_: list[tuple[str, bool, bool]], in_s: set[str], in_t: set[str], in_x: set[str]
) -> None:
    """S is an ordinary scope, T another one, X an exclusive one; assignments may be disabled or only delegating."""
    assignments = [
        own(name, enabled=enabled, delegation="Regular" if regular else "DelegatingOrgWide")
        for name, enabled, regular in given_
    ]
    scopes = [scope("S", *in_s), scope("T", *in_t), scope("X", *in_x, exclusive=True)]
    usable = {name for name, enabled, regular in given_ if enabled and regular}
    for mailbox in MAILBOXES:
        wanted = mailbox not in in_x and (("S" in usable and mailbox in in_s) or ("T" in usable and mailbox in in_t))
        assert rights(assignments, scopes).may_reach(mailbox) is wanted
        on_exclusive = rights([*assignments, own("X")], scopes).may_reach(mailbox)
        assert on_exclusive is (mailbox in in_x or wanted)


@given(member_sets, member_sets, st.booleans())
def test_a_disagreement_is_told_exactly_where_the_two_differ(opened: set[str], in_s: set[str], scoped: bool) -> None:
    known = rights([own("S") if scoped else own()], [scope("S", *in_s)])
    answers = {
        mailbox: replace(READ, outcome=Outcome.OK, code="NoError")
        if mailbox in opened
        else replace(READ, outcome=Outcome.REFUSED, http_status=500, code="ErrorImpersonateUserDenied")
        for mailbox in MAILBOXES
    }
    reached = in_s if scoped else set(MAILBOXES)
    assert {one.target for one in compared(known, answers)} == opened ^ reached


def test_many_disagreements_end_in_a_number() -> None:
    many = {f"user{number}@example.com": READ for number in range(500)}
    told = compared(rights([], []), many)
    assert len(told) == MOST_TOLD + 1
    assert told[-1].target == f"{500 - MOST_TOLD} more mailboxes"


@pytest.mark.parametrize(
    ("called", "names", "found"),
    [
        (ACCOUNT.upper(), (), True),
        ("EXAMPLE\\calendar-service", (), True),
        ("example.com/Service accounts/Calendar service", ("Calendar service",), True),
        ("CALENDAR SERVICE", ("Calendar service",), True),
        ("Calendar service 2", ("Calendar service",), False),
        ("", ("",), False),
    ],
)
def test_how_an_account_is_called(called: str, names: tuple[str, ...], found: bool) -> None:
    named = own(effective_user=called, assignee="A role group")
    assert bool(rights([named], [], tuple(name for name in names if name)).regular) is found


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("MemberOfGroup -eq 'CN=G,DC=x'", ["CN=G,DC=x"]),
        ("((MemberOfGroup -eq 'CN=G,DC=x') -and (Alias -ne $null))", ["CN=G,DC=x"]),
        ('memberofgroup -EQ "CN=G ""quoted"",DC=x"', ['CN=G "quoted",DC=x']),
        ("MemberOfGroup -eq 'CN=O''Neill,DC=x'", ["CN=O'Neill,DC=x"]),
        ("MemberOfGroup -eq 'CN=A,DC=x' -or MemberOfGroup -eq 'CN=B,DC=x'", ["CN=A,DC=x", "CN=B,DC=x"]),
        ("-not (MemberOfGroup -eq 'CN=G,DC=x')", []),
        ("MemberOfGroup -ne 'CN=G,DC=x'", []),
        ("Department -eq 'Sales'", []),
        ("", []),
    ],
)
def test_the_groups_in_a_filter(text: str, groups: list[str]) -> None:
    assert groups_in_filter(text) == groups


@given(st.text())
def test_any_text_is_a_filter_that_names_some_groups_or_none(text: str) -> None:
    assert isinstance(groups_in_filter(text), list)
    quoted = text.replace("'", "''")
    assert groups_in_filter(f"MemberOfGroup -eq '{quoted}'") == [text]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("CN=G,DC=x", "cn=g, dc=X", True),
        ("CN = G , DC=x", "CN=G,DC=x", True),
        ("CN=G,OU=New,DC=x", "CN=G,DC=x", False),
        ("CN=G H,DC=x", "CN=GH,DC=x", False),
    ],
)
def test_names_are_compared_as_the_directory_does(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
