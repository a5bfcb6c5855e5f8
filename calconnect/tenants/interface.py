"""What any tenant can be asked, whatever protocol lies behind it. One implementation to a folder.

Every method answers with observations, never with an exception: a network that is down is something seen, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calconnect.evidence.observation import Mode, Observation


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time to look at: aware datetimes, ``start`` before ``end``."""

    start: datetime
    end: datetime


class Tenant(Protocol):
    """An organisation whose calendars can be observed. Safe to call from several threads."""

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

    def sign_in_by(self, scheme: str) -> Observation:
        """probe ``sign-in-by``: sign in once more, with ``scheme`` (``ntlm``), after ``sign_in`` has shown that the
        credentials are good. Details: ``scheme``.

        Where it has not, or the scheme is not offered, nothing is sent: outcome ``no-answer``.
        """

    def open_calendar(self, mailbox: str | None, mode: Mode = Mode.IMPERSONATED) -> Observation:
        """probe ``open-calendar``: GetFolder on the calendar: the service account's own (None) or ``mailbox``'s, by
        impersonation or, with ``Mode.DELEGATE``, as the service account itself.

        Details: ``folder_class``, ``folder_name_is_default`` and ``items``; as a delegate also ``read``, ``create``
        and ``view_private`` (what the account may do in the folder; missing where the server does not say).
        """

    def open_folder(self, mailbox: str, folder: str) -> Observation:
        """probe ``open-folder``: GetFolder on another folder of ``mailbox``, as the service account itself.

        Args:
            mailbox: its primary address.
            folder: by its distinguished name: ``inbox``, ``contacts``. It stands in the details as ``folder``, whatever
                comes back.
        """

    def list_events(self, mailbox: str, window: Window, mode: Mode = Mode.IMPERSONATED) -> Observation:
        """probe ``list-events``: FindItem with a CalendarView, by impersonation or as the service account itself.

        Details: ``events`` (count).
        """

    def event_rights(self, mailbox: str) -> Observation:
        """probe ``event-rights``: FindItem on the calendar, as the service account itself: what it may do with a few of
        the events there. Details: ``events`` (looked at), ``changeable`` and ``deletable`` (of these)."""

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """probe ``free-busy``: GetUserAvailability as the service account, batched; one observation each.

        Details: ``busy`` (count of blocks), ``view`` (the kind that was granted).
        """

    def free_busy_view(self, mailbox: str, window: Window) -> Observation:
        """probe ``free-busy-view``: GetUserAvailability for the first day of ``window``, asking for details as well.

        What is of interest is how much the server is ready to tell; what it tells is not kept. Details: ``view`` (the
        kind that was granted).
        """

    def event_round_trip(self, mailbox: str, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        """probe ``event-round-trip``: create, read, update, read, delete, find gone: a marked event, by impersonation
        or as the service account itself.

        One observation an operation, details ``step``. What was created is deleted whatever happens.
        """

    def resolve_address(self, address: str) -> Observation:
        """probe ``resolve-address``: ResolveNames. Details: ``primary_smtp``, ``mailbox_type``, ``matches``."""

    def find_names(self, beginning: str) -> Observation:
        """probe ``find-names``: ResolveNames: whom names and addresses that begin so may mean, in the directory alone.

        Details: ``mailboxes`` (their primary addresses), ``matches`` (of any kind), ``complete`` (whether the server
        had no more). That nobody has such a name is an answer, too: outcome ``ok``.
        """

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

    def remove_stray_events(self, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        """probe ``remove-strays``: delete test events that an earlier, interrupted run left behind, by impersonation or
        as the service account itself."""

    def close(self) -> None:
        """Close all connections."""
