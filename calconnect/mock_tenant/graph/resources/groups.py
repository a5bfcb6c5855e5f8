"""Groups and who is in them. Source: https://learn.microsoft.com/graph/api/resources/group"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.graph.directory_objects import cast_collection, group_object, typed
from calconnect.mock_tenant.graph.errors import not_found
from calconnect.mock_tenant.graph.odata import DIRECTORY, collection, entity
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse
from calconnect.mock_tenant.state.online.directory import OnlineGroup, OnlineUser
from calconnect.mock_tenant.state.online.members import direct_members, transitive_members

_PERMISSIONS = ("GroupMember.Read.All",)


def list_groups(request: GraphRequest) -> GraphResponse:
    """Answer with a page of groups."""
    return collection(request, "groups", map(group_object, request.half.groups.values()), DIRECTORY)


def get_group(request: GraphRequest) -> GraphResponse:
    """Answer with a group."""
    return entity(request, "groups/$entity", group_object(_group(request)))


def list_members(request: GraphRequest) -> GraphResponse:
    """Answer with who stands in a group itself."""
    return _members(request, direct_members(request.half, _group(request)))


def list_transitive_members(request: GraphRequest) -> GraphResponse:
    """Answer with who is in a group, directly or through groups in it."""
    return _members(request, transitive_members(request.half, _group(request)))


def _members(request: GraphRequest, members: Iterable[OnlineUser | OnlineGroup]) -> GraphResponse:
    return cast_collection(request, [typed(one) for one in members])


def _group(request: GraphRequest) -> OnlineGroup:
    name = request.parameters["group"]
    found = request.half.group(name)
    if found is None or found.id != name.lower():
        raise not_found(name)
    return found


ROUTES = (
    Route("GET", "groups", list_groups, _PERMISSIONS),
    Route("GET", "groups/{group}", get_group, _PERMISSIONS),
    Route("GET", "groups/{group}/members", list_members, _PERMISSIONS),
    Route("GET", "groups/{group}/members/{cast}", list_members, _PERMISSIONS),
    Route("GET", "groups/{group}/transitiveMembers", list_transitive_members, _PERMISSIONS),
    Route("GET", "groups/{group}/transitiveMembers/{cast}", list_transitive_members, _PERMISSIONS),
)
