"""Groups, directory roles and users side by side, as members and memberships name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from calconnect.mock_tenant.graph.errors import bad_request
from calconnect.mock_tenant.graph.odata import DIRECTORY, collection
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.graph.resources.users import USUAL, user_object
from calconnect.mock_tenant.state.online.directory import OnlineGroup, OnlineUser, object_id

_TYPE = "@odata.type"
_CASTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "user": ("#microsoft.graph.user", "users"),
        "group": ("#microsoft.graph.group", "groups"),
        "directoryrole": ("#microsoft.graph.directoryRole", "directoryRoles"),
    }
)
"""Type in lower case → what objects of it are marked with, and the set that they are of."""
_TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
        "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
        "Billing Administrator": "b0f54661-2d74-4c50-afa3-1ec803f12efe",
        "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
        "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
        "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
        "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
        "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
        "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
        "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
        "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
        "SharePoint Administrator": "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
        "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
        "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    }
)
"""https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference"""


def group_object(group: OnlineGroup) -> Json:
    """Return a group with all properties. Source: https://learn.microsoft.com/graph/api/resources/group"""
    return {
        "id": group.id,
        "deletedDateTime": None,
        "createdDateTime": "2024-01-15T09:00:00Z",
        "description": None,
        "displayName": group.name,
        "groupTypes": [],
        "isAssignableToRole": True if group.directory_roles else None,
        "mail": group.email if group.mail_enabled else None,
        "mailEnabled": group.mail_enabled,
        "mailNickname": group.email.partition("@")[0],
        "onPremisesSyncEnabled": None,
        "proxyAddresses": [f"SMTP:{group.email}"] if group.mail_enabled else [],
        "securityEnabled": group.security,
        "visibility": None,
    }


def role_object(name: str) -> Json:
    """Return a directory role. Source: https://learn.microsoft.com/graph/api/resources/directoryrole"""
    return {
        "id": object_id("directory-role", name),
        "deletedDateTime": None,
        "description": None,
        "displayName": name,
        "roleTemplateId": _TEMPLATES.get(name) or object_id("role-template", name),
    }


def typed(thing: OnlineUser | OnlineGroup | str) -> Json:
    """Return a user, a group or a directory role (by its name), marked with its type."""
    if isinstance(thing, OnlineUser):
        return {_TYPE: "#microsoft.graph.user"} | user_object(thing)
    if isinstance(thing, OnlineGroup):
        return {_TYPE: "#microsoft.graph.group"} | group_object(thing)
    return {_TYPE: "#microsoft.graph.directoryRole"} | role_object(thing)


def cast_collection(request: GraphRequest, objects: Sequence[Json]) -> GraphResponse:
    """Answer with a page of marked objects, those of ``{cast}`` alone if the path has one.

    Raises:
        GraphError: 400: the path names no type that can stand there.
    """
    cast = request.parameters.get("cast")
    if cast is None:
        shown = objects if "$select" in request.query else [_as_member(one) for one in objects]
        return collection(request, "directoryObjects", shown, DIRECTORY)
    found = _CASTS.get(cast.lower().removeprefix("microsoft.").removeprefix("graph."))
    if found is None or "." not in cast:
        raise bad_request(f"Resource not found for the segment '{cast}'.")
    mark, what = found
    bare = [{name: value for name, value in one.items() if name != _TYPE} for one in objects if one[_TYPE] == mark]
    return collection(request, what, bare, DIRECTORY, usual=USUAL if what == "users" else None)


def _as_member(item: Json) -> Json:
    """Return an object as it comes among others: a user without what ``$select`` has to ask for."""
    if item[_TYPE] != "#microsoft.graph.user":
        return item
    return {name: value for name, value in item.items() if name in USUAL or name == _TYPE}
