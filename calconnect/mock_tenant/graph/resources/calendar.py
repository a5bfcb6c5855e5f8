"""Calendars and their groups: https://learn.microsoft.com/graph/api/resources/calendar"""

from __future__ import annotations

from calconnect.mock_tenant.graph.odata import Paging, collection, entity
from calconnect.mock_tenant.graph.outlook.problems import invalid_request, invalid_value, no_item
from calconnect.mock_tenant.graph.outlook.things import calendars_of, context_of, find_calendar, graph_id, read_id
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json, Workload, no_content
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

_READ, _WRITE = ("Calendars.ReadBasic.All",), ("Calendars.ReadWrite",)
_PAGING = Paging(10, 1000)
_GROUP_CLASS = "0006f0b7-0000-0000-c000-000000000046"
"""Of the group My Calendars: https://learn.microsoft.com/graph/api/resources/calendargroup"""
_FOLDER_CLASS = "IPF.Appointment"
_MEETINGS = "teamsForBusiness"


def calendar_json(mailbox: Mailbox, folder: Folder) -> Json:
    """Return a calendar with all properties."""
    is_default = folder.distinguished == "calendar"
    return {
        "id": graph_id(mailbox.folder_id(folder)),
        "name": folder.name,
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": is_default,
        "changeKey": mailbox.key_of(folder),
        "canShare": True,
        "canViewPrivateItems": True,
        "canEdit": True,
        "allowedOnlineMeetingProviders": [_MEETINGS],
        "defaultOnlineMeetingProvider": _MEETINGS,
        "isTallyingResponses": is_default,
        "isRemovable": not folder.distinguished,
        "owner": {"name": mailbox.recipient.name, "address": mailbox.recipient.email},
    }


def get_calendar(request: GraphRequest) -> GraphResponse:
    """Answer with a calendar: the default one, or the one that is named."""
    folder = find_calendar(request)
    tail = "calendars/$entity" if "calendar" in request.parameters else "calendar/$entity"
    return entity(request, context_of(request, tail), calendar_json(request.mailbox, folder), always=("id",))


def list_calendars(request: GraphRequest) -> GraphResponse:
    """Answer with the calendars of a mailbox."""
    if "group" in request.parameters:
        _check_group(request)
    found = [calendar_json(request.mailbox, folder) for folder in calendars_of(request.mailbox)]
    return collection(request, context_of(request, "calendars"), found, _PAGING, always=("id",))


def create_calendar(request: GraphRequest) -> GraphResponse:
    """Make a calendar."""
    mailbox = request.mailbox
    folder = mailbox.add_folder(mailbox.distinguished("calendar"), _name(request.object_body()), _FOLDER_CLASS)
    return entity(request, context_of(request, "calendars/$entity"), calendar_json(mailbox, folder), status=201)


def change_calendar(request: GraphRequest) -> GraphResponse:
    """Give a calendar another name."""
    folder, body = find_calendar(request), request.object_body()
    if "name" in body:
        folder.name = _name(body)
        request.mailbox.touch_folder(folder)
    return entity(request, context_of(request, "calendars/$entity"), calendar_json(request.mailbox, folder))


def _name(body: Json) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid_value("name")
    return name


def delete_calendar(request: GraphRequest) -> GraphResponse:
    """Delete a calendar; a default folder is not deleted."""
    folder = find_calendar(request)
    if folder.distinguished:
        raise invalid_request("Your request can't be completed. The default calendar can't be deleted.")
    request.mailbox.remove_folder(folder)
    return no_content()


def _group_json(mailbox: Mailbox) -> Json:
    root = mailbox.distinguished("msgfolderroot")
    return {
        "id": graph_id(mailbox.folder_id(root)),
        "name": "My Calendars",
        "classId": _GROUP_CLASS,
        "changeKey": mailbox.key_of(root),
    }


def list_groups(request: GraphRequest) -> GraphResponse:
    """Answer with the groups of calendars: there is the one that every mailbox begins with."""
    return collection(request, context_of(request, "calendarGroups"), [_group_json(request.mailbox)], _PAGING)


def get_group(request: GraphRequest) -> GraphResponse:
    """Answer with the group of calendars."""
    _check_group(request)
    return entity(request, context_of(request, "calendarGroups/$entity"), _group_json(request.mailbox))


def _check_group(request: GraphRequest) -> None:
    text = request.parameters["group"]
    read_id(text, request.mailbox)
    if text != _group_json(request.mailbox)["id"]:
        raise no_item()


ROUTES = (
    Route("GET", "users/{user}/calendar", get_calendar, _READ, Workload.EXCHANGE),
    Route("PATCH", "users/{user}/calendar", change_calendar, _WRITE, Workload.EXCHANGE),
    Route("GET", "users/{user}/calendars", list_calendars, _READ, Workload.EXCHANGE),
    Route("POST", "users/{user}/calendars", create_calendar, _WRITE, Workload.EXCHANGE),
    Route("GET", "users/{user}/calendars/{calendar}", get_calendar, _READ, Workload.EXCHANGE),
    Route("PATCH", "users/{user}/calendars/{calendar}", change_calendar, _WRITE, Workload.EXCHANGE),
    Route("DELETE", "users/{user}/calendars/{calendar}", delete_calendar, _WRITE, Workload.EXCHANGE),
    Route("GET", "users/{user}/calendarGroups", list_groups, _READ, Workload.EXCHANGE),
    Route("GET", "users/{user}/calendarGroups/{group}", get_group, _READ, Workload.EXCHANGE),
    Route("GET", "users/{user}/calendarGroups/{group}/calendars", list_calendars, _READ, Workload.EXCHANGE),
)
