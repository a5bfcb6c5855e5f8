"""What a run is about in Exchange Online: the trial's mailbox there, the vendor's application, who must sign in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calconnect.evidence.firewall import VendorAddress
from calconnect.settings.addresses import address_key
from calconnect.settings.model import Microsoft365Settings, Settings, Topology
from calconnect.tenants.exchange_online.clouds import consent_page

SOURCES_ASKED = 3
"""Conditional Access is asked about so many of the vendor's addresses at most: it answers one request a second. Source:
https://learn.microsoft.com/graph/throttling-limits"""


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Somebody who must sign in to Exchange Online."""

    user: str
    person: bool
    """Whether it is a person, who can answer for a second factor."""


def online_settings(settings: Settings) -> Microsoft365Settings:
    """Return the settings of Exchange Online, which every topology has that is asked for them."""
    assert settings.microsoft365 is not None, "a topology with Exchange Online has its settings"
    return settings.microsoft365


def where_to_consent(settings: Settings) -> str:
    """Return the address at which an administrator consents to the vendor's application."""
    online = online_settings(settings)
    return consent_page(online, online.vendor_application)


def online_trial(settings: Settings) -> str:
    """Return the mailbox of the trial in Exchange Online; empty: a hybrid's settings name none."""
    named = online_settings(settings).trial_mailbox
    if named or settings.topology is Topology.HYBRID:
        return named or ""
    return settings.connection.email_to_impersonate


def with_trial(settings: Settings, mailboxes: Sequence[str]) -> list[str]:
    """Return the mailbox of the trial in Exchange Online, where one is named, and then the mailboxes, each once."""
    trial = online_trial(settings)
    key = address_key(trial)
    return [*([trial] if trial else []), *(one for one in mailboxes if address_key(one) != key)]


def online_account(settings: Settings) -> str:
    """Return the service account in Exchange Online; empty: there is none."""
    over_ews = settings.topology is Topology.EXCHANGE_ONLINE_EWS
    return settings.connection.service_account_email if over_ews else ""


def who_signs_in(settings: Settings) -> SigningIn | None:
    """Return who must sign in to Exchange Online: the service account, or who gives the consent; None: nobody."""
    if account := online_account(settings):
        return SigningIn(account, person=False)
    authoriser = online_settings(settings).authorised_by
    return SigningIn(authoriser, person=True) if authoriser else None


def sources(entries: Sequence[VendorAddress]) -> list[str]:
    """Return the addresses that sign-ins are asked about: the first one of each of the vendor's networks."""
    return list(dict.fromkeys(str(entry.network[0]) for entry in entries))[:SOURCES_ASKED]
