"""The licences of a user. Source: https://learn.microsoft.com/graph/api/user-list-licensedetails"""

from __future__ import annotations

from calconnect.mock_tenant.graph.odata import DIRECTORY, collection
from calconnect.mock_tenant.graph.plans import licence_of
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.state.online.directory import OnlineUser, object_id


def licence_details(user: OnlineUser) -> list[Json]:
    """Return the licence details of a user: one for each product."""
    product = licence_of(user)
    if product is None:
        return []
    plan = {
        "servicePlanId": product.exchange.id,
        "servicePlanName": product.exchange.name,
        "provisioningStatus": "Success",
        "appliesTo": "User",
    }
    return [
        {
            "id": object_id("licence", f"{user.id} {product.sku_id}"),
            "skuId": product.sku_id,
            "skuPartNumber": product.name,
            "servicePlans": [plan],
        }
    ]


def list_licence_details(request: GraphRequest) -> GraphResponse:
    """Answer with the licences of a user."""
    user = request.user
    return collection(request, f"users('{user.id}')/licenseDetails", licence_details(user), DIRECTORY)


ROUTES = (
    Route("GET", "users/{user}/licenseDetails", list_licence_details, ("User.Read.All", "LicenseAssignment.Read.All")),
)
