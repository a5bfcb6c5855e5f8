"""Licences: the products that are assigned, and the service plan in them that makes a mailbox.

Names and ids: https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from calconnect.mock_tenant.graph.request import Json
from calconnect.mock_tenant.state.online.directory import Licence, OnlineUser


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """A part of a product."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Product:
    """What is bought and assigned (a SKU)."""

    sku_id: str
    name: str
    exchange: ServicePlan


_PLAN_2 = ServicePlan("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE")
_PLAN_1 = ServicePlan("9aaf7827-d63c-4b61-89c3-182f06f82e5c", "EXCHANGE_S_STANDARD")
_KIOSK = ServicePlan("4a82b400-a79f-41a4-b4e2-e94f5787b113", "EXCHANGE_S_DESKLESS")
_PRODUCTS: Mapping[Licence, Product] = MappingProxyType(
    {
        Licence.E3: Product("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3", _PLAN_2),
        Licence.E5: Product("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", _PLAN_2),
        Licence.PLAN_1: Product("4b9405b0-7788-4568-add1-99614e613b69", "EXCHANGESTANDARD", _PLAN_1),
        Licence.PLAN_2: Product("19ec0d23-8335-4cbd-94ac-6050e30712fa", "EXCHANGEENTERPRISE", _PLAN_2),
        Licence.F3: Product("66b55226-6b4f-492c-910c-a3b7a3c9d993", "SPE_F1", _KIOSK),
        Licence.F1: Product("44575883-256e-4a79-9da4-ebe9acabe2b2", "M365_F1", _KIOSK),
        Licence.KIOSK: Product("80b2d799-d2ba-4d2a-8842-fb0d0f3a4b82", "EXCHANGEDESKLESS", _KIOSK),
    }
)
_ASSIGNED = "2024-01-15T09:00:00Z"
"""When all of them were assigned."""


def licence_of(user: OnlineUser) -> Product | None:
    """Return the product that is assigned to a user; None: none is."""
    return _PRODUCTS.get(user.licence)


def exchange_plan(user: OnlineUser) -> Json | None:
    """Return a user's entry of ``assignedPlans`` for Exchange; None: there is none."""
    product = licence_of(user)
    if product is None:
        return None
    return {
        "assignedDateTime": _ASSIGNED,
        "capabilityStatus": "Enabled",
        "service": "exchange",
        "servicePlanId": product.exchange.id,
    }
