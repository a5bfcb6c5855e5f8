"""Conditional Access: policies, named locations, and what-if.

Source: https://learn.microsoft.com/graph/api/conditionalaccessroot-evaluate and
https://learn.microsoft.com/graph/api/resources/whatifanalysisresult
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calconnect.mock_tenant.entra.clouds import Resource
from calconnect.mock_tenant.graph.errors import bad_request
from calconnect.mock_tenant.graph.odata import DIRECTORY, collection
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.state.online.directory import OnlineUser, object_id
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.online.members import holds
from calconnect.mock_tenant.state.online.policies import ConditionalAccessPolicy, NamedLocation

_PERMISSIONS = ("Policy.Read.ConditionalAccess",)
_USER, _WORKLOAD = "#microsoft.graph.userSignIn", "#microsoft.graph.servicePrincipalSignIn"
_OFFICE = frozenset({Resource.EXCHANGE.value})
"""Of the applications that ``Office365`` stands for, those that a mock tenant has."""
_APPLIES = "notSet"


@dataclass(frozen=True, slots=True)
class _SignIn:
    user: OnlineUser | None
    """None: an application's own sign-in."""
    applications: frozenset[str]
    client: str
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None


def evaluate(request: GraphRequest) -> GraphResponse:
    """Answer with what every policy would do at a sign-in.

    Raises:
        GraphError: 429 without ``Retry-After`` if the last one is not a second ago; 400: it cannot be understood.
    """
    request.limits.take_what_if(request.at)
    half, body = request.half, request.object_body()
    sign_in = _read(half, body)
    results: list[Json] = []
    for policy in half.conditional_access:
        reason = _reason(half, policy, sign_in)
        if reason == _APPLIES or not body.get("appliedPoliciesOnly"):
            results.append(
                policy_object(half, policy) | {"policyApplies": reason == _APPLIES, "analysisReasons": reason}
            )
    return GraphResponse(
        {
            "@odata.context": f"{request.version_url}/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)",
            "value": results,
        }
    )


def list_policies(request: GraphRequest) -> GraphResponse:
    """Answer with the policies."""
    policies = [policy_object(request.half, one) for one in request.half.conditional_access]
    return collection(request, "identity/conditionalAccess/policies", policies, DIRECTORY)


def list_locations(request: GraphRequest) -> GraphResponse:
    """Answer with the named locations."""
    locations = map(location_object, request.half.locations.values())
    return collection(request, "identity/conditionalAccess/namedLocations", locations, DIRECTORY)


def policy_object(half: OnlineHalf, policy: ConditionalAccessPolicy) -> Json:
    """Return a policy. Source: https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy"""
    places: Json | None = {
        "includeLocations": [_location_id(one) for one in policy.locations],
        "excludeLocations": [_location_id(one) for one in policy.excluded_locations],
    }
    if policy.locations == ("All",) and not policy.excluded_locations:
        places = None
    return {
        "id": object_id("conditional-access", policy.name),
        "templateId": None,
        "displayName": policy.name,
        "createdDateTime": "2024-01-15T09:00:00Z",
        "modifiedDateTime": None,
        "state": policy.state,
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": list(policy.client_app_types),
            "platforms": None,
            "locations": places,
            "applications": {
                "includeApplications": list(policy.applications),
                "excludeApplications": [],
                "includeUserActions": [],
            },
            "users": {
                "includeUsers": _ids(half, policy.users, groups=False),
                "excludeUsers": _ids(half, policy.excluded_users, groups=False),
                "includeGroups": _ids(half, policy.users, groups=True),
                "excludeGroups": _ids(half, policy.excluded_users, groups=True),
                "includeRoles": [],
                "excludeRoles": [],
            },
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": list(policy.controls),
            "customAuthenticationFactors": [],
            "termsOfUse": [],
        },
        "sessionControls": None,
    }


def location_object(location: NamedLocation) -> Json:
    """Return a named location. Source: https://learn.microsoft.com/graph/api/resources/ipnamedlocation"""
    return {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": _location_id(location.name),
        "displayName": location.name,
        "createdDateTime": "2024-01-15T09:00:00Z",
        "isTrusted": location.trusted,
        "ipRanges": [
            {"@odata.type": f"#microsoft.graph.iPv{6 if ':' in one else 4}CidrRange", "cidrAddress": one}
            for one in location.ranges
        ],
    }


def _read(half: OnlineHalf, body: Json) -> _SignIn:
    identity = body.get("signInIdentity")
    context = body.get("signInContext")
    conditions = body.get("signInConditions") or {}
    if not isinstance(identity, Mapping) or not isinstance(context, Mapping) or not isinstance(conditions, Mapping):
        raise bad_request("signInIdentity and signInContext are required.")
    kind = identity.get("@odata.type", _USER)
    user: OnlineUser | None = None
    if kind == _USER:
        wanted = str(identity.get("userId", "")).lower()
        user = next((one for one in half.users.values() if one.id == wanted), None)
        if user is None:
            raise bad_request("The user of signInIdentity was not found.")
    elif kind != _WORKLOAD:
        raise bad_request(f"signInIdentity of the type '{kind}' is not known.")
    text = conditions.get("ipAddress")
    try:
        address = None if not text else ipaddress.ip_address(text)
    except ValueError:
        raise bad_request(f"'{text}' is no IP address.") from None
    applications = context.get("includeApplications") or []
    if not isinstance(applications, list):
        raise bad_request("includeApplications has to be a list.")
    client: Any = conditions.get("clientAppType") or ""
    return _SignIn(user, frozenset(str(one).lower() for one in applications), str(client), address)


def _reason(half: OnlineHalf, policy: ConditionalAccessPolicy, sign_in: _SignIn) -> str:
    """Return why a policy does not apply; ``notSet``: it does."""
    if policy.state == "disabled":
        return "policyNotEnabled"
    user = sign_in.user
    if user is None:
        return "workloadIdentities"
    if not _covers(half, policy.users, user) or _covers(half, policy.excluded_users, user):
        return "users"
    if not _names_application(policy, sign_in):
        return "application"
    if "all" not in policy.client_app_types and sign_in.client not in policy.client_app_types:
        return "clientApps" if sign_in.client else "notEnoughInformation"
    if sign_in.address is None and (policy.locations != ("All",) or policy.excluded_locations):
        return "notEnoughInformation"
    if not _is_in(half, policy.locations, sign_in) or _is_in(half, policy.excluded_locations, sign_in):
        return "location"
    return _APPLIES


def _covers(half: OnlineHalf, names: tuple[str, ...], user: OnlineUser) -> bool:
    return any(one == "All" or holds(half, one, user) for one in names)


def _names_application(policy: ConditionalAccessPolicy, sign_in: _SignIn) -> bool:
    wanted = {one.lower() for one in policy.applications}
    if "office365" in wanted:
        wanted |= _OFFICE
    return "all" in wanted or not wanted.isdisjoint(sign_in.applications)


def _is_in(half: OnlineHalf, names: tuple[str, ...], sign_in: _SignIn) -> bool:
    """Whether a sign-in comes from one of the locations."""
    if "All" in names:
        return True
    return any(
        sign_in.address in ipaddress.ip_network(cidr, strict=False)
        for location in half.locations.values()
        if location.name in names or (location.trusted and "AllTrusted" in names)
        for cidr in location.ranges
    )


def _ids(half: OnlineHalf, names: tuple[str, ...], *, groups: bool) -> list[str]:
    """Return the object ids of the groups, or of the others, among the names."""
    if groups:
        return [group.id for one in names if (group := half.groups.get(one.lower())) is not None]
    return [user.id if (user := half.user(one)) is not None else one for one in names if one.lower() not in half.groups]


def _location_id(name: str) -> str:
    return name if name in ("All", "AllTrusted") else object_id("named-location", name)


ROUTES = (
    Route("POST", "identity/conditionalAccess/evaluate", evaluate, _PERMISSIONS),
    Route("GET", "identity/conditionalAccess/policies", list_policies, _PERMISSIONS),
    Route("GET", "identity/conditionalAccess/namedLocations", list_locations, _PERMISSIONS),
)
