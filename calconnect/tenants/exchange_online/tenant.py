"""Exchange Online as calconnect sees it: asks over Graph and EWS, answers with observations, judges nothing."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from pathlib import Path

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.evidence.redact import Redactor
from calconnect.foundation.clock import Clock
from calconnect.settings.model import Microsoft365Settings, NetworkSettings
from calconnect.tenants.common.journal import Journal
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.observing import Question, Said, Scribe
from calconnect.tenants.exchange_online import calendars, organization, people
from calconnect.tenants.exchange_online.asking import Asking
from calconnect.tenants.exchange_online.clouds import CLOUDS
from calconnect.tenants.exchange_online.ews import OnlineEws
from calconnect.tenants.exchange_online.http import Http
from calconnect.tenants.exchange_online.locating import Locator
from calconnect.tenants.exchange_online.patience import Pause
from calconnect.tenants.exchange_online.round_trip import Lived, RoundTrip
from calconnect.tenants.exchange_online.session import GraphSession
from calconnect.tenants.exchange_online.tokens import Tokens
from calconnect.tenants.exchange_online.what_if import WhatIf
from calconnect.tenants.interface import Window


class ExchangeOnlineTenant:
    """The Exchange Online half of an organisation, reached as calconnect's own application.

    Implements :class:`calconnect.tenants.online_interface.OnlineTenant`, where each probe is described. Observations
    carry an empty ``id``: whoever records them numbers them. Nothing is sent and no secret read before the first
    question.
    """

    def __init__(
        self,
        settings: Microsoft365Settings,
        network: NetworkSettings,
        *,
        clock: Clock,
        run_id: str,
        state_folder: Path | None = None,
        pause: Pause = time.sleep,
    ) -> None:
        """Prepare to ask.

        Args:
            settings: the organisation and the application; secrets by reference.
            network: how the servers are reached.
            clock: answers the time of observations and of the test event.
            run_id: the run that the test event belongs to.
            state_folder: where the journal of test events is kept between runs; None: none is kept.
            pause: waits for a number of seconds when a server asks to be left alone for a while.
        """
        self._settings = settings
        self._clock = clock
        self._pause = pause
        hosts = CLOUDS[settings.cloud]
        self._hosts = hosts
        redactor = Redactor()
        self._scribe = Scribe(redactor, clock)
        self._http = Http(Route.of(network))
        self._tokens = Tokens(settings, self._http, redactor, clock=clock, pause=pause)
        self._run_id = run_id
        self._journal = Journal(state_folder, run_id, clock) if state_folder is not None else None
        self._locator = Locator(hosts, self._http, self._scribe, clock=clock, pause=pause)
        self._arrange(once=False)

    def _arrange(self, *, once: bool) -> None:
        clock, pause = self._clock, self._pause
        session = GraphSession(self._hosts, self._http, self._tokens, clock=clock, pause=pause, once=once)
        self._asking = Asking(session, self._scribe)
        self._ews = OnlineEws(self._hosts, self._http, self._tokens, self._scribe, clock=clock, pause=pause, once=once)
        self._what_if = WhatIf(self._asking)
        endpoint = f"{self._hosts.graph}/{self._settings.tenant}"
        self._round_trip = RoundTrip(self._asking, self._journal, endpoint, self._run_id, clock)

    def asking_once(self) -> ExchangeOnlineTenant:
        """Return the same tenant, on the same connections and with the same tokens, that asks nothing twice.

        Whoever asks it decides about further attempts. It is closed together with this one.
        """
        other = copy.copy(self)
        other._arrange(once=True)
        return other

    def sign_in_application(self) -> Observation:
        """Ask for a token for Graph: see the interface."""
        return self._sign_in("application-sign-in", self._hosts.graph_scope)

    def organization(self) -> tuple[Observation, ...]:
        """Read the organisation and its domains: see the interface."""
        return tuple(organization.organization(self._asking, self._settings.tenant))

    def users(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        """Look users up: see the interface. Details beside the interface's: ``found_by``."""
        return tuple(people.users(self._asking, addresses))

    def directory_roles(self, addresses: Sequence[str]) -> tuple[Observation, ...]:
        """List directory roles: see the interface."""
        return tuple(people.directory_roles(self._asking, addresses))

    def application(self, app_id: str) -> tuple[Observation, ...]:
        """Read what an application was consented to: see the interface."""
        return tuple(organization.application(self._asking, app_id))

    def open_calendars(self, mailboxes: Sequence[str]) -> tuple[Observation, ...]:
        """Open default calendars: see the interface."""
        return tuple(calendars.open_calendars(self._asking, mailboxes))

    def list_events(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """Count events: see the interface."""
        return tuple(calendars.list_events(self._asking, mailboxes, window))

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """Ask when mailboxes are busy: see the interface. Details beside the interface's: ``asked_through``,
        ``days``."""
        return tuple(calendars.free_busy(self._asking, mailboxes, window))

    def event_round_trip(self, mailbox: str) -> tuple[Observation, ...]:
        """Take a test event through its life: see the interface.

        Steps: ``create``, ``read``, ``update``, ``read-again``, ``follow``, ``delete``, ``find-gone``; later ones are
        missing where an earlier one failed. It is deleted also if this is interrupted.
        """
        return self._round_trip.run(mailbox).observations

    def round_trip(self, mailbox: str) -> Lived:
        """Do the same, and say whether it is certain that nothing is left of the event."""
        return self._round_trip.run(mailbox)

    def remove_stray_events(self, mailbox: str) -> tuple[Observation, ...]:
        """Delete what interrupted runs left: see the interface.

        Details: ``found`` (marked events), ``strays`` (of these, left over), ``removed``, ``left_by`` (the run).
        """
        return tuple(self._round_trip.remove_strays(mailbox))

    def rooms(self) -> tuple[Observation, ...]:
        """List room lists and rooms: see the interface."""
        return tuple(calendars.rooms(self._asking))

    def group_members(self, group: str) -> tuple[Observation, ...]:
        """List a group's members: see the interface."""
        return tuple(people.group_members(self._asking, group))

    def some_users(self, count: int) -> Observation:
        """List some users: see the interface. Only those who are enabled and have an Exchange plan."""
        return people.some_users(self._asking, count)

    def what_if(self, user: str, source_address: str) -> Observation:
        """Evaluate Conditional Access: see the interface."""
        return self._what_if.ask(user, source_address)

    def locate(self, address: str) -> Observation:
        """Ask Autodiscover where a mailbox is: see the interface."""
        return self._locator.locate(address)

    def sign_in_ews(self) -> Observation:
        """Ask for a token for EWS: see the interface."""
        return self._sign_in("online-ews-sign-in", self._hosts.ews_scope)

    def open_ews_calendar(self, mailbox: str) -> Observation:
        """Open a default calendar over EWS: see the interface. Details: ``folder_class``."""
        return self._ews.open_calendar(mailbox)

    def ews_free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """Ask over EWS when mailboxes are busy: see the interface. Details beside the interface's: ``asked_through``,
        ``days``."""
        return tuple(self._ews.free_busy(mailboxes, window))

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def _sign_in(self, probe: str, scope: str) -> Observation:
        signed_in = self._tokens.sign_in(scope)
        details: dict[str, Fact] = {
            **signed_in.details,
            "tenant_id": self._settings.tenant,
            "application": self._settings.application,
            "method": self._tokens.method,
        }
        token = signed_in.token
        if token is not None and token.tenant_id:
            details["tenant_id"] = token.tenant_id
        if token is not None and token.permissions is not None:
            details["permissions"] = list(token.permissions)
        question = Question(probe, "client credentials grant", Mode.APPLICATION, self._settings.application)
        said = Said(Outcome.OK, None) if token is not None else None
        return self._scribe.observe(question, signed_in.reply, details, said)
