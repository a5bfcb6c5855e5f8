"""Ids of events and calendars, and what they lead to.

Graph's ids are those of EWS with two characters replaced, so that they can stand in a path:
https://learn.microsoft.com/graph/api/resources/convertidresult
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from calconnect.mock_tenant.graph.outlook.problems import malformed_id, no_item
from calconnect.mock_tenant.graph.request import GraphRequest
from calconnect.mock_tenant.state.calendar import Appointment, Occurrence, appointment_of, occurrence_at
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.ids import IdKind, ThingId, decode_id
from calconnect.mock_tenant.state.mailbox import Folder, Item, Mailbox

_CALENDAR_CLASS = "IPF.Appointment"
_TO_GRAPH = str.maketrans("/+", "-_")
_FROM_GRAPH = str.maketrans("-_", "/+")


@dataclass(frozen=True, slots=True)
class Event:
    """An event in a mailbox: a single item, a series, or one occurrence of a series."""

    mailbox: Mailbox
    item: Item
    occurrence: Occurrence | None = None
    """The occurrence of a series; None: the single item, or the whole series."""

    @property
    def facts(self) -> Appointment:
        """The calendar facts of the item."""
        return appointment_of(self.item)

    @property
    def id(self) -> str:
        """The id."""
        return event_id(self.mailbox, self.item, 0 if self.occurrence is None else self.occurrence.index)

    @property
    def tag(self) -> str:
        """The ETag of the present version."""
        return f'W/"{self.mailbox.key_of(self.item)}"'


def graph_id(thing: ThingId) -> str:
    """Return an id as Graph writes it."""
    return str(thing).translate(_TO_GRAPH)


def event_id(mailbox: Mailbox, item: Item, index: int = 0) -> str:
    """Return the id of an item, or of one occurrence of a series."""
    if not index:
        return graph_id(mailbox.item_id(item))
    return graph_id(ThingId(IdKind.OCCURRENCE, mailbox.guid, item.number, index))


def read_id(text: str, mailbox: Mailbox) -> ThingId:
    """Read an id of something in a mailbox.

    Raises:
        GraphError: 400 ``ErrorInvalidIdMalformed``; 404 ``ErrorItemNotFound``: it is of another mailbox.
    """
    try:
        thing = decode_id(text.translate(_FROM_GRAPH))
    except EwsError:
        raise malformed_id() from None
    if thing.mailbox != mailbox.guid:
        raise no_item()
    return thing


def find_event(mailbox: Mailbox, text: str, folder: Folder | None = None) -> Event:
    """Return the event with an id.

    Args:
        mailbox: whose.
        text: the id.
        folder: the calendar that it has to be in; None: whichever.

    Raises:
        GraphError: 400 ``ErrorInvalidIdMalformed``, 404 ``ErrorItemNotFound``.
    """
    thing = read_id(text, mailbox)
    item = mailbox.items.get(thing.number)
    if thing.kind not in (IdKind.ITEM, IdKind.OCCURRENCE) or item is None or item.kind != "CalendarItem":
        raise no_item()
    if folder is not None and item.folder != folder.number:
        raise no_item()
    if thing.kind is IdKind.ITEM:
        return Event(mailbox, item)
    try:
        return Event(mailbox, item, occurrence_at(item, thing.index))
    except EwsError:
        raise no_item() from None


def calendars_of(mailbox: Mailbox) -> list[Folder]:
    """Return a mailbox's calendars, the default one first."""
    found = [one for one in mailbox.folders.values() if one.folder_class.startswith(_CALENDAR_CLASS)]
    return sorted(found, key=lambda one: (one.distinguished != "calendar", one.number))


def find_calendar(request: GraphRequest) -> Folder:
    """Return the calendar that a path names by ``{calendar}``; a path without one means the default calendar.

    Raises:
        GraphError: 400 ``ErrorInvalidIdMalformed``, 404 ``ErrorItemNotFound``.
        EwsError: ``ErrorFolderNotFound``: the mailbox has lost its calendar.
    """
    text = request.parameters.get("calendar")
    if text is None:
        return request.mailbox.distinguished("calendar")
    thing = read_id(text, request.mailbox)
    folder = request.mailbox.folders.get(thing.number) if thing.kind is IdKind.FOLDER else None
    if folder is None or not folder.folder_class.startswith(_CALENDAR_CLASS):
        raise no_item()
    return folder


def context_of(request: GraphRequest, tail: str) -> str:
    """Return what ``@odata.context`` names: ``users('ann%40contoso.com')/events``."""
    return f"users('{quote(request.parameters['user'], safe='')}')/{tail}"
