"""What the item ids of a request mean, and who may follow them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.items.kinds import KINDS
from calconnect.mock_tenant.ews.items.property import Kind
from calconnect.mock_tenant.ews.items.view import ItemView, view_of
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.ews.targets import item_of
from calconnect.mock_tenant.ews.xml import Element, elements, find, local, t
from calconnect.mock_tenant.state.access import EVERYTHING, Right
from calconnect.mock_tenant.state.calendar import Appointment, Occurrence, occurrence_at
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, decode_change_key
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox

ITEM_ID = Node("ItemId", (), required=False, many=True, attributes=("Id",))
OCCURRENCE_ID = Node(
    "OccurrenceItemId", (), required=False, many=True, attributes=("RecurringMasterId", "InstanceIndex")
)
MASTER_ID = Node("RecurringMasterItemId", (), required=False, many=True, attributes=("OccurrenceId",))
ITEM_IDS = (
    ITEM_ID,
    OCCURRENCE_ID,
    MASTER_ID,
    Node("RecurringMasterItemIdRanges", ANY, required=False, many=True, attributes=("Id",)),
)
"""The ways to name items, for grammars."""


@dataclass(frozen=True, slots=True)
class Target:
    """An item that a request names, or one occurrence of a series."""

    mailbox: Mailbox
    item: Item
    occurrence: Occurrence | None
    change_key: str | None
    """As the request gave it."""

    @property
    def item_kind(self) -> Kind:
        """What the schema knows of this type of item."""
        return KINDS[self.item.kind]

    def stored(self, name: str) -> Any:
        """Return a stored value by element name; None if there is none."""
        return self.item.properties.get(name) if self.occurrence is None else self.occurrence.value(name)

    def view(self, request: Request) -> ItemView:
        """Return it as the request's user sees it."""
        return view_of(request, self.mailbox, self.item, self.occurrence)


def target_of(request: Request, element: Element, right: Right = Right.READ) -> Target:
    """Find what an id element means, and make sure of a right to it.

    Raises:
        EwsError: ``ErrorInvalidIdEmpty``, ``ErrorInvalidIdMalformed``, ``ErrorItemNotFound``, ``ErrorAccessDenied``,
            ``ErrorCalendarCannotUseIdForOccurrenceId``, ``ErrorCalendarCannotUseIdForRecurringMasterId``,
            ``ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange``, ``ErrorCalendarOccurrenceIsDeletedFromRecurrence``.
    """
    how = local(element)
    attribute = {"OccurrenceItemId": "RecurringMasterId", "RecurringMasterItemId": "OccurrenceId"}.get(how, "Id")
    text = element.get(attribute, "")
    if not text:
        raise EwsError("ErrorInvalidIdEmpty", "The id is empty.")
    mailbox, item, thing = item_of(request, t("ItemId", Id=text), right)
    if not may_see(request, mailbox, item):
        raise EwsError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    occurrence = None
    if how == "OccurrenceItemId":
        occurrence = occurrence_at(item, _index(element))
    elif how == "RecurringMasterItemId":
        if thing.kind is not IdKind.OCCURRENCE:
            raise EwsError(
                "ErrorCalendarCannotUseIdForOccurrenceId", "The specified id does not represent an occurrence."
            )
    elif how == "ItemId" and thing.kind is IdKind.OCCURRENCE:
        occurrence = occurrence_at(item, thing.index)
    return Target(mailbox, item, occurrence, element.get("ChangeKey"))


def _index(element: Element) -> int:
    try:
        return int(element.get("InstanceIndex", ""))
    except ValueError:
        raise EwsError(
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "Occurrence index is out of recurrence range."
        ) from None


def ids_in(parent: Element, *names: str) -> list[Element]:
    """Return the id elements at the end of a path of local names."""
    return elements(find(parent, *names))


def may_see(request: Request, mailbox: Mailbox, item: Item) -> bool:
    """Whether who asks may see an item at all: private ones are for the owner, and for delegates who may view them."""
    if item.properties.get("Sensitivity") != "Private":
        return True
    return may_see_private(request, mailbox, mailbox.folder(item.folder))


def may_see_private(request: Request, mailbox: Mailbox, folder: Folder) -> bool:
    """Whether who asks may see the private items of a folder."""
    acting = request.acting
    if acting is mailbox.recipient:
        return True
    if acting is None:
        return False
    if acting.email.lower() in mailbox.full_access or request.access.rights(mailbox, folder) == EVERYTHING:
        return True
    return bool(mailbox.delegates.get(acting.email.lower(), {}).get("view_private_items"))


def check_change_key(target: Target, *, required: bool) -> int | None:
    """Return the version that the request's change key stands for; None if there is none.

    Raises:
        EwsError: ``ErrorInvalidChangeKey``, ``ErrorChangeKeyRequiredForWriteOperations``.
    """
    if not target.change_key:
        if required:
            raise EwsError(
                "ErrorChangeKeyRequiredForWriteOperations", "A valid change key must be passed in for this operation."
            )
        return None
    return decode_change_key(target.change_key)


def is_series(item: Item) -> bool:
    """Whether an item is a recurring master."""
    return isinstance(item.calendar, Appointment) and item.calendar.recurrence is not None
