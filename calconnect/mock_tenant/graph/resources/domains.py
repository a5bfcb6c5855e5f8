"""The domains of the tenant. Source: https://learn.microsoft.com/graph/api/resources/domain"""

from __future__ import annotations

from calconnect.mock_tenant.graph.errors import not_found
from calconnect.mock_tenant.graph.odata import DIRECTORY, collection, entity
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.state.online.directory import OnlineDomain

_PERMISSIONS = ("Domain.Read.All",)


def domain_object(domain: OnlineDomain) -> Json:
    """Return a domain with all properties. One that is not verified offers nothing."""
    services = ["Email", "OfficeCommunicationsOnline"] if domain.email else ["OfficeCommunicationsOnline"]
    return {
        "authenticationType": "Managed",
        "availabilityStatus": None,
        "id": domain.name,
        "isAdminManaged": True,
        "isDefault": domain.default,
        "isInitial": domain.initial,
        "isRoot": True,
        "isVerified": domain.verified,
        "supportedServices": services if domain.verified else [],
        "passwordValidityPeriodInDays": 2147483647,
        "passwordNotificationWindowInDays": 14,
        "state": None,
    }


def list_domains(request: GraphRequest) -> GraphResponse:
    """Answer with the domains."""
    return collection(request, "domains", map(domain_object, request.half.domains), DIRECTORY)


def get_domain(request: GraphRequest) -> GraphResponse:
    """Answer with a domain."""
    name = request.parameters["domain"]
    found = next((one for one in request.half.domains if one.name.lower() == name.lower()), None)
    if found is None:
        raise not_found(name)
    return entity(request, "domains/$entity", domain_object(found))


ROUTES = (
    Route("GET", "domains", list_domains, _PERMISSIONS),
    Route("GET", "domains/{domain}", get_domain, _PERMISSIONS),
)
