"""The hosts of Microsoft's clouds.

Sources: https://learn.microsoft.com/graph/deployments (authority and Graph),
https://learn.microsoft.com/exchange/reference/admin-api-get-started (Exchange Online).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from calconnect.settings.model import Cloud, Microsoft365Settings

EWS_PATH = "/EWS/Exchange.asmx"


def consent_page(online: Microsoft365Settings, application: str) -> str:
    """Return where an administrator consents to an application (its App ID) for the whole organisation. Source:
    https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent"""
    authority = online.authority or CLOUDS[online.cloud].authority
    return f"{authority}/{online.tenant}/adminconsent?client_id={application}"


@dataclass(frozen=True, slots=True)
class CloudHosts:
    """Where one cloud answers: addresses with https and without a slash at the end."""

    authority: str
    """Where tokens are issued."""
    graph: str
    outlook: str
    """EWS and Autodiscover; also the resource that tokens for EWS are for."""

    @property
    def graph_scope(self) -> str:
        """The scope to ask for: all application permissions on Graph that were consented to. Source:
        https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope"""
        return f"{self.graph}/.default"

    @property
    def ews_scope(self) -> str:
        """The same for EWS. Source:
        https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth
        """
        return f"{self.outlook}/.default"

    @property
    def ews_url(self) -> str:
        """The URL of EWS."""
        return self.outlook + EWS_PATH


CLOUDS: Mapping[Cloud, CloudHosts] = MappingProxyType(
    {
        Cloud.GLOBAL: CloudHosts(
            "https://login.microsoftonline.com", "https://graph.microsoft.com", "https://outlook.office365.com"
        ),
        Cloud.US_GOVERNMENT: CloudHosts(
            "https://login.microsoftonline.us", "https://graph.microsoft.us", "https://outlook.office365.us"
        ),
        Cloud.US_GOVERNMENT_DOD: CloudHosts(
            "https://login.microsoftonline.us", "https://dod-graph.microsoft.us", "https://outlook-dod.office365.us"
        ),
        Cloud.CHINA: CloudHosts(
            "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn", "https://partner.outlook.cn"
        ),
    }
)
