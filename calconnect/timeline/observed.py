"""What the observations of a run say of the things that dates hang on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from calconnect.evidence.builds import Build, read_build
from calconnect.evidence.observation import Mode, Observation
from calconnect.settings.addresses import address_key
from calconnect.settings.model import Settings
from calconnect.timeline.model import EwsEnabled, Licence, MailboxFacts, Observed, Side, VendorListed

FRONT_LINE_PLAN = "EXCHANGE_S_DESKLESS"
"""The service plan of Exchange in Kiosk, F1 and F3 licences. Source:
https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference"""

_APP_IDS = "allowed_app_ids"
"""The detail by which the export of the organisation in Exchange Online is known."""
_HOLDING = {
    ("open-calendar", Mode.IMPERSONATED): Side.SERVER,
    ("open-calendar", Mode.DELEGATE): Side.SERVER,
    ("graph-calendar", Mode.APPLICATION): Side.ONLINE,
    ("online-ews-calendar", Mode.APPLICATION): Side.ONLINE,
}
"""Questions that only the side that holds a mailbox answers with ``ok``."""


def observed_in(observations: Iterable[Observation], settings: Settings) -> Observed:
    """Return what was observed, as far as dates hang on it; the last that was seen counts.

    Args:
        observations: everything that a run observed, in its order.
        settings: the settings of that run.
    """
    sides: dict[str, Side] = {}
    licences: dict[str, Licence] = {}
    build: Build | None = None
    ends: date | None = None
    ews: EwsEnabled | None = None
    listed: VendorListed | None = None
    for one in observations:
        if one.mode is Mode.CONFIGURATION:
            ews, listed = _of_organization(one, settings) or (ews, listed)
            continue
        if one.mode is not Mode.APPLICATION and one.server_version:
            build = read_build(one.server_version) or build
        if not one.ok:
            continue
        if side := _HOLDING.get((one.probe, one.mode)):
            sides[address_key(one.target)] = side
        elif one.probe == "online-user" and (licence := _licence(one.details)) is not None:
            licences[address_key(one.target)] = licence
        elif one.probe == "tls" and one.mode is Mode.ANONYMOUS:
            ends = _day(one.details.get("not_after")) or ends
    return Observed(
        ews_enabled=ews,
        vendor_listed=listed,
        build=build,
        certificate_ends=ends if settings.topology.has_server else None,
        mailboxes={key: MailboxFacts(sides.get(key), licences.get(key)) for key in dict.fromkeys([*sides, *licences])},
    )


def _licence(details: Mapping[str, object]) -> Licence | None:
    plans = details.get("plan_names")
    if not isinstance(plans, list) or not plans:
        return None
    of_exchange = [str(plan) for plan in plans if str(plan).startswith("EXCHANGE_S_")]
    if not of_exchange:
        return Licence.OTHER
    return Licence.FRONT_LINE if set(of_exchange) == {FRONT_LINE_PLAN} else Licence.OTHER


def _of_organization(one: Observation, settings: Settings) -> tuple[EwsEnabled, VendorListed | None] | None:
    """Return what the export of the organisation in Exchange Online says of EWS; None: it is another export."""
    if _APP_IDS not in one.details or settings.microsoft365 is None:
        return None
    switch = one.details.get("ews_enabled")
    enabled = EwsEnabled.NULL if switch is None else EwsEnabled.TRUE if switch else EwsEnabled.FALSE
    named = one.details[_APP_IDS]
    if not isinstance(named, list):  # the list itself was not exported
        return enabled, None
    if not named:
        return enabled, VendorListed.EMPTY
    vendor = settings.microsoft365.vendor_application.lower()
    listed = vendor in [app.lower() for app in named]
    return enabled, VendorListed.LISTED if listed else VendorListed.NOT_LISTED


def _day(text: object) -> date | None:
    try:
        moment = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return moment.astimezone(UTC).date()
