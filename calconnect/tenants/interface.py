"""What any tenant can be asked, whatever protocol lies behind it. One implementation to a folder.

Every method answers with observations, never with an exception: a network that is down is something seen, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calconnect.evidence.observation import Observation


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time to look at: aware datetimes, ``start`` before ``end``."""

    start: datetime
    end: datetime


class Tenant(Protocol):
    """An organisation whose calendars can be observed. Safe to call from several threads."""

    topology: str
    """``exchange-server`` and later others: see the vocabulary in ARCHITECTURE.md."""

    def locate(self) -> tuple[Observation, ...]:
        """probe ``locate``: find the EWS URL, by settings or by Autodiscover; one observation an attempt.

        The last one is the result. Its details: ``how`` (``settings`` | ``autodiscover``), ``ews_url``.
        """

    def inspect_tls(self) -> Observation:
        """probe ``tls``: the handshake with the server. Details: ``tls_version``, ``subject``, ``issuer``, ``names``,
        ``not_after`` (ISO), ``trusted_by`` (``system`` | ``ca_file``)."""

    def offered_authentication(self) -> Observation:
        """probe ``offered-authentication``: an unauthenticated request. Details: ``schemes`` (list, as offered)."""

    def sign_in(self) -> Observation:
        """probe ``sign-in``: ConvertId as the service account, which needs no right and no mailbox.

        Details: ``login`` (``username`` | ``e-mail``), ``scheme`` (``basic`` | ``ntlm``), ``server_version``.
        """

    def open_calendar(self, mailbox: str | None) -> Observation:
        """probe ``open-calendar``: GetFolder on the calendar: the service account's own (None) or, by impersonation,
        ``mailbox``'s. Details: ``folder_class``, ``folder_name_is_default`` and ``items``."""

    def list_events(self, mailbox: str, window: Window) -> Observation:
        """probe ``list-events``: FindItem with a CalendarView, impersonated. Details: ``events`` (count)."""

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """probe ``free-busy``: GetUserAvailability as the service account, batched; one observation each.

        Details: ``busy`` (count of blocks), ``view`` (the kind that was granted).
        """

    def event_round_trip(self, mailbox: str) -> tuple[Observation, ...]:
        """probe ``event-round-trip``: create, read, update, read, delete, find gone: a marked event, impersonated.

        One observation an operation, details ``step``. What was created is deleted whatever happens.
        """

    def resolve_address(self, address: str) -> Observation:
        """probe ``resolve-address``: ResolveNames. Details: ``primary_smtp``, ``mailbox_type``, ``matches``."""

    def expand_group(self, address: str) -> tuple[Observation, ...]:
        """probe ``expand-group``: ExpandDL, nested groups too, each group once; one observation a group.

        Details: ``members`` (list of addresses), ``groups`` (nested groups), ``depth``.
        """

    def room_lists(self) -> tuple[Observation, ...]:
        """probe ``room-lists``: GetRoomLists, then GetRooms for each. Details: ``lists`` or ``rooms``."""

    def reach_from(self, source_address: str) -> Observation:
        """probe ``reach-from``: connect to the server from a source address that this machine can bind.

        Where it cannot, outcome ``no-answer``, code ``cannot-bind``.
        """

    def remove_stray_events(self) -> tuple[Observation, ...]:
        """probe ``remove-strays``: delete test events that an earlier, interrupted run left behind."""

    def close(self) -> None:
        """Close all connections."""
