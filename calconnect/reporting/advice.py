"""What to do where a requirement could not be observed: one piece of advice for each reason of the closed list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from calconnect.acceptance.verdicts import UnknownReason

EXCHANGE_SHELL = "Exchange Management Shell"
ONLINE_SHELL = "Exchange Online PowerShell"
POWERSHELL = "PowerShell"
GRAPH_POWERSHELL = "Microsoft Graph PowerShell"
TERMINAL = "Terminal"
_IMPORT = (
    "calconnect evidence script --out collect-evidence.ps1",
    "calconnect evidence import <folder of the exports>",
)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about one reason."""

    title: str
    text: str
    shell: str = ""
    """Where the commands are to be run."""
    commands: tuple[str, ...] = ()
    """With the placeholders of a remediation, and ``{explain}``: the command that shows what was seen."""


ADVICE: Mapping[str, Advice] = MappingProxyType(
    {
        UnknownReason.UNREACHABLE: Advice(
            "Make the server reachable from this machine",
            "Check the name of the server, the port, the route, and any proxy or firewall between this machine and the "
            "server. Then run the audit again.",
            POWERSHELL,
            ("Resolve-DnsName {server}", "Test-NetConnection -ComputerName {server} -Port 443"),
        ),
        UnknownReason.TIMED_OUT: Advice(
            "Find out why the server does not answer in time",
            "Look at the load of the server and at what stands in front of it, or allow it more time with "
            "timeout_seconds in the settings. Then run the audit again.",
            POWERSHELL,
            ("Test-NetConnection -ComputerName {server} -Port 443",),
        ),
        UnknownReason.THROTTLED: Advice(
            "Run the audit again when the server turns nothing away",
            "The server refused because of its throttling policy. Run the audit at a quieter time, or give the service "
            "account a throttling policy of its own.",
            EXCHANGE_SHELL,
            ("Get-ThrottlingPolicyAssociation -Identity {service_account}",),
        ),
        UnknownReason.NO_EVIDENCE: Advice(
            "Supply what is missing",
            "Nothing that was supplied shows it. Supply what the finding asks for, and run the audit again.",
        ),
        UnknownReason.STALE: Advice(
            "Export the configuration anew",
            "What was supplied is too old to prove anything. Have an administrator run collect-evidence.ps1 again, "
            "which only reads; import the folder that it leaves, and run the audit again.",
            TERMINAL,
            _IMPORT,
        ),
        UnknownReason.PENDING: Advice(
            "Wait until the change has reached every server",
            "A change of rights takes a while to come into force on every server. Run the audit again in an hour; if "
            "it comes to the same, the servers do not replicate as they should.",
        ),
        UnknownReason.UNEXPECTED_REFUSAL: Advice(
            "Find out why the server refused",
            "It refused, but not in the way that would prove anything. Look up the code and the request id in the logs "
            "of the server.",
            TERMINAL,
            ("{explain}",),
        ),
        UnknownReason.NOT_PERMITTED: Advice(
            "Let it be looked at",
            "The verdict rests on something that may not be read: by the service account at the server, or by the "
            "person who ran the audit on this machine. Grant that right, or supply an export instead.",
            TERMINAL,
            ("{explain}",),
        ),
        UnknownReason.BLOCKED: Advice(
            "Remove what stands in the way",
            "It could not be looked at, for the reason given, which is none of the other steps. Remove it, and run the "
            "audit again.",
            TERMINAL,
            ("{explain}",),
        ),
    }
)
"""By reason; every reason has its entry."""

_MICROSOFT = "Test-NetConnection -ComputerName {} -Port 443"
ONLINE_ADVICE: Mapping[str, Advice] = MappingProxyType(
    {
        UnknownReason.UNREACHABLE: Advice(
            "Make Microsoft's cloud reachable from this machine",
            "Check the route to graph.microsoft.com, login.microsoftonline.com and outlook.office365.com (a national "
            "cloud has others), and any proxy or firewall between this machine and them. Then run the audit again.",
            POWERSHELL,
            tuple(map(_MICROSOFT.format, ("graph.microsoft.com", "login.microsoftonline.com"))),
        ),
        UnknownReason.TIMED_OUT: Advice(
            "Find out why Microsoft's cloud does not answer in time",
            "Look at what stands between this machine and graph.microsoft.com, or allow more time with timeout_seconds "
            "in the settings. Then run the audit again.",
            POWERSHELL,
            (_MICROSOFT.format("graph.microsoft.com"),),
        ),
        UnknownReason.THROTTLED: Advice(
            "Run the audit again when Microsoft turns nothing away",
            "The limits are Microsoft's, and count all that calconnect's own application asks. Run the audit at a "
            "quieter time.",
        ),
    }
)
"""By reason, where Exchange Online was asked, which has no server of the organisation's; else as in ``ADVICE``."""
ENDLESS_PAGES = Advice(
    "Find out why the pages of an answer do not end",
    "The links from one page of Microsoft Graph's answer to the next lead round in a circle, so what was read is not "
    "whole. Run the audit again. If it comes to the same, ask whoever runs a proxy between this machine and Microsoft "
    "Graph whether it stores or changes answers; else report it to Microsoft with the request id.",
    TERMINAL,
    ("{explain}",),
)
"""Where pages lead round in a circle, or do not end."""
NOT_JSON = Advice(
    "Let nothing answer in the place of Microsoft",
    "Something answered, but not as Microsoft Graph and Entra do: a proxy, a sign-in page of the network or a "
    "filter may stand between. Let this machine reach graph.microsoft.com and login.microsoftonline.com without it, "
    "and run the audit again.",
    TERMINAL,
    ("{explain}",),
)
"""Where what came back is not JSON."""
NOT_RUN = Advice("Run the audit to its end", "Nothing was observed of what is named here. Run the audit again.")
"""Where no scenario was run at all."""
EXPORTS = Advice(
    "Supply the exports of the configuration",
    "Exports of the configuration would show what is named here. Have an administrator run collect-evidence.ps1, "
    "which only reads; import the folder that it leaves, and run the audit again.",
    TERMINAL,
    _IMPORT,
)
"""Where exports would show it, and there are none."""
OWN_SIGN_IN = Advice(
    "Let calconnect's own application sign in",
    "The application that the settings name (microsoft365.application) did not sign in, so nothing was asked of "
    "Exchange Online. Mend what the finding names: the secret, the certificate and its key, the App ID or the tenant. "
    "Then run the audit again.",
    GRAPH_POWERSHELL,
    (
        "Connect-MgGraph -Scopes Application.Read.All",
        "Get-MgApplication -Filter \"appId eq '{own_application}'\""
        " | Format-List DisplayName,PasswordCredentials,KeyCredentials",
    ),
)
"""Where calconnect's own application did not sign in."""
OWN_PERMISSION = Advice(
    "Consent to what calconnect's own application needs to look",
    "Microsoft Graph refused questions for want of a permission that calconnect's own application, {own_application}, "
    "needs. Add what is missing to the API permissions of that application in Entra, have an administrator consent to "
    "it, and run the audit again. It says nothing about the vendor's application.",
    GRAPH_POWERSHELL,
    (
        "Connect-MgGraph -Scopes Application.Read.All",
        "$own = Get-MgServicePrincipal -Filter \"appId eq '{own_application}'\"",
        "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $own.Id"
        " | Format-Table ResourceDisplayName,AppRoleId",
        "Start-Process {own_consent_page}",
    ),
)
"""Where calconnect's own application lacks a permission to look."""
OWN_ON_EWS_LIST = Advice(
    "Let calconnect's own application use EWS",
    "EWS is on, and keeps calconnect's own application, {own_application}, out. Put that App ID on EwsAllowedAppIDs "
    "beside those that are there: the command replaces the whole list, and takes up to 24 hours. Where a policy about "
    "User-Agents is set, let calconnect in as well. Then run the audit again. It says nothing about the vendor's "
    "application.",
    ONLINE_SHELL,
    (
        "Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy"
        " | Format-List EwsAllowedAppIDs,EwsApplicationAccessPolicy,EwsAllowList,EwsBlockList",
        "Set-OrganizationConfig -EwsAllowedAppIDs '<the App IDs there are now>,{own_application}'",
    ),
)
"""Where EWS in Exchange Online lets calconnect's own application not through; never after its end."""
ATTESTATIONS = Advice(
    "Have somebody vouch for what no program can see",
    "What is named here rests on attestations alone. Have somebody who knows vouch for it, for a time, with an "
    "[[attestation]] in the file of attestations (docs/waivers.md), and run the audit again.",
)
"""Where a verdict rests on an attestation, and there is none in force."""
