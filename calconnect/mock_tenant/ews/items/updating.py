"""UpdateItem's work: conflicts, what may be changed, and the changes themselves.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/updateitem-operation
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calconnect.mock_tenant.ews.items.calendar_write import FACTS, change_appointment
from calconnect.mock_tenant.ews.items.change_reading import Change, ItemChange
from calconnect.mock_tenant.ews.items.ids import Target, check_change_key, target_of
from calconnect.mock_tenant.ews.items.mapi import stands_for
from calconnect.mock_tenant.ews.items.meetings import attendees_of, cancel, invite
from calconnect.mock_tenant.ews.items.occurrence_write import change_occurrence
from calconnect.mock_tenant.ews.items.paths import IndexedPath
from calconnect.mock_tenant.ews.items.people import resolve_people
from calconnect.mock_tenant.ews.items.property import Kind, Property
from calconnect.mock_tenant.ews.items.writing import (
    author,
    check_class,
    demand_change,
    settle_task,
    take_message_properties,
)
from calconnect.mock_tenant.ews.request import Request
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.bookkeeping import CHANGED, READ_CHANGES
from calconnect.mock_tenant.state.calendar import appointment_of
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.values import Body, ExtendedName, ExtendedValue, Tree

_MESSAGES = frozenset({"Message", "MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"})


@dataclass(frozen=True, slots=True)
class Updating:
    """What an UpdateItem request says for all of its items."""

    resolution: str
    """``NeverOverwrite``, ``AutoResolve``, ``AlwaysOverwrite``."""
    disposition: str | None
    invitations: str | None


@dataclass(slots=True)
class NewValues:
    """What the changes of an item come to. None stands for a value that is removed."""

    values: dict[str, Any]
    extended: dict[ExtendedName, ExtendedValue | None]


def update(request: Request, how: Updating, change: ItemChange) -> tuple[Target, int]:
    """Change an item, or one occurrence of a series, and return what was changed with the number of conflicts.

    Raises:
        EwsError: ``ErrorAccessDenied``, ``ErrorChangeKeyRequiredForWriteOperations``, ``ErrorIrresolvableConflict``,
            ``ErrorSendMeetingInvitationsOrCancellationsRequired``, ``ErrorMessageDispositionRequired``,
            ``ErrorInvalidPropertyRequest``, ``ErrorInvalidPropertySet``, ``ErrorInvalidPropertyDelete``,
            ``ErrorInvalidPropertyAppend``, and what calendar items and tasks may be refused for.
    """
    target = target_of(request, change.item, Right.VISIBLE)
    item, mailbox = target.item, target.mailbox
    demand_change(request, mailbox, item)
    if item.kind == "CalendarItem" and how.invitations is None:
        raise EwsError(
            "ErrorSendMeetingInvitationsOrCancellationsRequired",
            "SendMeetingInvitationsOrCancellations attribute is required.",
        )
    if item.kind in _MESSAGES and how.disposition is None:
        raise EwsError("ErrorMessageDispositionRequired", "MessageDisposition attribute is required.")
    new = _new_values(target, change.changes)
    resolve_people(request.organization.directory, new.values, item.properties)
    conflicts = _conflicts(target, how.resolution, new)
    before = attendees_of(item)
    if target.occurrence is not None:
        change_occurrence(item, target.occurrence, new.values, new.extended)
    else:
        _apply(request, target, new)
    _note(target, new)
    if item.kind == "CalendarItem" and how.invitations != "SendToNone":
        known = {one.address.email.lower() for one in before}
        _tell_attendees(request, target, how.invitations or "", known)
    return target, conflicts


def _new_values(target: Target, changes: tuple[Change, ...]) -> NewValues:
    new = NewValues({}, {})
    for change in changes:
        path = change.path
        if isinstance(path, ExtendedName):
            own = stands_for(path)
            if own is None or own not in target.item_kind.by_name:
                new.extended[path] = None if change.operation == "delete" else change.value
            else:
                new.values[own] = list(change.value) if isinstance(change.value, tuple) else change.value
        elif isinstance(path, IndexedPath):
            _new_entry(target, new, path, change.value)
        elif isinstance(path, Property):
            _new_value(target, new, target.item_kind, path, change)
        else:
            raise EwsError("ErrorInvalidPropertyRequest", "Property is not valid for this object type.")
    return new


def _new_value(target: Target, new: NewValues, kind: Kind, path: Property, change: Change) -> None:
    own = kind.by_name.get(path.name)
    if own is None or own.uri != path.uri:
        raise EwsError("ErrorInvalidPropertyRequest", f"Property is not valid for this object type: {path.uri}")
    if change.operation == "delete":
        if not own.deletable:
            raise EwsError("ErrorInvalidPropertyDelete", f"Delete action is invalid for property {path.uri}.")
        new.values[own.name] = None
    elif change.operation == "append":
        if not own.appendable:
            raise EwsError("ErrorInvalidPropertyAppend", f"Append action is invalid for property {path.uri}.")
        new.values[own.name] = _appended(new.values.get(own.name) or target.stored(own.name), change.value)
    else:
        if own.read_only or own.name in ("Attachments", "MimeContent"):
            raise EwsError("ErrorInvalidPropertySet", f"Set action is invalid for property {path.uri}.")
        new.values[own.name] = change.value


def _appended(old: Any, more: Any) -> Any:
    if old is None:
        return more
    if isinstance(old, Body):
        if old.is_html != more.is_html:
            raise EwsError("ErrorInvalidPropertyAppend", "The body's format differs from the item's.")
        return Body(old.text + more.text, old.is_html)
    if isinstance(old, Tree):
        return Tree(old.name, old.attributes, old.text, (*old.children, *more.children))
    return [*old, *more]


def _new_entry(target: Target, new: NewValues, path: IndexedPath, value: str | None) -> None:
    if path.holder not in target.item_kind.by_name or path.holder in ("InternetMessageHeaders", "Members"):
        raise EwsError("ErrorInvalidPropertyRequest", f"Property is not valid for this object type: {path.uri}")
    held = dict(new.values.get(path.holder) or target.stored(path.holder) or {})
    if path.part:
        parts = {**held.get(path.index, {}), path.part: value or ""}
        held[path.index] = {name: text for name, text in parts.items() if text}
    else:
        held[path.index] = value or ""
    new.values[path.holder] = {key: entry for key, entry in held.items() if entry} or None


def _conflicts(target: Target, resolution: str, new: NewValues) -> int:
    """Compare the request's change key with the item's version, and return how many properties both sides changed.

    Raises:
        EwsError: ``ErrorChangeKeyRequiredForWriteOperations``, ``ErrorInvalidChangeKey``,
            ``ErrorIrresolvableConflict``.
    """
    version = check_change_key(target, required=resolution != "AlwaysOverwrite")
    if version is None or version == target.item.version or resolution == "AlwaysOverwrite":
        return 0
    error = EwsError(
        "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the request does not "
        "match the current change key for the item.",
    )
    if resolution == "NeverOverwrite" or version > target.item.version:
        raise error
    changed: dict[str, int] = target.item.properties.get(CHANGED, {})
    if any(changed.get(name, 0) > version for name in _marks(target, new)):
        raise error
    return 0


def _apply(request: Request, target: Target, new: NewValues) -> None:
    item, mailbox = target.item, target.mailbox
    values = dict(new.values)
    if values.get("ItemClass"):
        check_class(target.item_kind, values["ItemClass"])
    if item.kind == "CalendarItem":
        facts = {name: values.pop(name) for name in FACTS & set(values)}
        if "UID" in facts and facts["UID"] is None:
            raise EwsError("ErrorInvalidPropertyDelete", "Delete action is invalid for property calendar:UID.")
        change_appointment(mailbox, item, facts)
    elif item.kind == "Task":
        merged = {**item.properties, **values}
        settle_task(merged, values, mailbox.clock())
        values = merged
    item.properties = {name: value for name, value in {**item.properties, **values}.items() if value is not None}
    merged_extended = {**item.extended, **new.extended}
    item.extended = {name: value for name, value in merged_extended.items() if value is not None}
    if any(not name.property_set for name in new.extended):
        take_message_properties(item)
    item.properties["LastModifiedName"] = author(request, mailbox).name


def _marks(target: Target, new: NewValues) -> list[str]:
    """Return a name for everything that is changed; each occurrence of a series has its own."""
    own = "" if target.occurrence is None else f"{target.occurrence.index}:"
    return [f"{own}{name}" for name in (*new.values, *(repr(name) for name in new.extended))]


def _note(target: Target, new: NewValues) -> None:
    """Raise the item's version, and remember what changed with it."""
    item, mailbox = target.item, target.mailbox
    mailbox.touch_item(item)
    changed: dict[str, int] = item.properties.setdefault(CHANGED, {})
    for name in _marks(target, new):
        changed[name] = item.version
    if set(new.values) == {"IsRead"} and not new.extended:
        item.properties.setdefault(READ_CHANGES, set()).add(mailbox.change_number)


def _tell_attendees(request: Request, target: Target, how: str, known: set[str]) -> None:
    item, mailbox = target.item, target.mailbox
    if not appointment_of(item).is_organizer:
        return
    present = {one.address.email.lower() for one in attendees_of(item)}
    save_copy = how.endswith("AndSaveCopy")
    if known - present:
        cancel(request, mailbox, item, save_copy=save_copy, only=known - present)
    only = present - known if "Changed" in how else None
    invite(request, mailbox, item, save_copy=save_copy, update=bool(known), only=only)
