"""Sharing a folder through EWS: permission sets are read, take effect, and are shown again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.access import LEVELS, Access, Right, rights_of
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.mailbox import Mailbox
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'
CUSTOM = (
    "<t:CanCreateItems>{create}</t:CanCreateItems><t:CanCreateSubFolders>false</t:CanCreateSubFolders>"
    "<t:IsFolderOwner>false</t:IsFolderOwner><t:IsFolderVisible>true</t:IsFolderVisible>"
    "<t:IsFolderContact>false</t:IsFolderContact><t:EditItems>{edit}</t:EditItems>"
    "<t:DeleteItems>{delete}</t:DeleteItems><t:ReadItems>FullDetails</t:ReadItems>"
)


@pytest.fixture
def mailbox(tenant_server: MockTenant, new_user: Callable[..., Recipient]) -> Mailbox:
    user = new_user()
    with tenant_server.organization.lock:
        return tenant_server.organization.mailbox(user)


@pytest.fixture
def other(new_user: Callable[..., Recipient]) -> Recipient:
    return new_user()


def smtp(recipient: Recipient) -> str:
    return f"<t:PrimarySmtpAddress>{recipient.email}</t:PrimarySmtpAddress>"


def calendar_permission(user_id: str, level: str, details: str = "") -> str:
    return (
        f"<t:CalendarPermission><t:UserId>{user_id}</t:UserId>{details}"
        f"<t:CalendarPermissionLevel>{level}</t:CalendarPermissionLevel></t:CalendarPermission>"
    )


def share(
    soap: RawClient, mailbox: Mailbox, permissions: str, folder: str = CALENDAR, kind: str = "CalendarFolder"
) -> Answer:
    return soap(
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates><t:SetFolderField>"
        f'<t:FieldURI FieldURI="folder:PermissionSet"/><t:{kind}><t:PermissionSet>{permissions}</t:PermissionSet>'
        f"</t:{kind}></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>",
        impersonate=mailbox.recipient.email,
    )


def share_calendar(soap: RawClient, mailbox: Mailbox, *permissions: str) -> Answer:
    return share(soap, mailbox, f"<t:CalendarPermissions>{''.join(permissions)}</t:CalendarPermissions>")


@pytest.mark.parametrize(
    ("level", "kept"),
    [
        ("Editor", "Editor"),
        ("Reviewer", "Reviewer"),
        ("NoneditingAuthor", "NonEditingAuthor"),
        ("FreeBusyTimeOnly", "AvailabilityOnly"),
        ("FreeBusyTimeAndSubjectAndLocation", "LimitedDetails"),
        ("None", "None"),
    ],
)
def test_a_level_is_kept_and_shown_again(
    soap: RawClient, mailbox: Mailbox, other: Recipient, level: str, kept: str
) -> None:
    assert share_calendar(soap, mailbox, calendar_permission(smtp(other), level)).codes == ["NoError"]
    assert mailbox.distinguished("calendar").permissions == {other.email: kept}
    answer = soap(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="folder:PermissionSet"/></t:AdditionalProperties></m:FolderShape>'
        f"<m:FolderIds>{CALENDAR}</m:FolderIds></m:GetFolder>",
        impersonate=mailbox.recipient.email,
    )
    shown = {
        one.findtext(".//{*}PrimarySmtpAddress") or one.findtext(".//{*}DistinguishedUser"): one.findtext(
            "{*}CalendarPermissionLevel"
        )
        for one in answer.all("//t:CalendarPermission")
    }
    assert shown == {"Default": "FreeBusyTimeOnly", "Anonymous": "None", other.email: level}


def test_it_takes_effect_at_once(soap: RawClient, mailbox: Mailbox, other: Recipient) -> None:
    find = (
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>'
        f"{mailbox.recipient.email}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:ParentFolderIds></m:FindFolder>"
    )
    auth = (other.email, USER_PASSWORD)
    assert soap(find, auth=auth).codes == ["ErrorAccessDenied"]
    share_calendar(soap, mailbox, calendar_permission(smtp(other), "Reviewer"))
    assert soap(find, auth=auth).codes == ["NoError"]
    share_calendar(soap, mailbox)
    assert soap(find, auth=auth).codes == ["ErrorAccessDenied"]


def test_everybody_and_somebody_by_sid(soap: RawClient, mailbox: Mailbox, other: Recipient) -> None:
    share_calendar(
        soap,
        mailbox,
        calendar_permission("<t:DistinguishedUser>Default</t:DistinguishedUser>", "Reviewer"),
        calendar_permission(f"<t:SID>{other.sid}</t:SID>", "Author"),
    )
    assert mailbox.distinguished("calendar").permissions == {"default": "Reviewer", other.email: "Author"}


@pytest.mark.parametrize(
    ("rights", "kept"),
    [
        ({"create": "true", "edit": "All", "delete": "All"}, "Editor"),
        ({"create": "true", "edit": "Owned", "delete": "Owned"}, "Author"),
        ({"create": "false", "edit": "None", "delete": "None"}, "Reviewer"),
    ],
)
def test_single_rights_that_make_up_a_level_are_that_level(
    soap: RawClient, mailbox: Mailbox, other: Recipient, rights: dict[str, str], kept: str
) -> None:
    share_calendar(soap, mailbox, calendar_permission(smtp(other), "Custom", CUSTOM.format(**rights)))
    assert mailbox.distinguished("calendar").permissions == {other.email: kept}


def test_single_rights_that_make_up_no_level(
    soap: RawClient, tenant_server: MockTenant, mailbox: Mailbox, other: Recipient
) -> None:
    details = CUSTOM.format(create="true", edit="None", delete="All")
    assert share_calendar(soap, mailbox, calendar_permission(smtp(other), "Custom", details)).codes == ["NoError"]
    calendar = mailbox.distinguished("calendar")
    rights = Access(tenant_server.organization, other).rights(mailbox, calendar)
    assert rights == (
        Right.CREATE | Right.VISIBLE | Right.DELETE_OWN | Right.DELETE_ALL | LEVELS["LimitedDetails"] | Right.READ
    )


def test_rights_put_together_mean_what_their_levels_mean() -> None:
    assert rights_of("CreateItems, ReadItems,FolderVisible,DeleteOwnedItems") == LEVELS["NonEditingAuthor"]
    assert rights_of("no such level") == Right.NONE


@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        (
            calendar_permission("<t:PrimarySmtpAddress>nobody@contoso.test</t:PrimarySmtpAddress>", "Editor"),
            "ErrorInvalidUserInfo",
        ),
        (
            calendar_permission(
                "<t:PrimarySmtpAddress>bob@contoso.test</t:PrimarySmtpAddress><t:DistinguishedUser>Default</t:DistinguishedUser>",
                "Editor",
            ),
            "ErrorInvalidUserInfo",
        ),
        (
            calendar_permission("<t:PrimarySmtpAddress>bob@contoso.test</t:PrimarySmtpAddress>", "Emperor"),
            "ErrorInvalidPermissionSettings",
        ),
        (
            calendar_permission("<t:PrimarySmtpAddress>bob@contoso.test</t:PrimarySmtpAddress>", "Editor") * 2,
            "ErrorDuplicateUserIdsSpecified",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    soap: RawClient, mailbox: Mailbox, permissions: str, code: str
) -> None:
    mailbox.distinguished("calendar").permissions["default"] = "LimitedDetails"
    assert share_calendar(soap, mailbox, permissions).codes == [code]
    assert mailbox.distinguished("calendar").permissions == {"default": "LimitedDetails"}


def test_each_kind_of_folder_has_its_own_kind_of_permission(soap: RawClient, mailbox: Mailbox) -> None:
    assert share(soap, mailbox, "<t:Permissions/>").codes == ["ErrorCannotSetNonCalendarPermissionOnCalendarFolder"]
    answer = share(
        soap, mailbox, "<t:CalendarPermissions/>", '<t:DistinguishedFolderId Id="contacts"/>', "ContactsFolder"
    )
    assert answer.codes == ["ErrorCannotSetCalendarPermissionOnNonCalendarFolder"]
    unknown = "<t:CalendarPermissions/><t:UnknownEntries><t:UnknownEntry>x</t:UnknownEntry></t:UnknownEntries>"
    assert share(soap, mailbox, unknown).codes == ["ErrorCannotSetPermissionUnknownEntries"]
