"""This organisation's own names, for the commands of the next steps: from the settings, the server and the exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calconnect.acceptance.exported import FIND_ASSIGNMENTS
from calconnect.evidence.observation import Fact, Mode, Observation
from calconnect.requirements.remediation import Names
from calconnect.settings.addresses import address_key
from calconnect.settings.model import Settings
from calconnect.tenants.exchange_online.clouds import consent_page


def known_names(settings: Settings, server: str, observations: Sequence[Observation]) -> Names:
    """Return the names that are known for sure; where an export tells of several, none is taken.

    Args:
        settings: the settings of the run.
        server: host of the server; empty: as the settings have it.
        observations: everything that the run observed, among it what was read from exports.
    """
    names = Names.of(settings, server)
    online = settings.microsoft365
    if online is not None:
        pages = [consent_page(online, one) for one in (online.vendor_application, online.application)]
        names = replace(names, consent_page=pages[0], own_consent_page=pages[1])
    for one in observations:
        if one.mode is not Mode.CONFIGURATION:
            continue
        if one.operation == FIND_ASSIGNMENTS:
            names = replace(
                names, assignment=_only(one.details.get("assignments")), scope=_only(one.details.get("scopes"))
            )
        group, dn = one.details.get("group"), one.details.get("distinguished_name")
        if isinstance(group, str) and isinstance(dn, str) and address_key(group) == address_key(names.group):
            names = replace(names, group_dn=dn)
    return names


def _only(found: Fact) -> str:
    return found[0] if isinstance(found, list) and len(found) == 1 else ""
