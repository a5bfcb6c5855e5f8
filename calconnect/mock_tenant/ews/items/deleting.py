"""DeleteItem's work: items moved away or gone, single occurrences taken out of their series.

https://learn.microsoft.com/exchange/client-developer/exchange-web-services/deleting-items-by-using-ews-in-exchange
"""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.mock_tenant.ews.items.ids import Target
from calconnect.mock_tenant.ews.items.meetings import answer, cancel
from calconnect.mock_tenant.ews.items.writing import demand_change
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.state.bookkeeping import DELETED_FROM
from calconnect.mock_tenant.state.calendar import Appointment, appointment_of, is_meeting
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a DeleteItem request says for all of its items."""

    how: str
    """``HardDelete``, ``SoftDelete``, ``MoveToDeletedItems``."""
    cancellations: str | None
    """``SendToNone``, ``SendOnlyToAll``, ``SendToAllAndSaveCopy``."""
    task_occurrences: str | None
    """``AllOccurrences``, ``SpecifiedOccurrenceOnly``."""


def delete(request: Request, target: Target, deletion: Deletion) -> None:
    """Delete an item, or one occurrence of a series.

    Raises:
        EwsError: ``ErrorAccessDenied``, ``ErrorSendMeetingCancellationsRequired``,
            ``ErrorAffectedTaskOccurrencesRequired``.
    """
    mailbox, item = target.mailbox, target.item
    demand_change(request, mailbox, item, delete=True)
    if item.kind == "CalendarItem":
        if deletion.cancellations is None:
            raise EwsError("ErrorSendMeetingCancellationsRequired", "SendMeetingCancellations attribute is required.")
        if target.occurrence is not None:
            _delete_occurrence(mailbox, item, target.occurrence.index)
            return
        if deletion.cancellations != "SendToNone" and is_meeting(item):
            _tell(request, mailbox, item, save_copy=deletion.cancellations == "SendToAllAndSaveCopy")
    if item.kind == "Task" and deletion.task_occurrences is None:
        raise EwsError("ErrorAffectedTaskOccurrencesRequired", "AffectedTaskOccurrences attribute is required.")
    dispose(mailbox, item, deletion.how)


def dispose(mailbox: Mailbox, item: Item, how: str) -> None:
    """Take an item out of its folder: for good, or into the folder that the kind of deletion leads to."""
    if how == "HardDelete":
        mailbox.remove_item(item)
        return
    target = "deleteditems" if how == "MoveToDeletedItems" else "recoverableitemsdeletions"
    folder = mailbox.distinguished(target)
    if item.folder == folder.number:
        mailbox.remove_item(item)
        return
    item.properties[DELETED_FROM] = item.folder
    mailbox.move_item(item, folder)


def _delete_occurrence(mailbox: Mailbox, item: Item, index: int) -> None:
    appointment = appointment_of(item)
    appointment.exceptions.pop(index, None)
    appointment.deleted.add(index)
    mailbox.touch_item(item)


def _tell(request: Request, mailbox: Mailbox, item: Item, *, save_copy: bool) -> None:
    appointment = item.calendar
    assert isinstance(appointment, Appointment)
    if appointment.is_organizer:
        cancel(request, mailbox, item, save_copy=save_copy)
        return
    organizer = request.organization.directory.by_address(appointment.organizer.email)
    if organizer is not None and organizer.has_mailbox and not appointment.cancelled:
        answer(request.organization, mailbox, item, "Decline", to=request.organization.mailbox(organizer))
