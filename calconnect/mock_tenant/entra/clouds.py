"""Microsoft's clouds: the hosts under which Entra, Graph and Exchange Online are reached.

Source: https://learn.microsoft.com/graph/deployments and
https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Resource(StrEnum):
    """The App IDs of the services that tokens are for. Source:
    https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in"""

    GRAPH = "00000003-0000-0000-c000-000000000000"
    EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"


_LOGIN_CLOUDS = (
    ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
    ("login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
    ("login.microsoftonline.us", "login.usgovcloudapi.net"),
)
"""Names of each cloud's Entra; the first is the preferred one."""
LOGIN_HOSTS = frozenset(host for names in _LOGIN_CLOUDS for host in names)
_RESOURCE_HOSTS: Mapping[str, Resource] = MappingProxyType(
    {
        "graph.microsoft.com": Resource.GRAPH,
        "graph.microsoft.us": Resource.GRAPH,
        "dod-graph.microsoft.us": Resource.GRAPH,
        "microsoftgraph.chinacloudapi.cn": Resource.GRAPH,
        "outlook.office365.com": Resource.EXCHANGE,
        "outlook.office.com": Resource.EXCHANGE,
        "outlook.office365.us": Resource.EXCHANGE,
        "outlook-dod.office365.us": Resource.EXCHANGE,
        "partner.outlook.cn": Resource.EXCHANGE,
    }
)


def resource_of(audience: str, own_host: str) -> Resource | None:
    """Return the service that a token's audience, or a scope without ``/.default``, names; None: no service.

    Args:
        audience: ``https://graph.microsoft.com``, or a service's App ID.
        own_host: name and port by which the mock tenant was reached: there, they stand for Graph.
    """
    if audience.lower() in tuple(Resource):
        return Resource(audience.lower())
    scheme, _, rest = audience.partition("://")
    host, _, path = rest.lower().partition("/")
    if scheme.lower() != "https" or path:
        return None
    if host == own_host.lower() and host_name(own_host) not in LOGIN_HOSTS:
        return _RESOURCE_HOSTS.get(host_name(own_host), Resource.GRAPH)
    return _RESOURCE_HOSTS.get(host)


def serves(host: str) -> Resource | None:
    """Return the service that a host name is of; None: any other name."""
    return _RESOURCE_HOSTS.get(host_name(host))


def host_name(host: str) -> str:
    """Return a ``Host`` header's name, in lower case, without the port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


def cloud_names(own_host: str) -> list[dict[str, object]]:
    """Return the aliases of each cloud, as instance discovery tells them; ``own_host`` is an instance of its own."""
    clouds = [*_LOGIN_CLOUDS]
    if host_name(own_host) not in LOGIN_HOSTS:
        clouds.append((own_host,))
    return [{"preferred_network": names[0], "preferred_cache": names[0], "aliases": list(names)} for names in clouds]
