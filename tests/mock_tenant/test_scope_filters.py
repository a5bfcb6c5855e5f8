"""Recipient filters of management scopes: whom they select, and what is no filter."""

from __future__ import annotations

import pytest

from calconnect.mock_tenant.state.directory import Directory, Recipient, RecipientKind
from calconnect.mock_tenant.state.rbac import ManagementScope, filter_is_understood

GROUP = "CN=Calendar users,CN=Users,DC=contoso,DC=test"


@pytest.fixture(scope="module")
def directory() -> Directory:
    made = Directory()
    made.add(Recipient("ann@contoso.test", "Ann O'Hara", department="Sales", aliases=("sales@contoso.test",)))
    made.add(Recipient("ben@contoso.test", "Ben Case", department="Legal", database="DB02", hidden=True))
    made.add(Recipient("room@contoso.test", "Room 1", kind=RecipientKind.ROOM))
    made.add(Recipient("far@contoso.test", "Far Away", kind=RecipientKind.REMOTE, upn="far@corp.contoso.test"))
    made.add(Recipient("inner@contoso.test", "Inner", kind=RecipientKind.SECURITY_GROUP, members=["ben@contoso.test"]))
    made.add(
        Recipient(
            "users@contoso.test",
            "Calendar users",
            kind=RecipientKind.SECURITY_GROUP,
            members=["ann@contoso.test", "room@contoso.test", "inner@contoso.test"],
        )
    )
    return made


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        (f"MemberOfGroup -eq '{GROUP}'", "ann room"),
        (f'( memberofgroup  -EQ "{GROUP.upper()}" )', "ann room"),
        (f"MemberOfGroup -ne '{GROUP}'", "ben far"),
        (f"(MemberOfGroup -eq '{GROUP}') -and (RecipientTypeDetails -eq 'UserMailbox')", "ann"),
        ("RecipientTypeDetails -eq 'RoomMailbox' -or Department -eq 'legal'", "ben room"),
        ("Department -eq 'Sales' -or Department -eq 'Legal' -and Database -eq 'DB01'", "ann"),
        ("(Department -eq 'Sales' -or Department -eq 'Legal') -and Database -eq 'DB02'", "ben"),
        ("-not (PrimarySmtpAddress -like '*n@contoso.test')", "room far"),
        ("!(Name -like 'b*') -and RecipientTypeDetails -notlike 'Remote*'", "ann room"),
        ("Name -eq 'Ann O''Hara'", "ann"),
        ("DisplayName -like '*case'", "ben"),
        ("Alias -ne 'room' -and HiddenFromAddressListsEnabled -eq $false", "ann far"),
        ("HiddenFromAddressListsEnabled -eq '$true'", "ben"),
        ("EmailAddresses -like 'sales@*'", "ann"),
        ("EmailAddresses -eq 'smtp:Sales@contoso.test'", "ann"),
        ("UserPrincipalName -like '*@corp.contoso.test'", "far"),
        ("Database -eq 'DB01'", "ann room"),
        ("MemberOfGroup -eq 'CN=Calendar users,OU=Old,DC=contoso,DC=test'", ""),
    ],
)
def test_whom_a_filter_selects(directory: Directory, text: str, selected: str) -> None:
    assert filter_is_understood(text)
    scope = ManagementScope("S", text)
    found = [one.email.partition("@")[0] for one in directory if not one.is_group and scope.covers(one, directory)]
    assert found == selected.split()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MemberOfGroup",
        "MemberOfGroup -eq",
        "MemberOfGroup -eq CN=x",
        "MemberOfGroup -gt 'x'",
        "Shoe -eq '42'",
        "Name -eq 'unclosed",
        "(Name -eq 'x'",
        "Name -eq 'x')",
        "Name -eq 'x' Name -eq 'y'",
        "Name -eq 'x' -and",
        "-and Name -eq 'x'",
        "Name -eq 'x' ; Name -eq 'y'",
        "-not " * 5000 + "Name -eq 'x'",
        "(" * 5000 + "Name -eq 'x'" + ")" * 5000,
    ],
)
def test_what_is_no_filter(directory: Directory, text: str) -> None:
    assert not filter_is_understood(text)
    assert not any(ManagementScope("S", text).covers(one, directory) for one in directory)
