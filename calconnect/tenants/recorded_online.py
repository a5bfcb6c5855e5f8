"""Exchange Online as a saved run saw it: answers from the run's observations, ids and all. Nothing is sent.

See :mod:`calconnect.tenants.recorded`, which tells what a question comes to that the run did not put.
"""

from __future__ import annotations

from collections.abc import Sequence

from calconnect.evidence.observation import Observation
from calconnect.tenants.interface import Window
from calconnect.tenants.recorded import RecordedAnswers


class RecordedOnlineTenant(RecordedAnswers):
    """Implements :class:`calconnect.tenants.online_interface.OnlineTenant` from what a run recorded."""

    def sign_in_application(self) -> Observation:
        """Return what came of signing in for Graph."""
        return self._all("application-sign-in")[-1]

    def organization(self) -> tuple[Observation, ...]:
        """Return the organisation and its domains."""
        return self._all("organization")

    def users(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        """Return the users."""
        return self._each("online-user", addresses)

    def directory_roles(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        """Return their directory roles."""
        return self._each("directory-roles", addresses)

    def application(self, app_id: str) -> tuple[Observation, ...]:
        """Return the application and its permissions."""
        return self._series("application-consent", app_id)

    def open_calendars(self, mailboxes: Sequence[str]) -> tuple[Observation, ...]:
        """Return what came of opening calendars."""
        return self._each("graph-calendar", mailboxes)

    def list_events(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:  # noqa: ARG002
        """Return what came of listing events."""
        return self._each("graph-events", mailboxes)

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:  # noqa: ARG002
        """Return what came of reading busy times."""
        return self._each("graph-free-busy", mailboxes)

    def event_round_trip(self, mailbox: str) -> tuple[Observation, ...]:
        """Return the steps of the round trip."""
        return self._series("graph-event-round-trip", mailbox)

    def remove_stray_events(self, mailbox: str) -> tuple[Observation, ...]:
        """Return what the run removed of an earlier one; mostly nothing."""
        return self._some("graph-remove-strays", mailbox, None)

    def rooms(self) -> tuple[Observation, ...]:
        """Return the room lists, and the rooms of each."""
        return self._all("graph-rooms")

    def group_members(self, group: str) -> tuple[Observation, ...]:
        """Return the group and its members."""
        return self._series("graph-group", group)

    def some_users(self, count: int) -> Observation:  # noqa: ARG002 - a run asks for one number alone
        """Return the users that the directory gave."""
        return self._all("graph-some-users")[-1]

    def what_if(self, user: str, source_address: str) -> Observation:
        """Return what Conditional Access would have done."""
        return self._one("what-if", user, source=source_address)

    def locate(self, address: str) -> Observation:
        """Return where Autodiscover said that a mailbox is."""
        return self._one("online-autodiscover", address)

    def sign_in_ews(self) -> Observation:
        """Return what came of signing in for EWS."""
        return self._all("online-ews-sign-in")[-1]

    def open_ews_calendar(self, mailbox: str) -> Observation:
        """Return what came of opening a calendar over EWS."""
        return self._one("online-ews-calendar", mailbox)

    def ews_free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:  # noqa: ARG002
        """Return what came of reading busy times over EWS."""
        return self._each("online-ews-free-busy", mailboxes)
