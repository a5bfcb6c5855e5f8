"""What a user is a member of: groups and directory roles, directly and through groups.

Source: https://learn.microsoft.com/graph/api/user-list-transitivememberof ; roles that a user may only activate
(Privileged Identity Management) are not among them.
"""

from __future__ import annotations

from calconnect.mock_tenant.graph.directory_objects import cast_collection, role_object, typed
from calconnect.mock_tenant.graph.odata import DIRECTORY, collection
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse
from calconnect.mock_tenant.state.online.members import directory_roles_of, groups_of

_PERMISSIONS = ("User.Read.All", "GroupMember.Read.All", "RoleManagement.Read.Directory")


def list_member_of(request: GraphRequest) -> GraphResponse:
    """Answer with the groups and roles that hold a user directly."""
    user = request.user
    groups = map(typed, request.half.groups_with(user.recipient.email))
    return cast_collection(request, [*groups, *map(typed, user.directory_roles)])


def list_transitive_member_of(request: GraphRequest) -> GraphResponse:
    """Answer with the groups and roles that hold a user, directly or through groups."""
    half, user = request.half, request.user
    return cast_collection(request, [*map(typed, groups_of(half, user)), *map(typed, directory_roles_of(half, user))])


def list_directory_roles(request: GraphRequest) -> GraphResponse:
    """Answer with the directory roles that somebody has."""
    half = request.half
    names = [name for user in half.users.values() for name in directory_roles_of(half, user)]
    return collection(request, "directoryRoles", map(role_object, dict.fromkeys(names)), DIRECTORY)


ROUTES = (
    Route("GET", "users/{user}/memberOf", list_member_of, _PERMISSIONS),
    Route("GET", "users/{user}/memberOf/{cast}", list_member_of, _PERMISSIONS),
    Route("GET", "users/{user}/transitiveMemberOf", list_transitive_member_of, _PERMISSIONS),
    Route("GET", "users/{user}/transitiveMemberOf/{cast}", list_transitive_member_of, _PERMISSIONS),
    Route("GET", "directoryRoles", list_directory_roles, ("RoleManagement.Read.Directory",)),
)
