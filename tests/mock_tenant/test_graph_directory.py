"""The directory over the mock's Graph: shapes, queries, memberships, consent, Conditional Access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from calconnect.mock_tenant.server import MockTenant
from calconnect.mock_tenant.state.online.policies import ConditionalAccessPolicy, NamedLocation
from tests.mock_tenant.graph_client import NOW, OWN, TENANT, VENDOR, GraphClient, half_of, online_tenant

EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
GRAPH = "00000003-0000-0000-c000-000000000000"


@pytest.fixture(scope="module")
def tenant() -> Iterator[MockTenant]:
    with online_tenant() as served:
        yield served


@pytest.fixture(scope="module")
def client(tenant: MockTenant) -> Iterator[GraphClient]:
    made = GraphClient(tenant)
    yield made
    made.close()


def mails(client: GraphClient, query: str, **headers: str) -> list[str]:
    found: list[dict[str, str]] = client.get(f"users?$select=mail&{query}", **headers)["value"]
    return [one["mail"].partition("@")[0] for one in found]


def test_a_user_comes_with_the_documented_properties(client: GraphClient) -> None:
    usual = client.get("users/ann@contoso.test")
    assert set(usual) == {
        *("@odata.context", "id", "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone"),
        *("officeLocation", "preferredLanguage", "surname", "userPrincipalName"),
    }
    assert client.get(f"users/{usual['id']}")["userPrincipalName"] == "ann@contoso.test"
    assert (usual["givenName"], usual["surname"]) == ("Ann", "O'Neil")


def test_select_names_what_comes(client: GraphClient) -> None:
    names = "mail,accountEnabled,onPremisesSyncEnabled,proxyAddresses,assignedPlans"
    found = client.get(f"users/dan@contoso.test?$select={names}")
    assert found.pop("@odata.context").endswith(f"$metadata#users({names})/$entity")
    (plan,) = found.pop("assignedPlans")
    assert (plan["service"], plan["capabilityStatus"]) == ("exchange", "Enabled")
    assert found == {
        "mail": "dan@contoso.test",
        "accountEnabled": True,
        "onPremisesSyncEnabled": True,
        "proxyAddresses": ["SMTP:dan@contoso.test", "smtp:dan.alias@contoso.test"],
    }


def test_a_user_is_found_by_id_and_user_principal_name_alone(client: GraphClient) -> None:
    assert client.get("users/ben.upn@contoso.test")["mail"] == "ben@contoso.test"
    assert client.refused("users/ben@contoso.test") == (404, "Request_ResourceNotFound")
    assert client.refused("users/ann.alias@contoso.test") == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("mail eq 'BEN@contoso.test'", ["ben"]),
        ("proxyAddresses/any(p:p eq 'smtp:ben.alias@contoso.test')", ["ben"]),
        ("proxyAddresses/any(p:startswith(p,'smtp:c'))", ["cat"]),
        ("startswith(mail,'a') or startsWith(mail, 'b') and accountEnabled eq false", ["ann"]),
        ("(startswith(mail,'a') or startswith(mail,'b')) and accountEnabled eq true", ["ann", "ben"]),
        ("displayName eq 'Cat O''Neil'", ["cat"]),
        ("mail in ('ann@contoso.test', 'dan@contoso.test')", ["ann", "dan"]),
        ("assignedPlans/any(p:p/service eq 'exchange' and p/capabilityStatus eq 'Enabled')", ["ann", "ben", "dan"]),
        ("onPremisesSyncEnabled eq true", ["dan"]),
        ("onPremisesSyncEnabled eq null and surname ge 'O'", ["ann", "ben", "cat"]),
    ],
)
def test_users_are_filtered(client: GraphClient, condition: str, found: list[str]) -> None:
    assert mails(client, f"$filter={condition}") == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("mail ne 'ben@contoso.test'", ["ann", "cat", "dan"]),
        ("not startswith(mail,'a')", ["ben", "cat", "dan"]),
        ("endswith(mail,'t@contoso.test')", ["cat"]),
        ("assignedLicenses/$count eq 0", ["cat"]),
    ],
)
def test_advanced_queries_need_the_consistency_level(client: GraphClient, condition: str, found: list[str]) -> None:
    assert client.refused(f"users?$filter={condition}") == (400, "Request_UnsupportedQuery")
    assert mails(client, f"$count=true&$filter={condition}", ConsistencyLevel="eventual") == found


@pytest.mark.parametrize(
    "query",
    [
        *("$filter=mail eq", "$filter=mail eq 'x", "$filter=(mail eq 'x'", "$filter=mail is 'x'", "$filter='x'"),
        *("$filter=mail eq 'x' and", "$top=0", "$top=1000", "$top=many", "$skip=3", "$orderby=mail sideways"),
        "$filter=" + "(" * 40,
    ],
)
def test_a_query_that_cannot_be_understood_is_refused(client: GraphClient, query: str) -> None:
    assert client("GET", f"users?{query}").status_code == 400


def test_users_are_ordered_and_counted(client: GraphClient) -> None:
    assert mails(client, "$orderby=mail desc") == ["dan", "cat", "ben", "ann"]
    counted = client.get("users?$count=true&$top=1", ConsistencyLevel="eventual")
    assert (counted["@odata.count"], len(counted["value"])) == (4, 1)


def test_licences_name_the_plan_of_the_mailbox(client: GraphClient) -> None:
    (details,) = client.get("users/ben.upn@contoso.test/licenseDetails")["value"]
    assert [plan["servicePlanName"] for plan in details["servicePlans"]] == ["EXCHANGE_S_DESKLESS"]
    assert client.get("users/cat@contoso.test/licenseDetails")["value"] == []
    assert client.get("users/cat@contoso.test?$select=assignedPlans")["assignedPlans"] == []


def test_roles_come_directly_and_through_groups(client: GraphClient) -> None:
    cast = "microsoft.graph.directoryRole?$select=displayName,roleTemplateId"
    assert client.get(f"users/ann@contoso.test/transitiveMemberOf/{cast}")["value"] == [
        {"displayName": "Exchange Administrator", "roleTemplateId": "29232cdf-9323-42fd-ade2-1d097af3e4de"}
    ]
    ben = "users/ben.upn@contoso.test"
    through = client.get(f"{ben}/transitiveMemberOf")["value"]
    assert [(one["@odata.type"], one["displayName"]) for one in through] == [
        ("#microsoft.graph.group", "Sub"),
        ("#microsoft.graph.group", "Team"),
        ("#microsoft.graph.directoryRole", "User Administrator"),
    ]
    assert [one["displayName"] for one in client.get(f"{ben}/memberOf/graph.group")["value"]] == ["Sub"]
    assert client.refused(f"{ben}/memberOf/microsoft.graph.thing") == (400, "BadRequest")


def test_a_group_has_direct_and_transitive_members(client: GraphClient) -> None:
    (group,) = client.get("groups?$filter=mail eq 'team@contoso.test'")["value"]
    assert (group["mailEnabled"], group["securityEnabled"]) == (True, True)
    direct = client.get(f"groups/{group['id']}/members")["value"]
    assert [one["displayName"] for one in direct] == ["Ann O'Neil", "Sub"]
    transitive = client.get(f"groups/{group['id']}/transitiveMembers/microsoft.graph.user?$select=mail")["value"]
    assert transitive == [{"mail": "ann@contoso.test"}, {"mail": "ben@contoso.test"}]
    assert client.refused("groups/team@contoso.test/members") == (404, "Request_ResourceNotFound")


def test_domains_say_whether_they_are_verified(client: GraphClient) -> None:
    found = {
        one["id"]: (one["isVerified"], "Email" in one["supportedServices"]) for one in client.get("domains")["value"]
    }
    assert found == {
        "contoso.test": (True, True),
        "contoso.onmicrosoft.com": (True, True),
        "not-yet.test": (False, False),
    }
    assert client.get("domains/contoso.onmicrosoft.com")["isInitial"] is True
    (organization,) = client.get("organization")["value"]
    assert (organization["id"], organization["onPremisesSyncEnabled"]) == (TENANT, True)
    assert [one["name"] for one in organization["verifiedDomains"]] == ["contoso.test", "contoso.onmicrosoft.com"]


def granted(client: GraphClient, app_id: str) -> set[str]:
    """Return what an application was granted, the names looked up at the services as a client has to."""
    principal = client.get(f"servicePrincipals(appId='{app_id}')?$select=id,appId")
    names: dict[str, str] = {}
    for service in (GRAPH, EXCHANGE):
        found = client.get(f"servicePrincipals(appId='{service}')")
        names |= {role["id"]: role["value"] for role in found["appRoles"]}
    assignments = client.get(f"servicePrincipals/{principal['id']}/appRoleAssignments")["value"]
    return {names[one["appRoleId"]] for one in assignments}


def test_consent_is_read_by_the_names_of_the_services_own_roles(tenant: MockTenant, client: GraphClient) -> None:
    assert granted(client, VENDOR) == {"User.Read.All", "Place.Read.All"}
    assert {"Calendars.ReadWrite", "full_access_as_app"} < granted(client, OWN)
    (vendor,) = client.get(f"servicePrincipals?$filter=appId eq '{VENDOR}'")["value"]
    assert (vendor["displayName"], vendor["accountEnabled"]) == ("Cronofy", True)
    assert vendor["appOwnerOrganizationId"] != TENANT
    graph = client.get(f"servicePrincipals(appId='{GRAPH}')")["id"]
    given = client.get(f"servicePrincipals/{graph}/appRoleAssignedTo?$top=999")["value"]
    assert {one["principalDisplayName"] for one in given} == {"Cronofy", "calconnect"}
    assert client.refused("servicePrincipals(appId='99999999-0000-0000-0000-000000000000')") == (
        404,
        "Request_ResourceNotFound",
    )


def what_if(client: GraphClient, **conditions: str) -> dict[str, str]:
    """Return why each policy does not apply to a sign-in of Ann; ``notSet``: it does."""
    ann = client.get("users/ann@contoso.test")["id"]
    clock = client.tenant.organization.clock
    clock.advance(timedelta(seconds=1))  # once a second
    body: dict[str, Any] = {
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": ann},
        "signInContext": {"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": [EXCHANGE]},
        "signInConditions": conditions,
        "appliedPoliciesOnly": False,
    }
    response = client("POST", "identity/conditionalAccess/evaluate", body)
    assert response.status_code == 200, response.text
    for one in response.json()["value"]:
        assert one["policyApplies"] is (one["analysisReasons"] == "notSet")
    return {one["displayName"]: one["analysisReasons"] for one in response.json()["value"]}


def test_what_if_says_which_policies_apply(tenant: MockTenant, client: GraphClient) -> None:
    half = half_of(tenant)
    half.locations["Office"] = NamedLocation("Office", ("192.0.2.0/24", "2001:db8::/32"), trusted=True)
    half.conditional_access += [
        ConditionalAccessPolicy("MFA outside", excluded_locations=("AllTrusted",)),
        ConditionalAccessPolicy("Off", state="disabled"),
        ConditionalAccessPolicy("Reported", state="enabledForReportingButNotEnforced", controls=("block",)),
        ConditionalAccessPolicy("Team", users=("team@contoso.test",), excluded_users=("ben@contoso.test",)),
        ConditionalAccessPolicy("Ben", users=("ben@contoso.test",)),
        ConditionalAccessPolicy("Office 365", applications=("Office365",), client_app_types=("browser",)),
        ConditionalAccessPolicy("Another", applications=("11111111-0000-0000-0000-000000000000",)),
    ]
    outside = what_if(client, ipAddress="198.51.100.7", clientAppType="browser")
    assert outside == {
        "MFA outside": "notSet",
        "Off": "policyNotEnabled",
        "Reported": "notSet",
        "Team": "notSet",
        "Ben": "users",
        "Office 365": "notSet",
        "Another": "application",
    }
    inside = what_if(client, ipAddress="2001:db8::7", clientAppType="other")
    assert (inside["MFA outside"], inside["Office 365"]) == ("location", "clientApps")
    assert what_if(client)["MFA outside"] == "notEnoughInformation"


def test_what_if_is_answered_once_a_second_and_does_not_say_when_again(client: GraphClient) -> None:
    client.tenant.organization.clock.set(NOW)
    body = {
        "signInIdentity": {"@odata.type": "#microsoft.graph.servicePrincipalSignIn", "servicePrincipalId": "x"},
        "signInContext": {"includeApplications": ["All"]},
    }
    client("POST", "identity/conditionalAccess/evaluate", body)
    second = client("POST", "identity/conditionalAccess/evaluate", body)
    assert (second.status_code, second.json()["error"]["code"]) == (429, "TooManyRequests")
    assert "retry-after" not in second.headers
