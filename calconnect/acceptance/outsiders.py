"""Who is tried as an outsider: those whom the settings name, or a sample that is drawn from the directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calconnect.acceptance.asked import NotAsked
from calconnect.acceptance.judging import limit, outsiders
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.targets import listed_and_trial, primary_address
from calconnect.acceptance.verdicts import Finding
from calconnect.settings.model import LimitSettings, Settings


@dataclass(frozen=True, slots=True)
class Outsiders:
    """The mailboxes that must be refused."""

    addresses: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    """How they were drawn; none where they were named."""


def outsiders_of(observer: Observer, settings: Settings, limiting: LimitSettings) -> Outsiders:
    """Return the outsiders that the settings name; where they name none, ask the directory and draw some."""
    if limiting.outsiders:
        return Outsiders(limiting.outsiders)
    expanded = observer.expand_group(limiting.group)
    found = observer.find_names(outsiders.BEGINNINGS) if outsiders.may_draw(expanded) else {}
    drawn = outsiders.draw(limiting.outsiders_drawn, expanded, found, _known(observer, settings, limiting))
    noted = observer.note("draw outsiders", limiting.group, drawn.facts)
    return Outsiders(drawn.outsiders, tuple(outsiders.how_drawn(drawn, expanded, noted)))


def _known(observer: Observer, settings: Settings, limiting: LimitSettings) -> list[str]:
    """Return the addresses of those who are no outsiders whatever the group holds."""
    mailboxes = listed_and_trial(settings)
    looked_up = observer.resolve(
        limit.not_found(mailboxes, observer.expand_group(limiting.group))[: limit.MOST_LOOKED_UP]
    )
    primary = [primary_address(address, looked_up) for address in mailboxes]
    return [settings.connection.service_account_email, *mailboxes, *primary, *_rooms(observer, settings)]


def _rooms(observer: Observer, settings: Settings) -> Sequence[str]:
    """Return the rooms that are wanted: an assignment of their own may reach them."""
    answers = observer.room_lists() if settings.rooms_wanted else ()
    if isinstance(answers, NotAsked):
        return ()
    rooms = (answer.details.get("rooms") for answer in answers if answer.ok)
    return [str(room) for named in rooms if isinstance(named, list) for room in named]
