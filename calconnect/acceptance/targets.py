"""What a run is about: the listed addresses, the mailbox of the trial, the server as the firewall may name it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.sampling import stable_order
from calconnect.evidence.firewall import Destination
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key
from calconnect.settings.model import AccessLevel, Settings

MAILBOXES_TRIED = 50
"""What must be refused is tried in so many mailboxes at most, and not in thousands."""


def listed(settings: Settings) -> list[str]:
    """Return the addresses of the list, in its order."""
    return [mailbox.address for mailbox in settings.mailboxes]


def listed_and_trial(settings: Settings) -> list[str]:
    """Return the e-mail to impersonate and then the listed addresses, each once."""
    trial = settings.connection.email_to_impersonate
    key = address_key(trial)
    return [trial, *(address for address in listed(settings) if address_key(address) != key)]


def tried_in_vain(settings: Settings) -> list[str]:
    """Return the mailboxes in which is tried what must be refused: the trial's, and a sample of the list."""
    trial, *others = listed_and_trial(settings)
    return [trial, *stable_order(others)[: MAILBOXES_TRIED - 1]]


def opening(settings: Settings) -> str:
    """Return the id of the requirement by which calendars open, under the access that was agreed."""
    return "IMP-02" if settings.access is AccessLevel.FULL else "OPS-02"


def unlisted_trial(settings: Settings) -> str:
    """Return the e-mail to impersonate if it is not in the list; else nothing."""
    trial = settings.connection.email_to_impersonate
    return "" if address_key(trial) in {address_key(address) for address in listed(settings)} else trial


def server_url(settings: Settings, located: Answers) -> str:
    """Return the URL of EWS: as it was found, else as it was given; empty if it is neither."""
    if not isinstance(located, NotAsked) and located[-1].ok:
        found = located[-1].details.get("ews_url") or located[-1].url
        if found:
            return str(found)
    return settings.connection.exchange_server_url or ""


def server_name(settings: Settings, located: Answers) -> str:
    """Return what findings call the server: its host, else ``server``."""
    return urlsplit(server_url(settings, located)).hostname or "server"


def primary_address(address: str, looked_up: Mapping[str, Answer]) -> str:
    """Return the primary address that belongs to ``address``, as far as it was looked up; else ``address``."""
    answer = looked_up.get(address)
    if isinstance(answer, Observation) and answer.ok:
        return str(answer.details.get("primary_smtp") or address)
    return address


def server(settings: Settings, located: Answers) -> Destination:
    """Return the server as a rule of the firewall may name it.

    Its addresses are known only as far as the settings tell them (a URL with an address, ``network.connect_to``).
    """
    parts = urlsplit(server_url(settings, located))
    host, port = parts.hostname or "", parts.port or 443
    connected = settings.network.connect_to.get(f"{host}:{port}", "").rpartition(":")[0].strip("[]")
    addresses = frozenset(text for text in (host, connected) if _is_address(text))
    return Destination(frozenset({host}) - {""}, addresses, port)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
