"""Users. Source: https://learn.microsoft.com/graph/api/resources/user"""

from __future__ import annotations

from calconnect.mock_tenant.graph.odata import DIRECTORY, collection, entity
from calconnect.mock_tenant.graph.plans import exchange_plan, licence_of
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.online.directory import OnlineUser

USUAL = (
    *("id", "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
    *("preferredLanguage", "surname", "userPrincipalName"),
)
"""What comes without ``$select``: https://learn.microsoft.com/graph/api/user-get"""
PERMISSIONS = ("User.Read.All",)
_NO_PERSONS = frozenset({RecipientKind.ROOM, RecipientKind.EQUIPMENT, RecipientKind.SHARED})


def user_object(user: OnlineUser) -> Json:
    """Return a user with all properties."""
    recipient = user.recipient
    first, _, last = recipient.name.rpartition(" ")
    is_person = recipient.kind not in _NO_PERSONS
    plan, licence = exchange_plan(user), licence_of(user)
    return {
        "id": user.id,
        "deletedDateTime": None,
        "accountEnabled": user.enabled,
        "assignedLicenses": [] if licence is None else [{"disabledPlans": [], "skuId": licence.sku_id}],
        "assignedPlans": [] if plan is None else [plan],
        "businessPhones": [],
        "companyName": None,
        "department": recipient.department or None,
        "displayName": recipient.name,
        "employeeId": None,
        "givenName": first if is_person and first else None,
        "jobTitle": None,
        "mail": recipient.email or None,
        "mailNickname": recipient.email.partition("@")[0],
        "mobilePhone": None,
        "officeLocation": None,
        "onPremisesImmutableId": recipient.guid.hex if user.synced else None,
        "onPremisesSyncEnabled": True if user.synced else None,
        "otherMails": [],
        "preferredLanguage": recipient.language if is_person else None,
        "proxyAddresses": [f"SMTP:{recipient.email}", *(f"smtp:{alias}" for alias in recipient.aliases)],
        "showInAddressList": False if recipient.hidden else None,
        "surname": last if is_person else None,
        "usageLocation": "GB",
        "userPrincipalName": user.user_principal_name,
        "userType": "Member",
    }


def list_users(request: GraphRequest) -> GraphResponse:
    """Answer with a page of users."""
    users = map(user_object, request.half.users.values())
    return collection(request, "users", users, DIRECTORY, usual=USUAL)


def get_user(request: GraphRequest) -> GraphResponse:
    """Answer with a user."""
    return entity(request, "users/$entity", user_object(request.user), usual=USUAL)


ROUTES = (
    Route("GET", "users", list_users, PERMISSIONS),
    Route("GET", "users/{user}", get_user, PERMISSIONS),
)
