"""Which side of a hybrid organisation holds a mailbox: what both sides answered decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calconnect.acceptance.judging import location
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.online_observer import OnlineObserver
from calconnect.acceptance.targets import listed
from calconnect.acceptance.verdicts import NotApplicable
from calconnect.settings.model import Settings, Topology


def online_ones(observer: Observer, online: OnlineObserver, settings: Settings, mailboxes: Sequence[str]) -> list[str]:
    """Return which of some mailboxes are Exchange Online's to reach: without a server, all of them."""
    if settings.topology is not Topology.HYBRID:
        return list(mailboxes)
    return location.by_side(observer.open_calendars(mailboxes), online.open_calendars(mailboxes))[1]


def server_ones(observer: Observer, online: OnlineObserver, settings: Settings, mailboxes: Sequence[str]) -> list[str]:
    """Return which of some mailboxes are the server's to reach: without Exchange Online, all of them."""
    if settings.topology is not Topology.HYBRID:
        return list(mailboxes)
    return location.by_side(observer.open_calendars(mailboxes), online.open_calendars(mailboxes))[0]


def listed_online(observer: Observer, online: OnlineObserver, settings: Settings) -> list[str]:
    """Return the listed mailboxes that are Exchange Online's to reach, in the list's order."""
    return online_ones(observer, online, settings, listed(settings))


def at_the_server(observer: Observer, online: OnlineObserver, settings: Settings) -> Settings:
    """Return the settings with those mailboxes alone, listed and outsiders, that are the server's to reach.

    Raises:
        NotApplicable: no listed mailbox is the server's.
    """
    here = set(server_ones(observer, online, settings, listed(settings)))
    if not here:
        raise NotApplicable("No listed mailbox is on the server.")
    limit = settings.limit
    if limit is not None:
        limit = replace(limit, outsiders=tuple(server_ones(observer, online, settings, limit.outsiders)))
    return replace(settings, mailboxes=tuple(one for one in settings.mailboxes if one.address in here), limit=limit)
