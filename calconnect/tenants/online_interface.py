"""What Exchange Online can be asked, over Microsoft Graph and, while it lives, over EWS with application tokens.

Every method answers with observations, never with an exception, as in :mod:`calconnect.tenants.interface`. Everything
is asked as calconnect's own application (``Mode.APPLICATION``): what that application may do says nothing about what
the vendor's application may.

Where many are asked at once (``Sequence``), at most :data:`BATCH` are given, and one observation comes back for each,
in their order; a throttled part was asked again as the server wished. Codes are Graph's ``error.code``
(``ErrorAccessDenied``), Entra's ``AADSTS…``, EWS response codes, or calconnect's own lower-case words. Where Graph says
that a policy keeps the application out of a mailbox, the details have ``blocked_by`` (``application-access-policy``);
where clocks differ too much, ``clock_skew_seconds`` (positive: the server's is ahead).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from calconnect.evidence.observation import Observation
from calconnect.tenants.interface import Window

BATCH = 20
"""Requests in a JSON batch: https://learn.microsoft.com/graph/json-batching"""


class OnlineTenant(Protocol):
    """An organisation in Exchange Online that can be observed. Safe to call from several threads."""

    def sign_in_application(self) -> Observation:
        """probe ``application-sign-in``: a token for Graph as calconnect's own application.

        Details: ``tenant_id``, ``application``, ``method`` (``secret`` | ``certificate`` | ``assertion``),
        ``permissions`` (the application permissions that the token carries, sorted). Code on refusal: ``AADSTS…``.
        """

    def organization(self) -> tuple[Observation, ...]:
        """probe ``organization``: GET /organization, then GET /domains. The last one's details: ``verified`` and
        ``unverified`` (domain names), ``email`` (those that have the service Email), ``initial``."""

    def users(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        """probe ``online-user``: GET /users/{address}. Details: ``user_id``, ``user_principal_name``, ``primary_smtp``
        (``mail``), ``enabled``, ``synced`` (from an on-premises directory), ``exchange_plan`` (``enabled``,
        ``suspended``, ``none`` …: of the assigned plan with service ``exchange``), ``plan_names`` (service plans'
        names where licenseDetails shows them, such as ``EXCHANGE_S_ENTERPRISE``)."""

    def directory_roles(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        """probe ``directory-roles``: GET /users/{address}/transitiveMemberOf/microsoft.graph.directoryRole. Details:
        ``roles`` (display names), ``templates`` (roleTemplateId, in the same order)."""

    def application(self, app_id: str) -> tuple[Observation, ...]:
        """probe ``application-consent``: GET /servicePrincipals(appId=…), then its appRoleAssignments and the names of
        the permissions. The last one's details: ``app_id``, ``service_principal``, ``name``, ``enabled``,
        ``permissions`` (sorted names; ``Office 365 Exchange Online: full_access_as_app`` where the resource is not
        Graph), ``granted_at`` (ISO, the latest)."""

    def open_calendars(self, mailboxes: Sequence[str]) -> tuple[Observation, ...]:
        """probe ``graph-calendar``: GET /users/{mailbox}/calendar. Details: ``can_edit``,
        ``calendar_name_is_default``, and ``primary_smtp`` where it is another address than the one that was asked."""

    def list_events(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """probe ``graph-events``: GET /users/{mailbox}/calendarView, all pages. Details: ``events`` (count)."""

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """probe ``graph-free-busy``: POST /users/{first}/calendar/getSchedule for them all. Details: ``busy``."""

    def event_round_trip(self, mailbox: str) -> tuple[Observation, ...]:
        """probe ``graph-event-round-trip``: create, read, update, read, follow (calendarView/delta shows it), delete,
        find gone: a marked event without attendees. One observation an operation, details ``step``. What was created
        is deleted whatever happens."""

    def remove_stray_events(self, mailbox: str) -> tuple[Observation, ...]:
        """probe ``graph-remove-strays``: delete test events that an earlier, interrupted run left in this mailbox."""

    def rooms(self) -> tuple[Observation, ...]:
        """probe ``graph-rooms``: GET /places/microsoft.graph.roomlist, then the rooms of each. Details: ``lists`` or
        ``list`` and ``rooms``."""

    def group_members(self, group: str) -> tuple[Observation, ...]:
        """probe ``graph-group``: the group by its address, its direct members, its transitive ones. The last one's
        details: ``group_id``, ``mail_enabled``, ``security_enabled``, ``direct`` and ``transitive`` (addresses of
        users), ``groups`` (count of groups in it)."""

    def some_users(self, count: int) -> Observation:
        """probe ``graph-some-users``: GET /users with a mail address, as many as ``count``. Details: ``mailboxes``
        (addresses), ``complete``."""

    def what_if(self, user: str, source_address: str) -> Observation:
        """probe ``what-if``: POST /identity/conditionalAccess/evaluate for a sign-in of ``user`` from an address.

        Details: ``applies`` (names of enabled policies that apply), ``controls`` (``block``, ``mfa`` …),
        ``report_only`` (names), ``source``.
        """

    def locate(self, address: str) -> Observation:
        """probe ``online-autodiscover``: Autodiscover v2 (JSON) at Exchange Online, without signing in. Details:
        ``ews_url``, ``hosted`` (``online`` | ``elsewhere``)."""

    def sign_in_ews(self) -> Observation:
        """probe ``online-ews-sign-in``: a token for EWS (``https://outlook.office365.com/.default``). Details as in
        ``sign_in_application``."""

    def open_ews_calendar(self, mailbox: str) -> Observation:
        """probe ``online-ews-calendar``: EWS GetFolder ``calendar`` with ``ExchangeImpersonation`` and
        ``X-AnchorMailbox``. The header ``X-EWS-Policy-Reason`` is kept where it comes."""

    def ews_free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """probe ``online-ews-free-busy``: EWS GetUserAvailability. Details: ``busy``, ``view``."""

    def close(self) -> None:
        """Close all connections."""
