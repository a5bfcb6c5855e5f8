"""What a client says of an event, read into the names and values of the state.

https://learn.microsoft.com/graph/api/resources/event
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName
from calconnect.mock_tenant.graph.outlook.event_json import HIDE_ATTENDEES, LOCATIONS, TRANSACTION, joined
from calconnect.mock_tenant.graph.outlook.extended import MULTI, SINGLE, read_extended
from calconnect.mock_tenant.graph.outlook.moments import read_moment
from calconnect.mock_tenant.graph.outlook.problems import invalid_value, unknown_property
from calconnect.mock_tenant.graph.outlook.recurrences import read_recurrence
from calconnect.mock_tenant.graph.outlook.words import ATTENDEE_LISTS, IMPORTANCE, SENSITIVITY, SHOW_AS, word_of
from calconnect.mock_tenant.graph.request import Json
from calconnect.mock_tenant.state.values import Address, Attendee, Body, ExtendedName, ExtendedValue

_KIND = "Microsoft.OutlookServices.Event"
_TEXTS = {"subject": "Subject", "transactionId": TRANSACTION}
_FLAGS = {
    "isReminderOn": "ReminderIsSet",
    "responseRequested": "IsResponseRequested",
    "isOnlineMeeting": "IsOnlineMeeting",
    "allowNewTimeProposals": "AllowNewTimeProposal",
    "hideAttendees": HIDE_ATTENDEES,
    "isAllDay": "IsAllDayEvent",
}
_WORDS = {
    "importance": ("Importance", IMPORTANCE),
    "sensitivity": ("Sensitivity", SENSITIVITY),
    "showAs": ("LegacyFreeBusyStatus", SHOW_AS),
}
_OWN = frozenset({"start", "end", "recurrence", "body", "location", "locations", "attendees", "categories"})
_NUMBER = "reminderMinutesBeforeStart"
_IGNORED = frozenset(
    {
        *("id", "createdDateTime", "lastModifiedDateTime", "changeKey", "originalStartTimeZone", "originalEndTimeZone"),
        *("iCalUId", "uid", "hasAttachments", "bodyPreview", "isCancelled", "isOrganizer", "seriesMasterId", "type"),
        *("webLink", "onlineMeetingUrl", "onlineMeeting", "occurrenceId", "isDraft", "responseStatus", "organizer"),
        *("originalStart", "onlineMeetingProvider", "cancelledOccurrences"),
    }
)
"""What the server keeps itself: a client that sends back what it was given changes nothing by it."""
_LOCATION = frozenset(
    {
        *("displayName", "locationType", "uniqueId", "uniqueIdType", "address", "coordinates"),
        *("locationEmailAddress", "locationUri"),
    }
)


@dataclass(slots=True)
class EventInput:
    """What a request says of an event. None stands for a value that is removed."""

    values: dict[str, Any] = field(default_factory=dict)
    """By element name, calendar facts among them."""
    extended: dict[ExtendedName, ExtendedValue | None] = field(default_factory=dict)


def read_event(body: Mapping[str, Any], first_day: date) -> EventInput:
    """Read the body of a request that makes or changes an event.

    Args:
        body: the JSON object.
        first_day: the day on which the event starts, where the request does not say.

    Raises:
        GraphError: 400: ``RequestBodyRead`` (no such property), ``ErrorPropertyValidationFailure``,
            ``TimeZoneNotSupportedException``, ``ErrorInvalidExtendedProperty``.
        EwsError: ``ErrorInvalidExtendedPropertyValue``.
    """
    found = EventInput()
    for name, value in body.items():
        if name in (SINGLE, MULTI):
            found.extended |= read_extended(value, multi=name == MULTI)
        elif value is None and (name in _WORDS or name in _FLAGS or name == _NUMBER):
            continue  # what cannot be empty stays as it is
        elif name in _WORDS:
            own, words = _WORDS[name]
            found.values[own] = _word(words, value, name)
        elif name in _FLAGS:
            found.values[_FLAGS[name]] = _flag(value, name)
        elif name in _TEXTS:
            found.values[_TEXTS[name]] = _text(value, name)
        elif name == _NUMBER:
            found.values["ReminderMinutesBeforeStart"] = _minutes(value)
        elif name not in _OWN and name not in _IGNORED and "@odata" not in name:
            raise unknown_property(name, _KIND)
    _read_body(body, found.values)
    _read_places(body, found.values)
    _read_people(body, found.values)
    _read_times(body, first_day, found.values)
    return found


def _text(value: Any, what: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise invalid_value(what)
    return value or None


def _flag(value: Any, what: str) -> bool:
    """Read a boolean; Graph takes it as text, too, and python-o365 writes it so."""
    flag = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(flag, bool):
        raise invalid_value(what)
    return flag


def _minutes(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 0x7FFFFFFF:
        raise invalid_value(_NUMBER)
    return value


def _word(words: Mapping[str, str], value: Any, what: str) -> str:
    word = word_of(words, value) if isinstance(value, str) else None
    if word is None:
        raise invalid_value(what)
    return word


def _read_body(body: Mapping[str, Any], values: dict[str, Any]) -> None:
    if "categories" in body:
        given = body["categories"] or []
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise invalid_value("categories")
        values["Categories"] = given or None
    if "body" not in body:
        return
    given = body["body"]
    if given is None:
        values["Body"] = None
        return
    content = given.get("content") if isinstance(given, Mapping) else 0
    kind = str(given.get("contentType") or "text").lower() if isinstance(given, Mapping) else ""
    if kind not in ("html", "text") or not isinstance(content, str | None):
        raise invalid_value("body")
    values["Body"] = Body(content, is_html=kind == "html") if content else None


def _read_places(body: Mapping[str, Any], values: dict[str, Any]) -> None:
    if "locations" in body:
        given = body["locations"] or []
        if not isinstance(given, list):
            raise invalid_value("locations")
        told = [_location(one) for one in given]
    elif "location" in body:
        one = body["location"]
        told = (
            []
            if one is None or not (one.get("displayName") if isinstance(one, Mapping) else True)
            else [_location(one)]
        )
    else:
        return
    told = [one for one in told if one["displayName"]]
    values["Location"] = joined(told) or None
    is_plain = all(set(one) == {"displayName", "locationType"} for one in told) and len(told) < 2
    values[LOCATIONS] = None if is_plain else told


def _location(value: Any) -> Json:
    if not isinstance(value, Mapping) or not isinstance(value.get("displayName", ""), str):
        raise invalid_value("location")
    for name in value:
        if name not in _LOCATION and not name.startswith("@"):
            raise unknown_property(name, "Microsoft.OutlookServices.Location")
    kept = {name: one for name, one in value.items() if name in _LOCATION and one not in (None, {}, "")}
    return {"displayName": "", "locationType": "default"} | kept


def _read_people(body: Mapping[str, Any], values: dict[str, Any]) -> None:
    if "attendees" not in body:
        return
    given = body["attendees"] or []
    if not isinstance(given, list):
        raise invalid_value("attendees")
    lists: dict[str, list[Attendee]] = {name: [] for name in ATTENDEE_LISTS}
    for one in given:
        if not isinstance(one, Mapping):
            raise invalid_value("attendees")
        lists[_word(ATTENDEE_LISTS, one.get("type") or "required", "attendees")].append(_attendee(one))
    values |= {name: people or None for name, people in lists.items()}


def _attendee(value: Mapping[str, Any]) -> Attendee:
    for name in value:
        if name not in ("type", "status", "emailAddress", "proposedNewTime") and not name.startswith("@"):
            raise unknown_property(name, "Microsoft.OutlookServices.Attendee")
    mail = value.get("emailAddress")
    address = mail.get("address") if isinstance(mail, Mapping) else None
    if not isinstance(mail, Mapping) or not isinstance(address, str) or "@" not in address:
        raise invalid_value("attendees")
    return Attendee(Address(address, str(mail.get("name") or "")))


def _read_times(body: Mapping[str, Any], first_day: date, values: dict[str, Any]) -> None:
    start = read_moment(body["start"], "start") if body.get("start") is not None else None
    end = read_moment(body["end"], "end") if body.get("end") is not None else None
    if start is not None and end is not None and end.moment < start.moment:
        raise invalid_value("end")
    if values.get("IsAllDayEvent") and any(one is not None and not one.is_midnight for one in (start, end)):
        raise invalid_value("an all-day event starts and ends at midnight")
    for name, one in (("Start", start), ("End", end)):
        if one is not None:
            values |= {name: one.moment, f"{name}TimeZone": ZoneName(one.windows_id)}
    if "recurrence" in body:
        given = body["recurrence"]
        if start is not None:
            first_day = start.moment.astimezone(start.zone).date()
        values["Recurrence"] = None if given is None else read_recurrence(given, first_day)
