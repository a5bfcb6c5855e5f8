"""Rooms and lists of rooms: https://learn.microsoft.com/graph/api/place-list"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.graph.errors import GraphError
from calconnect.mock_tenant.graph.odata import Paging, collection, entity
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json, Workload
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.online.directory import Location, OnlineGroup, OnlineUser, object_id
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.members import direct_members

_READ = ("Place.Read.All",)
_PAGING = Paging(100, 100)


def room_json(user: OnlineUser) -> Json:
    """Return a room with all properties."""
    room = user.recipient
    return {
        **_place(object_id("place", room.email), room.name),
        "emailAddress": room.email,
        "nickname": room.name,
        "building": None,
        "floorNumber": None,
        "floorLabel": None,
        "capacity": None,
        "bookingType": "standard",
        "audioDeviceName": None,
        "videoDeviceName": None,
        "displayDeviceName": None,
    }


def room_list_json(group: OnlineGroup) -> Json:
    """Return a list of rooms with all properties."""
    return {**_place(object_id("place", group.email), group.name), "emailAddress": group.email}


def _place(identity: str, name: str) -> Json:
    return {
        "id": identity,
        "displayName": name,
        "address": None,
        "geoCoordinates": None,
        "phone": "",
        "label": None,
        "tags": [],
        "isWheelChairAccessible": False,
    }


def _is_room(user: OnlineUser) -> bool:
    return user.recipient.kind is RecipientKind.ROOM and user.location is Location.ONLINE and user.recipient.has_mailbox


def _rooms(users: Iterable[object]) -> list[Json]:
    return [room_json(one) for one in users if isinstance(one, OnlineUser) and _is_room(one)]


def _room_lists(half: OnlineHalf) -> list[OnlineGroup]:
    return [group for group in half.groups.values() if group.room_list]


def list_rooms(request: GraphRequest) -> GraphResponse:
    """Answer with all rooms."""
    return collection(request, "places/microsoft.graph.room", _rooms(request.half.users.values()), _PAGING)


def list_room_lists(request: GraphRequest) -> GraphResponse:
    """Answer with all lists of rooms."""
    found = [room_list_json(group) for group in _room_lists(request.half)]
    return collection(request, "places/microsoft.graph.roomList", found, _PAGING)


def list_rooms_of_list(request: GraphRequest) -> GraphResponse:
    """Answer with the rooms of a list."""
    group = _room_list(request.half, request.parameters["place"])
    if group is None:
        raise _no_place(request.parameters["place"])
    what = f"places('{group.email}')/microsoft.graph.roomList/rooms"
    return collection(request, what, _rooms(direct_members(request.half, group)), _PAGING)


def get_place(request: GraphRequest) -> GraphResponse:
    """Answer with a room or a list of rooms, by id or address."""
    name = request.parameters["place"]
    group = _room_list(request.half, name)
    if group is not None:
        return _typed(request, "roomList", room_list_json(group))
    for room in _rooms(request.half.users.values()):
        if name.lower() in (room["id"], room["emailAddress"].lower()):
            return _typed(request, "room", room)
    raise _no_place(name)


def _typed(request: GraphRequest, kind: str, place: Json) -> GraphResponse:
    return entity(request, "places/$entity", {"@odata.type": f"#microsoft.graph.{kind}", **place}, always=("id",))


def _room_list(half: OnlineHalf, name: str) -> OnlineGroup | None:
    wanted = name.lower()
    return next(
        (one for one in _room_lists(half) if wanted in (one.email.lower(), object_id("place", one.email))), None
    )


def _no_place(name: str) -> GraphError:
    return GraphError(404, "ErrorItemNotFound", f"The place '{name}' was not found.")


ROUTES = (
    Route("GET", "places/microsoft.graph.room", list_rooms, _READ, Workload.EXCHANGE),
    Route("GET", "places/microsoft.graph.roomlist", list_room_lists, _READ, Workload.EXCHANGE),
    Route("GET", "places/{place}", get_place, _READ, Workload.EXCHANGE),
    Route("GET", "places/{place}/microsoft.graph.roomlist/rooms", list_rooms_of_list, _READ, Workload.EXCHANGE),
)
