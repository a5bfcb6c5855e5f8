"""What exchangelib's documentation shows of folders, and of following what happens in them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import exchangelib
import pytest
from exchangelib.errors import ErrorDeleteDistinguishedFolder, ErrorFolderExists
from exchangelib.folders import Calendar, Folder, Messages
from exchangelib.properties import CreatedEvent, DeletedEvent, ModifiedEvent, StatusEvent

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.mailbox import Mailbox
from tests.mock_tenant.exchangelib_access import impersonated
from tests.mock_tenant.notification_client import add_item
from tests.mock_tenant.tenants import describe, organization


@pytest.fixture(scope="module")
def server() -> Iterator[MockTenant]:
    with MockTenant(describe(organization())) as running:
        yield running


@pytest.fixture(scope="module")
def account(server: MockTenant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[exchangelib.Account]:
    with impersonated(server, tmp_path_factory.mktemp("exchangelib"), "alice@contoso.test") as opened:
        yield opened


@pytest.fixture
def mailbox(server: MockTenant) -> Mailbox:
    with server.organization.lock:
        alice = server.organization.directory.by_address("alice@contoso.test")
        assert alice is not None
        return server.organization.mailbox(alice)


def test_the_tree_is_walked(account: exchangelib.Account) -> None:
    account.root.refresh()
    assert account.calendar.absolute == "/root/Top of Information Store/Calendar"
    assert {folder.name for folder in account.msg_folder_root.children} >= {"Inbox", "Calendar", "Contacts", "Tasks"}
    assert (account.root / "Top of Information Store" / "Inbox") == account.inbox
    assert "Calendar" in account.root.tree()
    assert [folder.name for folder in account.root.glob("**/Cal*")] == ["Calendar"]
    assert {type(folder).__name__ for folder in account.root.walk()} >= {"Inbox", "Calendar", "Contacts", "Tasks"}


def test_a_folder_from_creation_to_deletion(account: exchangelib.Account) -> None:
    folder = Folder(parent=account.inbox, name="Project <X> & co")
    folder.save()
    assert folder.id
    with pytest.raises(ErrorFolderExists):
        Folder(parent=account.inbox, name="Project <X> & co").save()
    assert (account.inbox / "Project <X> & co").id == folder.id
    folder.name = "Renamed"
    folder.save()
    folder.refresh()
    assert folder.name == "Renamed"
    folder.move(account.drafts)
    account.root.clear_cache()
    assert [one.name for one in account.drafts.children] == ["Renamed"]
    folder.delete(delete_type="SoftDelete")
    assert [one.name for one in account.drafts.children] == []


def test_a_second_calendar(account: exchangelib.Account) -> None:
    second = Calendar(parent=account.calendar, name="Second")
    second.save()
    assert second.folder_class == "IPF.Appointment"
    account.root.clear_cache()
    found = account.calendar / "Second"
    assert isinstance(found, Calendar)
    found.delete()


def test_folders_are_filtered(account: exchangelib.Account) -> None:
    queryset = exchangelib.folders.SingleFolderQuerySet(account=account, folder=account.msg_folder_root)
    assert [folder.name for folder in queryset.filter(name="Calendar")] == ["Calendar"]
    assert {folder.name for folder in queryset.filter(name__icontains="ITEMS")} == {"Sent Items", "Deleted Items"}
    assert queryset.get(folder_class="IPF.Contact").name == "Contacts"


def test_a_folder_is_emptied(account: exchangelib.Account, server: MockTenant, mailbox: Mailbox) -> None:
    folder = Messages(parent=account.inbox, name="Full")
    folder.save()
    with server.organization.lock:
        inside = next(one for one in mailbox.folders.values() if one.name == "Full")
        add_item(mailbox, inside)
    Messages(parent=folder, name="Below").save()
    folder.empty(delete_sub_folders=True)
    folder.refresh()
    assert (folder.total_count, folder.child_folder_count) == (0, 0)
    folder.delete()


def test_default_folders_cannot_be_deleted(account: exchangelib.Account) -> None:
    with pytest.raises(ErrorDeleteDistinguishedFolder):
        account.inbox.delete()


def test_the_hierarchy_is_synchronised(account: exchangelib.Account) -> None:
    root = account.msg_folder_root
    assert {kind for kind, _ in root.sync_hierarchy()} == {"create"}
    folder = Folder(parent=account.inbox, name="Fresh")
    folder.save()
    assert [(kind, one.name) for kind, one in root.sync_hierarchy()] == [("create", "Fresh")]
    folder.name = "Fresher"
    folder.save()
    assert [(kind, one.name) for kind, one in root.sync_hierarchy()] == [("update", "Fresher")]
    gone = folder.id
    folder.delete()
    assert [(kind, one.id) for kind, one in root.sync_hierarchy()] == [("delete", gone)]
    assert root.folder_sync_state


def test_pull(account: exchangelib.Account, server: MockTenant, mailbox: Mailbox) -> None:
    with account.inbox.pull_subscription() as (subscription_id, watermark):
        (notification,) = account.inbox.get_events(subscription_id, watermark)
        assert [type(event) for event in notification.events] == [StatusEvent]
        with server.organization.lock:
            item = add_item(mailbox)
            mailbox.touch_item(item)
            mailbox.remove_item(item)
        (notification,) = account.inbox.get_events(subscription_id, watermark)
        assert [type(event) for event in notification.events] == [CreatedEvent, ModifiedEvent, DeletedEvent]
        assert {event.item_id.id for event in notification.events} == {str(mailbox.item_id(item))}
        assert notification.previous_watermark == watermark
    subscription_id, watermark = account.subscribe_to_pull()
    assert list(account.inbox.get_events(subscription_id, watermark))
    account.unsubscribe(subscription_id)


def test_streaming(account: exchangelib.Account, server: MockTenant, mailbox: Mailbox) -> None:
    def happen() -> None:
        with server.organization.lock:
            made.append(str(mailbox.item_id(add_item(mailbox, "calendar", "CalendarItem"))))

    made: list[str] = []
    with account.calendar.streaming_subscription() as subscription_id:
        soon = threading.Timer(0.3, happen)
        soon.start()
        notification = next(
            account.calendar.get_streaming_events(subscription_id, connection_timeout=1, max_notifications_returned=1)
        )
        soon.join()
        created = notification.events[0]
        assert isinstance(created, CreatedEvent)
        assert created.item_id.id == made[0]
        assert created.event_type == CreatedEvent.ITEM


def test_push(account: exchangelib.Account) -> None:
    with account.inbox.push_subscription(callback_url="http://127.0.0.1:9/", status_frequency=1) as (
        subscription_id,
        watermark,
    ):
        assert subscription_id
        assert watermark
