"""SyncFolderItems: https://learn.microsoft.com/exchange/client-developer/web-service-reference/syncfolderitems-operation"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.items.codecs import integer
from calconnect.mock_tenant.ews.items.folders import target_folder_node
from calconnect.mock_tenant.ews.items.ids import ITEM_IDS, ids_in, may_see_private
from calconnect.mock_tenant.ews.items.paths import check_paths
from calconnect.mock_tenant.ews.items.reading import attempt
from calconnect.mock_tenant.ews.items.shapes import ITEM_SHAPE, ItemShape, item_element, read_shape
from calconnect.mock_tenant.ews.items.view import view_of, wire_of
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, find, flag, m, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.bookkeeping import READ_CHANGES
from calconnect.mock_tenant.state.mailbox import ChangeKind, Folder, Item, Mailbox
from calconnect.mock_tenant.state.synchronization import ItemChange, SyncState, decode_state, item_changes

_MOST = integer(1, 512)
_SCOPES = frozenset({"NormalItems", "NormalAndAssociatedItems"})
_REQUEST = Node(
    "SyncFolderItems",
    (
        ITEM_SHAPE,
        target_folder_node("SyncFolderId"),
        Node("SyncState", namespace=MESSAGES, required=False),
        Node("Ignore", ITEM_IDS, MESSAGES, required=False, choice=True),
        Node("MaxChangesReturned", namespace=MESSAGES),
        Node("SyncScope", namespace=MESSAGES, required=False, values=_SCOPES),
    ),
    MESSAGES,
)


@dataclass(frozen=True, slots=True)
class _Sync:
    """One request, with the folder that it is about."""

    request: Request
    mailbox: Mailbox
    folder: Folder
    shape: ItemShape
    most: int
    ignored: frozenset[str]
    associated: bool

    def shows(self, item: Item) -> bool:
        """Whether an item belongs to the answer at all."""
        if str(self.mailbox.item_id(item)) in self.ignored:
            return False
        if item.properties.get("IsAssociated") and not self.associated:
            return False
        private = item.properties.get("Sensitivity") == "Private"
        return not private or may_see_private(self.request, self.mailbox, self.folder)

    def element(self, name: str, item: Item) -> Element:
        """Return ``t:Create`` or ``t:Update`` with the item."""
        return t(name, item_element(view_of(self.request, self.mailbox, item), self.shape, in_find=True))


def handle(request: Request) -> Element:
    """Tell the next changes of the folder, and the state from which to ask on."""
    body = request.body
    check_paths(body)
    shape = attempt(lambda: read_shape(find(body, "ItemShape")))
    limit = find(body, "MaxChangesReturned")
    assert limit is not None
    most = _MOST.read(limit, wire_of(request))

    def synchronise(element: Element) -> Iterator[Element]:
        mailbox, folder = folder_of(request, element, Right.READ)
        ignored = frozenset(one.get("Id", "") for one in ids_in(body, "Ignore"))
        associated = text_of(body, "SyncScope") == "NormalAndAssociatedItems"
        sync = _Sync(request, mailbox, folder, shape.get(), most, ignored, associated)
        text = text_of(body, "SyncState")
        state = decode_state(text, mailbox, folder) if text else _begin(mailbox, folder)
        changes, state, last = _first(sync, state) if state.start < 0 else _next(sync, state)
        yield m("SyncState", text=str(state))
        yield m("IncludesLastItemInRange", text=flag(last))
        yield m("Changes", *changes)

    def nothing() -> tuple[Element, Element]:
        return m("SyncState", text=""), m("IncludesLastItemInRange", text="true")

    return for_each("SyncFolderItems", ids_in(body, "SyncFolderId"), synchronise, on_error=nothing)


def _begin(mailbox: Mailbox, folder: Folder) -> SyncState:
    return SyncState(mailbox.guid, folder.number, -1, mailbox.change_number)


def _first(sync: _Sync, state: SyncState) -> tuple[list[Element], SyncState, bool]:
    """Give out the items that there are; those that came later follow as changes."""
    later = {
        change.thing.number
        for change in item_changes(sync.mailbox, sync.folder, state.horizon, sync.mailbox.change_number)
        if change.kind is ChangeKind.CREATED
    }
    waiting = sorted(number for number in sync.folder.items if number > state.done and number not in later)
    items = [sync.folder.items[number] for number in waiting]
    shown = [item for item in items if sync.shows(item)]
    page = shown[: sync.most]
    changes = [sync.element("Create", item) for item in page]
    if len(page) < len(shown):
        return changes, SyncState(state.mailbox, state.folder, -1, state.horizon, page[-1].number), False
    done = SyncState(state.mailbox, state.folder, state.horizon, state.horizon)
    return changes, done, state.horizon == sync.mailbox.change_number


def _next(sync: _Sync, state: SyncState) -> tuple[list[Element], SyncState, bool]:
    """Give out the changes since the last time."""
    mailbox = sync.mailbox
    if state.start == state.horizon:
        state = SyncState(state.mailbox, state.folder, state.start, mailbox.change_number)
    changes = item_changes(mailbox, sync.folder, state.start, state.horizon)
    shown: list[Element] = []
    position = state.done
    while position < len(changes) and len(shown) < sync.most:
        element = _change(sync, changes[position])
        position += 1
        if element is not None:
            shown.append(element)
    if position < len(changes):
        return shown, SyncState(state.mailbox, state.folder, state.start, state.horizon, position), False
    done = SyncState(state.mailbox, state.folder, state.horizon, state.horizon)
    return shown, done, state.horizon == mailbox.change_number


def _change(sync: _Sync, change: ItemChange) -> Element | None:
    if change.kind is ChangeKind.DELETED:
        if str(change.thing) in sync.ignored:
            return None
        return t("Delete", t("ItemId", Id=str(change.thing)))
    item = sync.folder.items.get(change.thing.number)
    if item is None or not sync.shows(item):
        return None
    if change.kind is ChangeKind.CREATED:
        return sync.element("Create", item)
    if set(change.numbers) <= item.properties.get(READ_CHANGES, set()):
        identity = t("ItemId", Id=str(change.thing), ChangeKey=sync.mailbox.key_of(item))
        return t("ReadFlagChange", identity, t("IsRead", text=flag(item.properties.get("IsRead", True))))
    return sync.element("Update", item)


OPERATION = Operation(name="SyncFolderItems", request=_REQUEST, handle=handle)
