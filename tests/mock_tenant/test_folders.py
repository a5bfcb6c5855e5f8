"""Folders over the wire: creating, changing, moving, emptying and deleting them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.folder_client import ROOT, Folders, add_item, field
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

NewUser = Callable[..., Recipient]


@pytest.fixture
def folders(soap: RawClient, tenant_server: MockTenant, new_user: NewUser) -> Folders:
    user = new_user()
    with tenant_server.organization.lock:
        return Folders(soap, tenant_server.organization.mailbox(user))


def set_name(name: str, kind: str = "Folder") -> str:
    return (
        '<t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/>'
        f"<t:{kind}><t:DisplayName>{name}</t:DisplayName></t:{kind}></t:SetFolderField>"
    )


class TestCreate:
    @pytest.mark.parametrize(
        ("kind", "folder_class"),
        [
            ("Folder", ""),
            ("CalendarFolder", "IPF.Appointment"),
            ("ContactsFolder", "IPF.Contact"),
            ("TasksFolder", "IPF.Task"),
        ],
    )
    def test_the_element_decides_the_class(self, folders: Folders, kind: str, folder_class: str) -> None:
        made = folders.folder(folders.created("Fresh", kind=kind))
        assert (made.name, made.folder_class) == ("Fresh", folder_class)

    def test_a_plain_folder_takes_the_class_it_is_given(self, folders: Folders) -> None:
        answer = folders.create("davmailtemp", before="<t:FolderClass>IPF.Appointment</t:FolderClass>")
        assert answer.codes == ["NoError"]
        assert answer.all("//t:CalendarFolder")

    def test_a_typed_folder_takes_no_other_class(self, folders: Folders) -> None:
        answer = folders.create("x", kind="CalendarFolder", before="<t:FolderClass>IPF.Task</t:FolderClass>")
        assert answer.codes == ["ErrorNoFolderClassOverride"]

    def test_a_name_is_taken_once(self, folders: Folders) -> None:
        assert folders.create("Once").codes == ["NoError"]
        assert folders.create("ONCE").codes == ["ErrorFolderExists"]

    def test_properties_and_permissions_come_with_it(self, folders: Folders, new_user: NewUser) -> None:
        other = new_user()
        made = folders.folder(
            folders.created(
                "Shared",
                kind="CalendarFolder",
                more='<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/>'
                "<t:Value>a &lt;comment&gt;</t:Value></t:ExtendedProperty><t:PermissionSet><t:CalendarPermissions>"
                f"<t:CalendarPermission><t:UserId><t:PrimarySmtpAddress>{other.email}</t:PrimarySmtpAddress></t:UserId>"
                "<t:CalendarPermissionLevel>Editor</t:CalendarPermissionLevel></t:CalendarPermission>"
                "</t:CalendarPermissions></t:PermissionSet>",
            )
        )
        assert made.permissions == {other.email: "Editor"}
        found = folders.find(
            shape="<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            '<t:ExtendedFieldURI PropertyTag="0x3004" PropertyType="String"/></t:AdditionalProperties>'
        )
        assert [one.text for one in found.all("//t:Value")] == ["a <comment>"]

    def test_search_folders_there_are_none(self, folders: Folders) -> None:
        assert folders.create("x", kind="SearchFolder").codes == ["ErrorInvalidFolderTypeForOperation"]

    def test_a_name_is_needed(self, folders: Folders) -> None:
        body = (
            f"<m:CreateFolder><m:ParentFolderId>{ROOT}</m:ParentFolderId><m:Folders><t:Folder>"
            "</t:Folder></m:Folders></m:CreateFolder>"
        )
        assert folders(body).codes == ["ErrorRequiredPropertyMissing"]

    def test_strangers_cannot_create(self, soap: RawClient, folders: Folders, new_user: NewUser) -> None:
        other = new_user()
        folders.mailbox.distinguished("calendar").permissions[other.email] = "Editor"
        answer = soap(
            '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>'
            f"{folders.user}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:ParentFolderId><m:Folders>"
            "<t:CalendarFolder><t:DisplayName>x</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>",
            auth=(other.email, USER_PASSWORD),
        )
        assert answer.codes == ["ErrorCreateSubfolderAccessDenied"]

    def test_elements_out_of_order_are_refused(self, folders: Folders) -> None:
        answer = folders.create("x", more="<t:FolderClass>IPF.Note</t:FolderClass>")
        assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])


class TestUpdate:
    def test_a_folder_is_renamed(self, folders: Folders) -> None:
        folder = folders.created("Before")
        version = folders.folder(folder).version
        assert folders.update(folder, set_name("After")).codes == ["NoError"]
        assert folders.folder(folder).name == "After"
        assert folders.folder(folder).version > version

    def test_default_folders_keep_their_names(self, folders: Folders) -> None:
        answer = folders.update('<t:DistinguishedFolderId Id="calendar"/>', set_name("Mine", "CalendarFolder"))
        assert answer.codes == ["ErrorFolderSavePropertyError"]

    def test_a_name_that_is_taken(self, folders: Folders) -> None:
        folder = folders.created("One")
        assert folders.update(folder, set_name("inbox")).codes == ["ErrorFolderExists"]

    def test_all_updates_of_a_folder_or_none(self, folders: Folders) -> None:
        folder = folders.created("Whole")
        answer = folders.update(
            folder,
            set_name("Half"),
            f"<t:SetFolderField>{field('TotalCount')}<t:Folder><t:TotalCount>3</t:TotalCount></t:Folder></t:SetFolderField>",
        )
        assert answer.codes == ["ErrorInvalidPropertySet"]
        assert folders.folder(folder).name == "Whole"

    def test_an_extended_property_is_set_read_and_removed(self, folders: Folders) -> None:
        folder = folders.created("Marked")
        uri = (
            '<t:ExtendedFieldURI PropertySetId="C11FF724-AA03-4555-9952-8FA248A11C3E" PropertyName="colours" '
            'PropertyType="StringArray"/>'
        )
        assert folders.update(
            folder,
            f"<t:SetFolderField>{uri}<t:Folder><t:ExtendedProperty>{uri}<t:Values><t:Value>red</t:Value>"
            "<t:Value>blue</t:Value></t:Values></t:ExtendedProperty></t:Folder></t:SetFolderField>",
        ).codes == ["NoError"]
        shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{uri}</t:AdditionalProperties>"
        assert [one.text for one in folders.find(shape=shape).all("//t:Value")] == ["red", "blue"]
        assert folders.update(folder, f"<t:DeleteFolderField>{uri}</t:DeleteFolderField>").codes == ["NoError"]
        assert folders.find(shape=shape).all("//t:Value") == []

    def test_the_value_must_be_of_the_property_that_the_path_names(self, folders: Folders) -> None:
        folder = folders.created("Mixed")
        answer = folders.update(
            folder,
            f"<t:SetFolderField>{field('DisplayName')}<t:Folder><t:FolderClass>x</t:FolderClass></t:Folder></t:SetFolderField>",
        )
        assert answer.codes == ["ErrorUpdatePropertyMismatch"]

    @pytest.mark.parametrize(
        ("folder_class", "code"),
        [
            ("IPF.Appointment", "NoError"),
            ("IPF.Appointment.Birthday", "NoError"),
            ("IPF.Task", "ErrorInvalidPropertySet"),
            ("", "ErrorInvalidPropertySet"),
        ],
    )
    def test_a_calendar_stays_a_calendar(self, folders: Folders, folder_class: str, code: str) -> None:
        folder = folders.created("Mine", kind="CalendarFolder")
        update = (
            f"<t:SetFolderField>{field('FolderClass')}<t:CalendarFolder><t:FolderClass>{folder_class}</t:FolderClass>"
            "</t:CalendarFolder></t:SetFolderField>"
        )
        assert folders.update(folder, update).codes == [code]

    def test_without_permissions_of_its_own_the_defaults_count(self, folders: Folders) -> None:
        folder = folders.created("Mine")
        folders.folder(folder).permissions["default"] = "Reviewer"
        update = f"<t:DeleteFolderField>{field('PermissionSet')}</t:DeleteFolderField>"
        assert folders.update(folder, update).codes == ["NoError"]
        assert folders.folder(folder).permissions == {}

    @pytest.mark.parametrize(
        ("update", "code"),
        [
            (f"<t:DeleteFolderField>{field('DisplayName')}</t:DeleteFolderField>", "ErrorInvalidPropertyDelete"),
            (
                f"<t:AppendToFolderField>{field('DisplayName')}<t:Folder><t:DisplayName>x</t:DisplayName></t:Folder>"
                "</t:AppendToFolderField>",
                "ErrorInvalidPropertyAppend",
            ),
            (f"<t:SetFolderField>{field('DisplayName')}</t:SetFolderField>", "ErrorSchemaValidation"),
        ],
    )
    def test_what_cannot_be_done(self, folders: Folders, update: str, code: str) -> None:
        assert folders.update(folders.created("Fixed"), update).codes == [code]

    def test_readers_cannot_change_it(self, soap: RawClient, folders: Folders, new_user: NewUser) -> None:
        other = new_user()
        folder = folders.created("Mine")
        folders.folder(folder).permissions[other.email] = "PublishingEditor"
        answer = soap(
            f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates>{set_name('Yours')}</t:Updates>"
            "</t:FolderChange></m:FolderChanges></m:UpdateFolder>",
            auth=(other.email, USER_PASSWORD),
        )
        assert answer.codes == ["ErrorAccessDenied"]


class TestDelete:
    @pytest.mark.parametrize("how", ["HardDelete", "SoftDelete", "MoveToDeletedItems"])
    def test_default_folders_stay(self, folders: Folders, how: str) -> None:
        answer = folders.delete('<t:DistinguishedFolderId Id="inbox"/>', how)
        assert answer.codes == ["ErrorDeleteDistinguishedFolder"]

    def test_hard_deleted_is_gone_with_what_was_in_it(self, folders: Folders) -> None:
        folder = folders.created("Old")
        folders.created("Older", folder)
        item = add_item(folders.mailbox, folders.folder(folder))
        assert folders.delete(folder).codes == ["NoError"]
        assert item.number not in folders.mailbox.items
        assert folders.delete(folder).codes == ["ErrorItemNotFound"]
        assert "Older" not in {one.name for one in folders.mailbox.folders.values()}

    def test_soft_deleted_items_can_be_recovered(self, folders: Folders) -> None:
        folder = folders.created("Soft")
        add_item(folders.mailbox, folders.folder(folder))
        assert folders.delete(folder, "SoftDelete").codes == ["NoError"]
        assert len(folders.mailbox.distinguished("recoverableitemsdeletions").items) == 1

    def test_deleted_items_takes_folders_of_the_same_name(self, folders: Folders) -> None:
        for _ in range(2):
            assert folders.delete(folders.created("Twice"), "MoveToDeletedItems").codes == ["NoError"]
        assert folders.names('<t:DistinguishedFolderId Id="deleteditems"/>') == ["Twice", "Twice1"]

    def test_what_is_in_deleted_items_already_goes_for_good(self, folders: Folders) -> None:
        folder = folders.created("Twice")
        for _ in range(2):
            folders.delete(folder, "MoveToDeletedItems")
        assert folders.names('<t:DistinguishedFolderId Id="deleteditems"/>') == []

    def test_the_way_of_deleting_must_be_said(self, folders: Folders) -> None:
        assert folders.delete(folders.created("x"), "Quickly").codes == ["ErrorSchemaValidation"]


class TestMoveAndEmpty:
    def move(self, folders: Folders, folder: str, target: str) -> Answer:
        return folders(
            f"<m:MoveFolder><m:ToFolderId>{target}</m:ToFolderId><m:FolderIds>{folder}</m:FolderIds></m:MoveFolder>"
        )

    def test_a_folder_moves_and_keeps_its_id(self, folders: Folders) -> None:
        folder = folders.created("Wanderer")
        answer = self.move(folders, folder, '<t:DistinguishedFolderId Id="inbox"/>')
        assert answer.codes == ["NoError"]
        assert answer.one("//t:FolderId").get("Id") == folder.split('"')[1]
        assert folders.names('<t:DistinguishedFolderId Id="inbox"/>') == ["Wanderer"]

    def test_not_into_itself_nor_beside_its_like(self, folders: Folders) -> None:
        folder = folders.created("Outer")
        inner = folders.created("Inner", folder)
        assert self.move(folders, folder, inner).codes == ["ErrorMoveCopyFailed"]
        folders.created("Inner")
        assert self.move(folders, inner, ROOT).codes == ["ErrorFolderExists"]

    def test_default_folders_do_not_move(self, folders: Folders) -> None:
        answer = self.move(folders, '<t:DistinguishedFolderId Id="inbox"/>', '<t:DistinguishedFolderId Id="drafts"/>')
        assert answer.codes == ["ErrorMoveDistinguishedFolder"]

    def test_not_into_another_mailbox(self, tenant_server: MockTenant, folders: Folders, new_user: NewUser) -> None:
        other = new_user()
        with tenant_server.organization.lock:
            inbox = tenant_server.organization.mailbox(other).distinguished("inbox")
            inbox.permissions[folders.user] = "Owner"
        target = (
            f'<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>{other.email}</t:EmailAddress></t:Mailbox>'
            "</t:DistinguishedFolderId>"
        )
        assert self.move(folders, folders.created("x"), target).codes == ["ErrorCrossMailboxMoveCopy"]

    def empty(self, folders: Folders, folder: str, how: str = "HardDelete", subfolders: str = "false") -> Answer:
        return folders(
            f'<m:EmptyFolder DeleteType="{how}" DeleteSubFolders="{subfolders}"><m:FolderIds>{folder}</m:FolderIds>'
            "</m:EmptyFolder>"
        )

    def test_emptied_of_its_items_only_or_of_all(self, folders: Folders) -> None:
        folder = folders.created("Full")
        folders.created("Below", folder)
        add_item(folders.mailbox, folders.folder(folder))
        assert self.empty(folders, folder, "MoveToDeletedItems").codes == ["NoError"]
        assert len(folders.mailbox.distinguished("deleteditems").items) == 1
        assert folders.names(folder) == ["Below"]
        assert self.empty(folders, folder, subfolders="true").codes == ["NoError"]
        assert folders.names(folder) == []

    def test_calendars_cannot_be_emptied(self, folders: Folders) -> None:
        assert self.empty(folders, '<t:DistinguishedFolderId Id="calendar"/>').codes == ["ErrorCannotEmptyFolder"]

    def test_roots_cannot_be_emptied(self, folders: Folders) -> None:
        assert self.empty(folders, ROOT).codes == ["ErrorCannotEmptyFolder"]

    def test_both_attributes_are_needed(self, folders: Folders) -> None:
        body = f'<m:EmptyFolder DeleteType="HardDelete"><m:FolderIds>{ROOT}</m:FolderIds></m:EmptyFolder>'
        assert folders(body).codes == ["ErrorSchemaValidation"]
