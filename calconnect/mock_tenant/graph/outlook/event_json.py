"""An event as JSON: https://learn.microsoft.com/graph/api/resources/event"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from calconnect.mock_tenant.ews.items.computed_item import html_text, plain_text
from calconnect.mock_tenant.graph.outlook.extended import extended_json
from calconnect.mock_tenant.graph.outlook.moments import ShownZone, instant, precise_instant
from calconnect.mock_tenant.graph.outlook.recurrences import recurrence_json
from calconnect.mock_tenant.graph.outlook.things import Event, event_id
from calconnect.mock_tenant.graph.outlook.words import ATTENDEE_LISTS, IMPORTANCE, RESPONSE, SENSITIVITY, SHOW_AS
from calconnect.mock_tenant.graph.request import Json
from calconnect.mock_tenant.state.calendar import Appointment
from calconnect.mock_tenant.state.values import Address, Attendee, Body, ExtendedName, ExtendedValue

LOCATIONS, TRANSACTION, HIDE_ATTENDEES = "GraphLocations", "GraphTransactionId", "GraphHideAttendees"
"""Names under which an item's properties hold what only Graph knows of an event."""
_PREVIEW_LENGTH = 255
_UID_HEAD = "040000008200E00074C5B7101A82E008"
_WEB_LINK = "https://outlook.office365.com/owa/?itemid={}&exvsurl=1&path=/calendar/item"
_UTC = ShownZone()


def event_json(event: Event, zone: ShownZone = _UTC, *, text_body: bool = False) -> Json:
    """Return all properties of an event, extended ones among them.

    Args:
        event: the event.
        zone: what its moments are shown in.
        text_body: give the body as plain text (``Prefer: outlook.body-content-type="text"``).
    """
    item, facts = event.item, event.facts
    body: Body = _value(event, "Body") or Body("")
    locations = _locations(event)
    return {
        "@odata.etag": event.tag,
        "id": event.id,
        "createdDateTime": precise_instant(item.created or event.mailbox.clock()),
        "lastModifiedDateTime": precise_instant(item.modified or event.mailbox.clock()),
        "changeKey": event.mailbox.key_of(item),
        "categories": list(_value(event, "Categories") or ()),
        "transactionId": item.properties.get(TRANSACTION),
        "originalStartTimeZone": facts.zone_id,
        "originalEndTimeZone": facts.end_zone_id,
        "iCalUId": ical_uid(event),
        "reminderMinutesBeforeStart": _value(event, "ReminderMinutesBeforeStart", 15),
        "isReminderOn": bool(_value(event, "ReminderIsSet", True)),
        "hasAttachments": bool(item.attachments),
        "subject": str(_value(event, "Subject", "")),
        "bodyPreview": _preview(body),
        "importance": IMPORTANCE[_value(event, "Importance", "Normal")],
        "sensitivity": SENSITIVITY[_value(event, "Sensitivity", "Normal")],
        **times_json(event, zone),
        "isCancelled": facts.cancelled,
        "isOrganizer": facts.is_organizer,
        "responseRequested": bool(_value(event, "IsResponseRequested", True)),
        "seriesMasterId": event_id(event.mailbox, item) if event.occurrence is not None else None,
        "showAs": SHOW_AS[_value(event, "LegacyFreeBusyStatus", "Busy")],
        "type": event_type(event),
        "webLink": _WEB_LINK.format(quote(event.id, safe="")),
        "onlineMeetingUrl": None,
        **_online_meeting(event),
        "allowNewTimeProposals": bool(_value(event, "AllowNewTimeProposal", True)),
        "isDraft": False,
        "hideAttendees": bool(item.properties.get(HIDE_ATTENDEES, False)),
        "responseStatus": {"response": RESPONSE[facts.my_response], "time": instant(facts.reply_time)},
        "body": _body_json(body, text=text_body),
        "location": locations[0] if len(locations) == 1 else _joined_location(locations),
        "locations": locations,
        "recurrence": _recurrence(event),
        "attendees": _attendees(event),
        "organizer": {"emailAddress": _person(facts.organizer)},
        **extended_json(_extended(event).items()),
    }


def occurrence_json(event: Event, zone: ShownZone = _UTC) -> Json:
    """Return what the change tracking tells of an occurrence: its times and whose it is.

    https://learn.microsoft.com/graph/delta-query-events
    """
    times = times_json(event, zone)
    return {
        "id": event.id,
        "seriesMasterId": event_id(event.mailbox, event.item),
        "type": event_type(event),
        "start": times["start"],
        "end": times["end"],
    }


def times_json(event: Event, zone: ShownZone) -> Json:
    """Return start and end, and of an occurrence where it stood in the series."""
    facts, one = event.facts, event.occurrence
    start, end = (facts.start, facts.end) if one is None else (one.start, one.end)
    all_day = bool(_value(event, "IsAllDayEvent", facts.all_day))
    shown: Json = {"isAllDay": all_day}
    if one is not None and one.original_start is not None:
        shown["originalStart"] = instant(one.original_start)
    if all_day:
        return shown | {"start": zone.date_json(start, facts.zone), "end": zone.date_json(end, facts.zone)}
    return shown | {"start": zone.json(start), "end": zone.json(end)}


def event_type(event: Event) -> str:
    """Return ``singleInstance``, ``seriesMaster``, ``occurrence`` or ``exception``."""
    if event.occurrence is not None:
        return "occurrence" if event.occurrence.exception is None else "exception"
    return "singleInstance" if event.facts.recurrence is None else "seriesMaster"


def ical_uid(event: Event) -> str:
    """Return the UID; an occurrence has one of its own, with its date in it: [MS-OXOCAL] 2.2.1.27."""
    uid, one = event.facts.uid, event.occurrence
    if one is None or one.original_start is None or not uid.upper().startswith(_UID_HEAD):
        return uid
    day = one.original_start.astimezone(event.facts.zone).date()
    head = len(_UID_HEAD)
    return f"{uid[:head]}{day.year:04X}{day.month:02X}{day.day:02X}{uid[head + 8 :]}"


def _value(event: Event, name: str, default: Any = None) -> Any:
    if event.occurrence is not None:
        return event.occurrence.value(name, default)
    value = event.item.properties.get(name)
    return default if value is None else value


def _extended(event: Event) -> Mapping[ExtendedName, ExtendedValue]:
    exception = None if event.occurrence is None else event.occurrence.exception
    merged = {**event.item.extended, **({} if exception is None else exception.extended)}
    return {name: value for name, value in merged.items() if value is not None}


def _preview(body: Body) -> str:
    return " ".join(plain_text(body).split())[:_PREVIEW_LENGTH]


def _body_json(body: Body, *, text: bool) -> Json:
    if text:
        return {"contentType": "text", "content": plain_text(body)}
    return {"contentType": "html", "content": html_text(body) if body.text else ""}


def _person(address: Address) -> Json:
    return {"name": address.name or address.email, "address": address.email}


def _attendees(event: Event) -> list[Json]:
    found: list[Json] = []
    for name, kind in ATTENDEE_LISTS.items():
        listed: list[Attendee] = _value(event, name) or []
        for one in listed:
            status = {"response": RESPONSE[one.response], "time": instant(one.last_response)}
            found.append({"type": kind, "status": status, "emailAddress": _person(one.address)})
    return found


def _locations(event: Event) -> list[Json]:
    """Return the locations as Graph was told them, unless the location was changed over another protocol since."""
    text = str(_value(event, "Location", ""))
    told: list[Json] = _value(event, LOCATIONS) or []
    if told and joined(told) == text:
        return [dict(one) for one in told]
    return [_plain_location(text)] if text else []


def joined(locations: list[Json]) -> str:
    """Return the one text that Exchange makes of several locations."""
    return "; ".join(str(one.get("displayName") or "") for one in locations)


def _plain_location(text: str) -> Json:
    return {"displayName": text, "locationType": "default", "uniqueId": text, "uniqueIdType": "private"}


def _joined_location(locations: list[Json]) -> Json:
    if not locations:
        empty: Json = {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"}
        return empty | {"address": {}, "coordinates": {}}
    return _plain_location(joined(locations))


def _online_meeting(event: Event) -> Json:
    online = bool(_value(event, "IsOnlineMeeting", False))
    url = _value(event, "JoinOnlineMeetingUrl")
    return {
        "isOnlineMeeting": online,
        "onlineMeetingProvider": "teamsForBusiness" if online else "unknown",
        "onlineMeeting": {"joinUrl": url} if online and url else None,
    }


def cancelled_occurrences(event: Event) -> list[str]:
    """Return ids of the occurrences that were taken out of a series; they come only with ``$select``."""
    facts = event.facts
    starts = [times[0] for index in sorted(facts.deleted) if (times := facts.times_of(index)) is not None]
    return [f"OID.{event.id}.{start.astimezone(facts.zone).date().isoformat()}" for start in starts]


def _recurrence(event: Event) -> Json | None:
    facts: Appointment = event.facts
    if event.occurrence is not None or facts.recurrence is None:
        return None
    return recurrence_json(facts.recurrence, facts.zone_id)
