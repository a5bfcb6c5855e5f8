"""Application permissions (app roles) of Microsoft Graph and of Exchange Online, by name and id.

Source: https://learn.microsoft.com/graph/permissions-reference ; ``full_access_as_app``:
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from calconnect.mock_tenant.entra.clouds import Resource
from calconnect.mock_tenant.state.online.directory import Application, object_id

NAMES: Mapping[Resource, str] = MappingProxyType(
    {Resource.GRAPH: "Microsoft Graph", Resource.EXCHANGE: "Office 365 Exchange Online"}
)
"""What the services' own service principals are called."""
APP_ROLES: Mapping[Resource, Mapping[str, str]] = MappingProxyType(
    {
        Resource.GRAPH: MappingProxyType(
            {
                "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
                "Calendars.Read": "798ee544-9d2d-430c-a058-570e29e34338",
                "Calendars.ReadBasic.All": "8ba4a692-bc31-4128-9094-475872af8a53",
                "Calendars.ReadWrite": "ef54d2bf-783f-4e0f-bca1-3210c0444d99",
                "Contacts.Read": "089fe4d0-434a-44c5-8827-41ba8a0b17f5",
                "Contacts.ReadWrite": "6918b873-d17a-4dc1-b314-35f528134491",
                "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
                "Directory.ReadWrite.All": "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
                "Domain.Read.All": "dbb9058a-0e50-45d7-ae91-66909b5d4664",
                "Group.Read.All": "5b567255-7703-4780-807c-7be8301ae99b",
                "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
                "LicenseAssignment.Read.All": "e2f98668-2877-4f38-a2f4-8202e0717aa1",
                "Mail.Read": "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
                "Mail.ReadWrite": "e2a3a72e-5f79-4c64-b1b1-878b674786c9",
                "Mail.Send": "b633e1c5-b582-4048-a93e-9f11b44c7e96",
                "MailboxSettings.Read": "40f97065-369a-49f4-947c-6a255697ae91",
                "MailboxSettings.ReadWrite": "6931bccd-447a-43d1-b442-00a195474933",
                "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
                "Place.Read.All": "913b9306-0ce1-42b8-9137-6a7df690a760",
                "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
                "Policy.Read.ConditionalAccess": "37730810-e9ba-4e46-b07e-8ca78d182097",
                "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
                "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
                "User.ReadWrite.All": "741f803b-c850-494e-b5df-cde7c675a1ca",
            }
        ),
        Resource.EXCHANGE: MappingProxyType(
            {
                "Exchange.ManageAsApp": "dc50a0fb-09a3-484d-be87-e023b12c6440",
                "full_access_as_app": "dc890d15-9560-4a4c-9b7f-a736ec74ec40",
            }
        ),
    }
)

_SPELLINGS: Mapping[str, str] = MappingProxyType({"Places.Read.All": "Place.Read.All"})
"""The vendor's page has a name that Graph does not know for the permission that it means:
https://docs.cronofy.com/calendar-admins/enterprise-connect-office365-graph/which-graph-scopes-does-cronofy-utilize/"""


@dataclass(frozen=True, slots=True)
class Permission:
    """An application permission of a service."""

    resource: Resource
    name: str

    @property
    def id(self) -> str:
        """The app role's id; of a permission that is not in the table, one that stays the same."""
        return APP_ROLES[self.resource].get(self.name) or object_id(f"app-role of {self.resource}", self.name)


def permission_of(text: str) -> Permission:
    """Return the permission that an application's entry names: ``Calendars.ReadWrite`` is Graph's; another service's
    name stands in front: ``Office 365 Exchange Online: full_access_as_app``."""
    service, colon, name = text.partition(": ")
    for resource, known in NAMES.items():
        if colon and service == known:
            return Permission(resource, name)
    return Permission(Resource.GRAPH, _SPELLINGS.get(text, text))


def roles_of(application: Application, resource: Resource, at: datetime) -> list[str]:
    """Return the names of what an application may do at a service, sorted: the ``roles`` of tokens made ``at``."""
    if application.granted_at is not None and application.granted_at > at:
        return []
    granted = map(permission_of, application.permissions)
    return sorted({one.name for one in granted if one.resource is resource})
