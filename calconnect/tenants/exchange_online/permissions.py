"""Which application permission a question about the directory needs, so that a refusal says which one is missing.

Questions about mailboxes are not among them: there a refusal may as well come of a policy or a scope. Source:
https://learn.microsoft.com/graph/permissions-reference, and the page of each operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Observation, Outcome

MISSING = "missing_permission"
"""The detail that names the permission."""

_APPLICATIONS, _GROUPS = "Application.Read.All", "GroupMember.Read.All"
_PLACES, _USERS = "Place.Read.All", "User.Read.All"

NEEDED: Mapping[str, str] = MappingProxyType(
    {
        "GET /organization": "Organization.Read.All",
        "GET /domains": "Domain.Read.All",
        "GET /users": _USERS,
        "GET /users/{address}": _USERS,
        "GET /users/{address}/transitiveMemberOf/microsoft.graph.directoryRole": "RoleManagement.Read.Directory",
        "GET /servicePrincipals(appId=…)": _APPLICATIONS,
        "GET /servicePrincipals/{id}": _APPLICATIONS,
        "GET /servicePrincipals/{id}/appRoleAssignments": _APPLICATIONS,
        "GET /groups": _GROUPS,
        "GET /groups/{id}/members": _GROUPS,
        "GET /groups/{id}/transitiveMembers": _GROUPS,
        "GET /places/microsoft.graph.roomlist": _PLACES,
        "GET /places/{list}/microsoft.graph.roomlist/rooms": _PLACES,
        "POST /identity/conditionalAccess/evaluate": "Policy.Read.ConditionalAccess",
    }
)
"""By operation, the least permission for calconnect's own application."""


def naming_permission(observation: Observation) -> Observation:
    """Return the observation; if the application had not the right to look, with the permission that it needs."""
    permission = NEEDED.get(observation.operation)
    refused = observation.outcome is Outcome.REFUSED
    if permission is None or not refused:
        return observation
    if meaning(observation.code, observation.http_status).kind is not Kind.REFUSAL_OF_RIGHTS:
        return observation
    reason = f"{observation.reason} It needs the permission {permission}."
    return replace(observation, reason=reason, details={**observation.details, MISSING: permission})
