"""What an application may do in a mailbox: consent limited by policies, and roles, each from its own time on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calconnect.mock_tenant.state.online.access import (
    BLOCKED_BY_POLICY,
    EWS_PERMISSION,
    Allowed,
    Denied,
    Why,
    allowed,
    has_consent,
)
from calconnect.mock_tenant.state.online.directory import Application
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.members import directory_roles_of, groups_of, transitive_members
from calconnect.mock_tenant.state.online.policies import AccessPolicy, ApplicationRole
from tests.mock_tenant.online_halves import address, half_of, user
from tests.mock_tenant.tenants import NOW

_APP = "aaaaaaaa-0000-0000-0000-000000000001"
_OTHER = "aaaaaaaa-0000-0000-0000-000000000002"
_MEMBERS = {"inner": ["ann"], "outer": ["inner", "bob"], "empty": []}
_DIRECT = {"inner": {"ann"}, "outer": {"bob"}, "empty": set()}
_ALL = {"inner": {"ann"}, "outer": {"ann", "bob"}, "empty": set()}
_PEOPLE = ("ann", "bob", "cid")


def made() -> OnlineHalf:
    return half_of([user(name) for name in _PEOPLE], _MEMBERS)


def policy(group: str, *, restrict: bool = True, app: str = _APP, minutes: int = 0) -> AccessPolicy:
    return AccessPolicy(app, address(group), restrict, NOW, NOW + timedelta(minutes=minutes))


def role(group: str, name: str = "Application Calendars.ReadWrite", *, minutes: int = 0) -> ApplicationRole:
    where = address(group) if group else ""
    return ApplicationRole("R", _APP, name, where, NOW, NOW + timedelta(minutes=minutes))


def app(*permissions: str) -> Application:
    return Application(_APP, "app", list(permissions))


_groups = st.sampled_from(sorted(_MEMBERS))
_minutes = st.sampled_from([-60, 0, 60])
_policies = st.lists(
    st.builds(
        lambda group, restrict, which, minutes: policy(group, restrict=restrict, app=which, minutes=minutes),
        _groups,
        st.booleans(),
        st.sampled_from([_APP, _OTHER]),
        _minutes,
    ),
    max_size=4,
)
_roles = st.lists(
    st.builds(lambda group, minutes: role(group, minutes=minutes), st.sampled_from([*_MEMBERS, ""]), _minutes),
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(st.booleans(), _policies, _roles, st.sampled_from(_PEOPLE))
def test_what_either_grants_is_granted(
    consented: bool, policies: list[AccessPolicy], roles: list[ApplicationRole], who: str
) -> None:
    half = made()
    half.access_policies, half.application_roles = policies, roles
    asking = app("Calendars.ReadWrite") if consented else app("User.Read.All")
    mine = [one for one in policies if one.app_id == _APP and one.effective <= NOW]
    denied = [_ALL[one.group.partition("@")[0]] for one in mine if not one.restrict]
    restricted = [_ALL[one.group.partition("@")[0]] for one in mine if one.restrict]
    by_consent = consented and who not in set().union(*denied) and (not restricted or who in set().union(*restricted))
    scopes = [_DIRECT.get(one.group.partition("@")[0], set(_PEOPLE)) for one in roles if one.effective <= NOW]
    by_role = who in set().union(*scopes)

    found = allowed(half, asking, half.users[address(who)], "Calendars.Read", NOW)

    assert isinstance(found, Allowed) is (by_consent or by_role)
    if isinstance(found, Allowed):
        assert found.by_role is not by_consent
    else:
        assert (found.status, found.code) == (403, "ErrorAccessDenied")
        assert (found.message == BLOCKED_BY_POLICY) is consented


@pytest.mark.parametrize(
    ("policies", "who", "why"),
    [
        ([], "cid", None),
        ([policy("outer")], "ann", None),
        ([policy("outer")], "cid", Why.OUT_OF_SCOPE),
        ([policy("outer"), policy("inner", restrict=False)], "ann", Why.DENIED),
        ([policy("outer"), policy("inner", restrict=False)], "bob", None),
        ([policy("empty")], "ann", Why.OUT_OF_SCOPE),
        ([policy("empty", app=_OTHER)], "ann", None),
        ([policy("ann")], "ann", None),
    ],
)
def test_policies_in_their_order(policies: list[AccessPolicy], who: str, why: Why | None) -> None:
    half = made()
    half.access_policies = policies
    found = allowed(half, app("Calendars.ReadWrite"), half.users[address(who)], "Calendars.ReadWrite", NOW)
    assert (found.why if isinstance(found, Denied) else None) is why


def test_a_policy_and_a_role_count_from_their_own_time_on() -> None:
    half = made()
    half.access_policies = [policy("inner", minutes=60)]
    half.application_roles = [role("outer", minutes=90)]
    bob, reads = half.users[address("bob")], app("Calendars.ReadWrite")
    found = [
        allowed(half, reads, bob, "Calendars.Read", NOW + timedelta(minutes=after)) for after in (0, 59, 60, 89, 90)
    ]
    refused = Denied(Why.OUT_OF_SCOPE, message=BLOCKED_BY_POLICY)
    assert found == [Allowed(), Allowed(), refused, refused, Allowed(by_role=True)]


def test_a_consent_counts_from_when_it_was_given_and_a_narrower_one_is_not_enough() -> None:
    asking = Application(_APP, "app", ["Calendars.Read"], granted_at=NOW)
    assert not has_consent(asking, "Calendars.Read", NOW - timedelta(seconds=1))
    assert has_consent(asking, "Calendars.Read", NOW)
    assert not has_consent(asking, "Calendars.ReadWrite", NOW)


@pytest.mark.parametrize(
    ("name", "permission", "works"),
    [
        ("Application EWS.AccessAsApp", EWS_PERMISSION, True),
        ("Application EWS.AccessAsApp", "Calendars.Read", False),
        ("Application Calendars.Read", "Calendars.ReadWrite", False),
        ("Application Exchange Full Access", "MailboxSettings.Read", True),
        ("Application Exchange Full Access", EWS_PERMISSION, False),
    ],
)
def test_what_a_role_is_for(name: str, permission: str, works: bool) -> None:
    half = made()
    half.application_roles = [role("", name)]
    assert isinstance(allowed(half, app(), half.users[address("ann")], permission, NOW), Allowed) is works


def test_groups_that_hold_each_other_come_to_an_end_and_hand_their_roles_on() -> None:
    half = half_of([user("ann")], {"one": ["two"], "two": ["one", "ann"]})
    half.groups[address("one")].directory_roles = ["Exchange Administrator"]
    ann = half.users[address("ann")]
    ann.directory_roles = ["Exchange Administrator", "Global Reader"]
    assert [one.name for one in groups_of(half, ann)] == ["two", "one"]
    assert {one.id for one in transitive_members(half, half.groups[address("one")])} == {
        ann.id,
        half.groups[address("two")].id,
    }
    assert directory_roles_of(half, ann) == ["Exchange Administrator", "Global Reader"]
