"""Service principals and what they were granted: those of the tenant's applications, of Graph and of Exchange Online.

Source: https://learn.microsoft.com/graph/api/resources/serviceprincipal and
https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignments
"""

from __future__ import annotations

import base64

from calconnect.mock_tenant.entra.clouds import Resource
from calconnect.mock_tenant.entra.permissions import APP_ROLES, NAMES, Permission, permission_of
from calconnect.mock_tenant.graph.errors import not_found
from calconnect.mock_tenant.graph.odata import DIRECTORY, collection, entity
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.state.online.directory import Application, object_id
from calconnect.mock_tenant.state.online.half import OnlineHalf

_PERMISSIONS = ("Application.Read.All",)
_MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant that owns Microsoft's own applications:
https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in"""


def service_principals(half: OnlineHalf) -> list[Json]:
    """Return all service principals with all properties."""
    return [
        *(_of_application(half, one) for one in half.applications.values()),
        *(_of_service(half, one) for one in Resource),
    ]


def app_role_assignments(half: OnlineHalf) -> list[Json]:
    """Return every grant of an application permission that is in force."""
    at = half.now()
    return [
        _assignment(application, permission)
        for application in half.applications.values()
        if application.granted_at is None or application.granted_at <= at
        for permission in sorted(map(permission_of, application.permissions), key=lambda one: (one.resource, one.name))
    ]


def list_service_principals(request: GraphRequest) -> GraphResponse:
    """Answer with a page of service principals."""
    return collection(request, "servicePrincipals", service_principals(request.half), DIRECTORY)


def get_service_principal(request: GraphRequest) -> GraphResponse:
    """Answer with a service principal, by its object id or by its App ID."""
    return entity(request, "servicePrincipals/$entity", _find(request))


def list_assignments(request: GraphRequest) -> GraphResponse:
    """Answer with what a service principal was granted."""
    found = _find(request)
    granted = [one for one in app_role_assignments(request.half) if one["principalId"] == found["id"]]
    return collection(request, f"servicePrincipals('{found['id']}')/appRoleAssignments", granted, DIRECTORY)


def list_assigned_to(request: GraphRequest) -> GraphResponse:
    """Answer with what was granted of a service."""
    found = _find(request)
    granted = [one for one in app_role_assignments(request.half) if one["resourceId"] == found["id"]]
    return collection(request, f"servicePrincipals('{found['id']}')/appRoleAssignedTo", granted, DIRECTORY)


def _find(request: GraphRequest) -> Json:
    parameters = request.parameters
    key = "appId" if "app_id" in parameters else "id"
    wanted = parameters.get("app_id") or parameters["principal"]
    for one in service_principals(request.half):
        if one[key].lower() == wanted.lower():
            return one
    raise not_found(wanted)


def _of_application(half: OnlineHalf, application: Application) -> Json:
    owner = half.tenant_id if application.own else object_id("tenant of application", application.app_id)
    return _principal(application.id, application.app_id, application.name, owner) | {
        "accountEnabled": application.enabled,
        "appRoles": [],
        "createdDateTime": _moment(application),
        "signInAudience": "AzureADMyOrg" if application.own else "AzureADMultipleOrgs",
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
    }


def _of_service(half: OnlineHalf, resource: Resource) -> Json:
    granted = {permission_of(text) for application in half.applications.values() for text in application.permissions}
    names = set(APP_ROLES[resource]) | {one.name for one in granted if one.resource is resource}
    return _principal(_service_id(resource), resource.value, NAMES[resource], _MICROSOFT) | {
        "accountEnabled": True,
        "appRoles": [
            {
                "allowedMemberTypes": ["Application"],
                "description": name,
                "displayName": name,
                "id": Permission(resource, name).id,
                "isEnabled": True,
                "origin": "Application",
                "value": name,
            }
            for name in sorted(names)
        ],
        "createdDateTime": None,
        "signInAudience": "AzureADMultipleOrgs",
        "tags": [],
    }


def _principal(identity: str, app_id: str, name: str, owner: str) -> Json:
    return {
        "id": identity,
        "deletedDateTime": None,
        "appDisplayName": name,
        "appId": app_id,
        "appOwnerOrganizationId": owner,
        "appRoleAssignmentRequired": False,
        "displayName": name,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "keyCredentials": [],
        "passwordCredentials": [],
        "oauth2PermissionScopes": [],
    }


def _assignment(application: Application, permission: Permission) -> Json:
    name = f"{application.app_id} {permission.resource} {permission.name}"
    return {
        "id": base64.urlsafe_b64encode(object_id("app-role-assignment", name).encode()).decode().rstrip("="),
        "deletedDateTime": None,
        "appRoleId": permission.id,
        "createdDateTime": _moment(application),
        "principalDisplayName": application.name,
        "principalId": application.id,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": NAMES[permission.resource],
        "resourceId": _service_id(permission.resource),
    }


def _moment(application: Application) -> str | None:
    """Return when the consent was given, in UTC."""
    return None if application.granted_at is None else application.granted_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _service_id(resource: Resource) -> str:
    return object_id("service-principal", resource.value)


def _routes(path: str) -> tuple[Route, ...]:
    return (
        Route("GET", path, get_service_principal, _PERMISSIONS),
        Route("GET", f"{path}/appRoleAssignments", list_assignments, _PERMISSIONS),
        Route("GET", f"{path}/appRoleAssignedTo", list_assigned_to, _PERMISSIONS),
    )


ROUTES = (
    Route("GET", "servicePrincipals", list_service_principals, _PERMISSIONS),
    *_routes("servicePrincipals/{principal}"),
    *_routes("servicePrincipals(appId='{app_id}')"),
)
