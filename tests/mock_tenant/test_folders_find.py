"""FindFolder over the wire: traversals, pages, restrictions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from tests.mock_tenant.folder_client import ROOT, Folders, add_item, field
from tests.mock_tenant.raw_client import RawClient
from tests.mock_tenant.tenants import USER_PASSWORD

NewUser = Callable[..., Recipient]
TYPED = [
    "Inbox",
    "Drafts",
    "Outbox",
    "Sent Items",
    "Deleted Items",
    "Junk Email",
    "Calendar",
    "Contacts",
    "Tasks",
    "Notes",
    "Journal",
]


@pytest.fixture
def folders(soap: RawClient, tenant_server: MockTenant, new_user: NewUser) -> Folders:
    user = new_user()
    with tenant_server.organization.lock:
        return Folders(soap, tenant_server.organization.mailbox(user))


class TestFind:
    def test_shallow_finds_the_default_folders_below_the_root_of_the_messages(self, folders: Folders) -> None:
        answer = folders.find()
        assert answer.codes == ["NoError"]
        root = answer.one("//m:RootFolder")
        assert (root.get("TotalItemsInView"), root.get("IncludesLastItemInRange")) == ("11", "true")
        kinds = {one.findtext("{*}DisplayName"): one.tag.rpartition("}")[2] for one in answer.all("//t:Folders/*")}
        assert kinds["Calendar"] == "CalendarFolder"
        assert kinds["Contacts"] == "ContactsFolder"
        assert kinds["Tasks"] == "TasksFolder"
        assert kinds["Inbox"] == "Folder"

    def test_deep_from_the_root_finds_all_parents_first(self, folders: Folders) -> None:
        below = folders.created("Projects")
        folders.created("2026", below)
        names = folders.names('<t:DistinguishedFolderId Id="root"/>', "Deep")
        assert names.index("Projects") < names.index("2026")
        assert "Top of Information Store" in names
        assert len(names) == len(folders.mailbox.folders) - 1

    def test_soft_deleted_traversal_finds_nothing(self, folders: Folders) -> None:
        folders.delete(folders.created("Gone"), "SoftDelete")
        assert folders.names(traversal="SoftDeleted") == []

    def test_each_parent_has_its_own_message_and_a_wrong_one_spoils_only_its_own(self, folders: Folders) -> None:
        answer = folders.find(f'{ROOT}<t:DistinguishedFolderId Id="archiveroot"/><t:DistinguishedFolderId Id="inbox"/>')
        assert answer.codes == ["NoError", "ErrorFolderNotFound", "NoError"]
        totals = [one.get("TotalItemsInView") for one in answer.all("//m:RootFolder")]
        assert totals == ["11", "0"]

    def test_pages_follow_each_other_without_gap(self, folders: Folders) -> None:
        names, offset, done = [], "0", "false"
        while done == "false":
            answer = folders.find(
                view=f'<m:IndexedPageFolderView MaxEntriesReturned="4" Offset="{offset}" BasePoint="Beginning"/>'
            )
            root = answer.one("//m:RootFolder")
            names += [one.text for one in answer.all("//t:DisplayName")]
            assert int(offset) + len(answer.all("//t:DisplayName")) == int(root.get("IndexedPagingOffset", ""))
            offset, done = root.get("IndexedPagingOffset", ""), root.get("IncludesLastItemInRange", "")
        assert names == folders.names()

    def test_pages_from_the_end_run_backwards(self, folders: Folders) -> None:
        everything = folders.names()
        view = '<m:IndexedPageFolderView MaxEntriesReturned="3" Offset="1" BasePoint="End"/>'
        assert folders.names(view=view) == everything[::-1][1:4]

    def test_a_fraction_of_the_results(self, folders: Folders) -> None:
        view = '<m:FractionalPageFolderView MaxEntriesReturned="2" Numerator="1" Denominator="2"/>'
        root = folders.find(view=view).one("//m:RootFolder")
        assert root.get("AbsoluteDenominator") == "11"
        assert root.get("NumeratorOffset") == "7"
        assert folders.names(view=view) == folders.names()[5:7]

    @pytest.mark.parametrize(
        ("view", "code"),
        [
            (
                '<m:IndexedPageFolderView MaxEntriesReturned="0" Offset="0" BasePoint="Beginning"/>',
                "ErrorInvalidPagingMaxRows",
            ),
            ('<m:IndexedPageFolderView Offset="-1" BasePoint="Beginning"/>', "ErrorInvalidIndexedPagingParameters"),
            ('<m:FractionalPageFolderView Numerator="3" Denominator="2"/>', "ErrorInvalidFractionalPagingParameters"),
        ],
    )
    def test_impossible_pages_are_refused(self, folders: Folders, view: str, code: str) -> None:
        assert folders.find(view=view).codes == [code]

    def test_a_stranger_sees_only_what_is_open_to_them(
        self, soap: RawClient, folders: Folders, new_user: NewUser
    ) -> None:
        other = new_user()
        folders.mailbox.distinguished("msgfolderroot").permissions[other.email] = "Reviewer"
        folders.mailbox.distinguished("contacts").permissions[other.email] = "Reviewer"
        answer = soap(
            '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
            '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"><t:Mailbox><t:EmailAddress>'
            f"{folders.user}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:ParentFolderIds></m:FindFolder>",
            auth=(other.email, USER_PASSWORD),
        )
        assert [one.text for one in answer.all("//t:DisplayName")] == ["Contacts"]


def compare(operator: str, uri: str, value: str) -> str:
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    return f"<t:{operator}>{field(uri)}{constant}</t:{operator}>"


def contains(value: str, mode: str, comparison: str = "IgnoreCase") -> str:
    return (
        f'<t:Contains ContainmentMode="{mode}" ContainmentComparison="{comparison}">{field("DisplayName")}'
        f'<t:Constant Value="{value}"/></t:Contains>'
    )


class TestRestriction:
    @pytest.mark.parametrize(
        ("restriction", "expected"),
        [
            (compare("IsEqualTo", "DisplayName", "inbox"), ["Inbox"]),
            (compare("IsEqualTo", "FolderClass", "IPF.Appointment"), ["Calendar"]),
            (compare("IsGreaterThan", "TotalCount", "0"), ["Inbox"]),
            (compare("IsGreaterThanOrEqualTo", "ChildFolderCount", "1"), ["Drafts"]),
            (contains("box", "Substring"), ["Inbox", "Outbox"]),
            (contains("BOX", "Substring", "Exact"), []),
            (contains("sent", "Prefixed"), ["Sent Items"]),
            (contains("items", "PrefixOnWords"), ["Sent Items", "Deleted Items"]),
            (contains("Inbox", "FullString", "Exact"), ["Inbox"]),
            (f"<t:And>{contains('o', 'Substring')}{contains('t', 'Prefixed')}</t:And>", []),
            (
                f"<t:Or>{contains('task', 'Prefixed')}{compare('IsEqualTo', 'DisplayName', 'Notes')}</t:Or>",
                ["Tasks", "Notes"],
            ),
            (f"<t:Not>{compare('IsNotEqualTo', 'DisplayName', 'Journal')}</t:Not>", ["Journal"]),
            (
                '<t:Exists><t:ExtendedFieldURI PropertyTag="0x3613" PropertyType="String"/></t:Exists>',
                TYPED,
            ),
            (
                '<t:IsEqualTo><t:ExtendedFieldURI PropertyTag="0x360a" PropertyType="Boolean"/>'
                '<t:FieldURIOrConstant><t:Constant Value="true"/></t:FieldURIOrConstant></t:IsEqualTo>',
                ["Drafts"],
            ),
            (
                '<t:Excludes><t:ExtendedFieldURI PropertyTag="0x3602" PropertyType="Integer"/>'
                '<t:Bitmask Value="0x1"/></t:Excludes>',
                TYPED[1:],
            ),
            (
                f"<t:IsEqualTo>{field('TotalCount')}<t:FieldURIOrConstant>{field('ChildFolderCount')}"
                "</t:FieldURIOrConstant></t:IsEqualTo>",
                [
                    "Outbox",
                    "Sent Items",
                    "Deleted Items",
                    "Junk Email",
                    "Calendar",
                    "Contacts",
                    "Tasks",
                    "Notes",
                    "Journal",
                ],
            ),
        ],
    )
    def test_only_what_matches(self, folders: Folders, restriction: str, expected: list[str]) -> None:
        add_item(folders.mailbox, folders.mailbox.distinguished("inbox"))
        folders.created("Below", '<t:DistinguishedFolderId Id="drafts"/>')
        assert folders.names(restriction=restriction) == expected

    def test_a_property_that_cannot_be_queried(self, folders: Folders) -> None:
        answer = folders.find(restriction=compare("IsEqualTo", "PermissionSet", "x"))
        assert (answer.status, answer.codes) == (500, ["ErrorUnsupportedPathForQuery"])

    def test_a_number_that_is_none(self, folders: Folders) -> None:
        assert folders.find(restriction=compare("IsEqualTo", "TotalCount", "many")).codes == [
            "ErrorInvalidValueForProperty"
        ]

    def test_an_expression_that_there_is_not(self, folders: Folders) -> None:
        answer = folders.find(restriction="<t:Perhaps/>")
        assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])
