"""SyncFolderItems: first synchronisation, changes since, pages, and states that are not valid."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calconnect.foundation.clock import MovableClock
from calconnect.mock_tenant.state.calendar import add_event
from calconnect.mock_tenant.state.directory import Recipient
from calconnect.mock_tenant.state.mailbox import ChangeKind, Mailbox
from calconnect.mock_tenant.state.synchronization import item_changes
from tests.mock_tenant.item_client import ItemClient
from tests.mock_tenant.item_requests import (
    CALENDAR,
    create,
    daily,
    delete,
    event,
    get,
    id_element,
    occurrence,
    set_field,
    shape,
    update,
)
from tests.mock_tenant.raw_client import Answer, RawClient
from tests.mock_tenant.tenants import NOW

INBOX = '<t:DistinguishedFolderId Id="inbox"/>'


def sync(
    state: str = "", *, most: int | str = 100, folder: str = CALENDAR, ignore: str = "", fields: tuple[str, ...] = ()
) -> str:
    wanted = shape(fields=["item:Subject", *fields])
    text = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    left_out = f"<m:Ignore>{ignore}</m:Ignore>" if ignore else ""
    return (
        f"<m:SyncFolderItems>{wanted}<m:SyncFolderId>{folder}</m:SyncFolderId>{text}{left_out}"
        f"<m:MaxChangesReturned>{most}</m:MaxChangesReturned></m:SyncFolderItems>"
    )


class Client:
    """A client that keeps a copy of a folder by synchronising."""

    def __init__(self, box: ItemClient, most: int = 100) -> None:
        self.box = box
        self.most = most
        self.state = ""
        self.known: dict[str, str] = {}

    def catch_up(self, folder: str = CALENDAR) -> list[str]:
        """Take over all changes, and return their names in order."""
        names: list[str] = []
        while True:
            answer = self.box(sync(self.state, most=self.most, folder=folder))
            assert answer.codes == ["NoError"]
            changes = answer.all("//m:Changes/*")
            assert len(changes) <= self.most
            for change in changes:
                name = change.tag.rpartition("}")[2]
                names.append(name)
                identity = next(change.iter("{*}ItemId")).get("Id") or ""
                if name == "Delete":
                    assert identity in self.known
                    del self.known[identity]
                elif name != "ReadFlagChange":
                    assert (identity in self.known) is (name == "Update")
                    self.known[identity] = next(one.text or "" for one in change.iter("{*}Subject"))
            self.state = answer.text("//m:SyncState")
            if answer.text("//m:IncludesLastItemInRange") == "true":
                return names


@pytest.fixture
def box(soap: RawClient, new_user: Callable[..., Recipient]) -> ItemClient:
    return ItemClient(soap, new_user().email)


def rename(box: ItemClient, identity: str, subject: str) -> Answer:
    return box(update(identity, set_field("item:Subject", f"<t:Subject>{subject}</t:Subject>")))


def test_first_all_items_then_what_changed(box: ItemClient) -> None:
    one, two = box.make(event("One")), box.make(event("Two", after=daily("2026-11-25", 5)))
    client = Client(box)
    assert client.catch_up() == ["Create", "Create"]
    assert sorted(client.known.values()) == ["One", "Two"]
    assert client.catch_up() == []
    box.make(event("Three"))
    rename(box, two, "Zwei")
    box(delete([one]))
    assert sorted(client.catch_up()) == ["Create", "Delete", "Update"]
    assert sorted(client.known.values()) == ["Three", "Zwei"]


def test_a_changed_occurrence_is_a_change_of_its_series(box: ItemClient) -> None:
    master = box.make(event("Series", after=daily("2026-11-25", 5)))
    client = Client(box)
    client.catch_up()
    rename(box, occurrence(master, 2), "Own")
    box(delete([occurrence(master, 3)]))
    assert client.catch_up() == ["Update"]
    assert list(client.known) == [master]


def test_what_came_and_went_in_between_is_not_told(box: ItemClient) -> None:
    client = Client(box)
    assert client.catch_up() == []
    identity = box.make(event("Short-lived"))
    rename(box, identity, "Renamed")
    box(delete([identity]))
    assert client.catch_up() == []


def test_pages(box: ItemClient) -> None:
    for number in range(7):
        box.make(event(f"E{number}"))
    first = box(sync(most=3))
    assert len(first.all("//m:Changes/t:Create")) == 3
    assert first.text("//m:IncludesLastItemInRange") == "false"
    client = Client(box, most=3)
    assert client.catch_up() == ["Create"] * 7
    for number, identity in enumerate(list(client.known)):
        rename(box, identity, f"N{number}")
    assert client.catch_up() == ["Update"] * 7
    assert sorted(client.known.values()) == [f"N{number}" for number in range(7)]


def test_items_made_while_the_first_pages_are_read_are_not_told_twice(box: ItemClient) -> None:
    for number in range(4):
        box.make(event(f"E{number}"))
    first = box(sync(most=2))
    state = first.text("//m:SyncState")
    box.make(event("Late"))
    second = box(sync(state, most=2))
    third = box(sync(second.text("//m:SyncState"), most=2))
    told = [one.text for answer in (first, second, third) for one in answer.all("//t:Create/*/t:Subject")]
    assert told == ["E0", "E1", "E2", "E3", "Late"]
    assert third.text("//m:IncludesLastItemInRange") == "true"


def test_moving_is_deleting_here_and_creating_there(box: ItemClient) -> None:
    client, trash = Client(box), Client(box)
    deleted = '<t:DistinguishedFolderId Id="deleteditems"/>'
    identity = box.make(event("Moved"))
    client.catch_up()
    trash.catch_up(deleted)
    box(delete([identity], how="MoveToDeletedItems"))
    assert client.catch_up() == ["Delete"]
    assert trash.catch_up(deleted) == ["Create"]


def test_a_message_that_was_only_read(box: ItemClient) -> None:
    unread = "<t:Message><t:Subject>Mail</t:Subject><t:IsRead>false</t:IsRead></t:Message>"
    identity = box.make(unread, INBOX)
    client = Client(box)
    client.catch_up(INBOX)
    box(update(identity, set_field("message:IsRead", "<t:IsRead>true</t:IsRead>", "Message")))
    answer = box(sync(client.state, folder=INBOX))
    assert answer.text("//t:ReadFlagChange/t:IsRead") == "true"
    assert answer.one("//t:ReadFlagChange/t:ItemId").get("Id") == identity
    rename_message = set_field("item:Subject", "<t:Subject>New</t:Subject>", "Message")
    box(update(identity, rename_message))
    assert client.catch_up(INBOX) == ["Update"]


def test_ignored_items_are_left_out(box: ItemClient) -> None:
    one, two = box.make(event("One")), box.make(event("Two"))
    answer = box(sync(ignore=id_element(one)))
    assert [item.get("Id") for item in answer.all("//t:Create//t:ItemId")] == [two]


def test_the_shape_is_that_of_find_item(box: ItemClient) -> None:
    box.make(event(before='<t:Body BodyType="Text">x</t:Body>'))
    answer = box(sync(fields=("item:Body", "calendar:Start")))
    assert answer.text("//t:Start") == "2026-11-25T10:00:00Z"
    assert answer.all("//t:Body") == []


@pytest.mark.parametrize("state", ["nonsense", base64.b64encode(b"x" * 52).decode(), "AAAA"])
def test_states_that_are_none(box: ItemClient, state: str) -> None:
    assert box(sync(state)).codes == ["ErrorInvalidSyncStateData"]


def test_a_state_of_another_folder_or_mailbox(box: ItemClient) -> None:
    client = Client(box)
    client.catch_up()
    assert box(sync(client.state, folder=INBOX)).codes == ["ErrorInvalidSyncStateData"]
    other = ItemClient(box.soap, "carol@contoso.test")
    assert other(sync(client.state)).codes == ["ErrorInvalidSyncStateData"]


@pytest.mark.parametrize("most", [0, 513, -1, "many"])
def test_how_many_changes_may_be_asked_for(box: ItemClient, most: int | str) -> None:
    answer = box(sync(most=most))
    assert (answer.status, answer.codes) == (500, ["ErrorSchemaValidation"])


def test_ids_in_changes_can_be_followed(box: ItemClient) -> None:
    box(create(event("One") + event("Two")))
    client = Client(box)
    client.catch_up()
    assert box(get(list(client.known))).codes == ["NoError", "NoError"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["add", "touch", "remove", "move", "sync"]), st.integers(0, 30)), max_size=40)
)
def test_a_copy_kept_by_changes_is_the_folder(steps: list[tuple[str, int]]) -> None:
    """Whatever happens between synchronisations, the copy ends up with what is there."""
    mailbox = Mailbox(Recipient("alice@contoso.test", "Alice"), MovableClock(NOW, running=False))
    calendar, inbox = mailbox.distinguished("calendar"), mailbox.distinguished("inbox")
    copy: dict[int, int] = {}
    seen = 0

    def catch_up() -> None:
        nonlocal seen
        for change in item_changes(mailbox, calendar, seen, mailbox.change_number):
            if change.kind is ChangeKind.DELETED:
                del copy[change.thing.number]
            else:
                assert (change.thing.number in copy) is (change.kind is ChangeKind.MODIFIED)
                copy[change.thing.number] = mailbox.items[change.thing.number].version
        seen = mailbox.change_number

    for step, pick in steps:
        items = list(calendar.items.values())
        item = items[pick % len(items)] if items else None
        if step == "add":
            add_event(mailbox, start=NOW, end=NOW, subject=str(pick))
        elif step == "sync":
            catch_up()
        elif item is not None and step == "touch":
            mailbox.touch_item(item)
        elif item is not None and step == "remove":
            mailbox.remove_item(item)
        elif item is not None:
            mailbox.move_item(item, inbox)
            mailbox.move_item(item, calendar)
    catch_up()
    assert copy == {number: item.version for number, item in calendar.items.items()}
