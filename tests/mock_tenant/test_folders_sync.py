"""SyncFolderHierarchy: what a client that keeps a copy of the folder tree is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from calconnect.mock_tenant.ews.folder_moves import dispose_of_folder, move_folder
from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.mailbox import Mailbox
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import USER_PASSWORD


@dataclass
class Copy:
    """A client's copy of the folder tree below a root: id → name."""

    soap: RawClient
    mailbox: Mailbox
    root: str = ""
    state: str = ""
    names: dict[str, str] = field(default_factory=dict)

    def sync(self) -> list[str]:
        """Synchronise and return what changed: ``Create Inbox`` …"""
        answer = self.ask(self.state)
        assert answer.codes == ["NoError"]
        told = []
        for change in answer.all("//m:Changes/*"):
            kind = change.tag.rpartition("}")[2]
            folder_id = next(change.iter("{*}FolderId")).get("Id", "")
            if kind == "Delete":
                told.append(f"Delete {self.names.pop(folder_id)}")
            else:
                assert (folder_id in self.names) == (kind == "Update")
                name = change.findtext(".//{*}DisplayName") or ""
                self.names[folder_id] = name
                told.append(f"{kind} {name}")
        self.state = answer.text("//m:SyncState")
        assert answer.text("//m:IncludesLastFolderInRange") == "true"
        return told

    def ask(self, state: str, root: str = "") -> Answer:
        root = root or self.root
        return self.soap(
            "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
            + (f"<m:SyncFolderId>{root}</m:SyncFolderId>" if root else "")
            + (f"<m:SyncState>{state}</m:SyncState>" if state else "")
            + "</m:SyncFolderHierarchy>",
            impersonate=self.mailbox.recipient.email,
        )


@pytest.fixture
def mailbox(tenant_server: MockTenant, new_user: Callable[..., Recipient]) -> Mailbox:
    user = new_user()
    with tenant_server.organization.lock:
        return tenant_server.organization.mailbox(user)


@pytest.fixture
def copy(soap: RawClient, mailbox: Mailbox) -> Copy:
    made = Copy(soap, mailbox)
    made.sync()
    return made


def test_the_first_time_everything_is_new_parents_first(soap: RawClient, mailbox: Mailbox) -> None:
    outer = mailbox.add_folder(mailbox.distinguished("inbox"), "Outer", "IPF.Note")
    mailbox.add_folder(outer, "Inner", "IPF.Note")
    copy = Copy(soap, mailbox)
    told = copy.sync()
    assert "Create Calendar" in told
    assert told.index("Create Inbox") < told.index("Create Outer") < told.index("Create Inner")
    assert copy.sync() == []


def test_created_renamed_and_deleted(copy: Copy, mailbox: Mailbox) -> None:
    folder = mailbox.add_folder(mailbox.distinguished("msgfolderroot"), "New", "IPF.Note")
    assert copy.sync() == ["Create New"]
    folder.name = "Newer"
    mailbox.touch_folder(folder)
    assert copy.sync() == ["Update Newer"]
    mailbox.remove_folder(folder)
    assert copy.sync() == ["Delete Newer"]
    assert copy.sync() == []


def test_what_came_and_went_in_between_is_not_told(copy: Copy, mailbox: Mailbox) -> None:
    mailbox.remove_folder(mailbox.add_folder(mailbox.distinguished("inbox"), "Brief", "IPF.Note"))
    assert copy.sync() == []


def test_a_move_is_an_update_inside_and_a_coming_or_going_across_the_edge(soap: RawClient, mailbox: Mailbox) -> None:
    outer = mailbox.add_folder(mailbox.distinguished("inbox"), "Outer", "IPF.Note")
    mailbox.add_folder(outer, "Inner", "IPF.Note")
    everything = Copy(soap, mailbox)
    drafts = Copy(soap, mailbox, '<t:DistinguishedFolderId Id="drafts"/>')
    inbox = Copy(soap, mailbox, '<t:DistinguishedFolderId Id="inbox"/>')
    for one in (everything, drafts, inbox):
        one.sync()
    move_folder(mailbox, outer, mailbox.distinguished("drafts"))
    assert everything.sync() == ["Update Outer"]
    assert drafts.sync() == ["Create Outer", "Create Inner"]
    assert sorted(inbox.sync()) == ["Delete Inner", "Delete Outer"]


def test_moved_to_deleted_items_under_another_name(copy: Copy, mailbox: Mailbox) -> None:
    bin_folder = mailbox.distinguished("deleteditems")
    mailbox.add_folder(bin_folder, "Same", "IPF.Note")
    dispose_of_folder(
        mailbox, mailbox.add_folder(mailbox.distinguished("inbox"), "Same", "IPF.Note"), "MoveToDeletedItems"
    )
    assert copy.sync() == ["Create Same", "Create Same1"]


def test_a_deleted_tree_goes_with_all_its_folders(copy: Copy, mailbox: Mailbox) -> None:
    outer = mailbox.add_folder(mailbox.distinguished("inbox"), "Outer", "IPF.Note")
    mailbox.add_folder(mailbox.add_folder(outer, "Middle", "IPF.Note"), "Inner", "IPF.Note")
    copy.sync()
    mailbox.remove_folder(outer)
    assert sorted(copy.sync()) == ["Delete Inner", "Delete Middle", "Delete Outer"]


def test_a_state_of_something_else_is_refused(copy: Copy) -> None:
    for state, root in (
        ("rubbish", ""),
        ("AAAA", ""),
        (copy.state, '<t:DistinguishedFolderId Id="inbox"/>'),
    ):
        answer = copy.ask(state, root)
        assert answer.codes == ["ErrorInvalidSyncStateData"]
        # exchangelib reads these two even where there is an error
        assert answer.text("//m:SyncState") == ""
        assert answer.text("//m:IncludesLastFolderInRange") == "true"


def test_without_a_mailbox_of_ones_own_there_is_no_root(
    soap: RawClient, tenant_server: MockTenant, new_user: Callable[..., Recipient], mailbox: Mailbox
) -> None:
    other = new_user()
    answer = soap(
        "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:SyncFolderId>"
        f'<t:DistinguishedFolderId Id="root"><t:Mailbox><t:EmailAddress>{mailbox.recipient.email}</t:EmailAddress>'
        "</t:Mailbox></t:DistinguishedFolderId></m:SyncFolderId></m:SyncFolderHierarchy>",
        auth=(other.email, USER_PASSWORD),
    )
    assert answer.codes == ["ErrorFolderNotFound"]
