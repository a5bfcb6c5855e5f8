"""The host names of Microsoft's clouds, which the mock tenant's certificate carries beside its own.

Source: https://learn.microsoft.com/graph/deployments and
https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
"""

from __future__ import annotations

from collections.abc import Mapping

_LOGIN = ("login.microsoftonline.com", "login.microsoft.com", "login.windows.net")
"""The first one is asked about the others, too, whichever cloud a tenant is in."""

CLOUD_HOSTS: Mapping[str, tuple[str, ...]] = {
    "global": (*_LOGIN, "graph.microsoft.com", "outlook.office365.com"),
    "us-government": (*_LOGIN, "login.microsoftonline.us", "graph.microsoft.us", "outlook.office365.us"),
    "us-government-dod": (*_LOGIN, "login.microsoftonline.us", "dod-graph.microsoft.us", "outlook-dod.office365.us"),
    "china": (
        *(*_LOGIN, "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
        *("microsoftgraph.chinacloudapi.cn", "partner.outlook.cn"),
    ),
}
"""Cloud, as the settings name it, → the hosts that issue tokens, and those of Graph and of EWS."""
ALL_HOSTS = tuple(dict.fromkeys(host for hosts in CLOUD_HOSTS.values() for host in hosts))
