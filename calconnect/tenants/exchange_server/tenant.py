"""An Exchange Server organisation as calconnect sees it: asks over EWS, answers with observations, judges nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.evidence.redact import Redactor
from calconnect.foundation.clock import Clock
from calconnect.settings.model import ConnectionSettings, NetworkSettings
from calconnect.tenants.common.journal import Journal
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.observing import Question, Reply, Said, Scribe
from calconnect.tenants.common.wire import Answer, failed, split_url
from calconnect.tenants.exchange_server import calendars, directory
from calconnect.tenants.exchange_server.autodiscover import discover
from calconnect.tenants.exchange_server.connection import NOT_SIGNED_IN, Connection, SignedIn
from calconnect.tenants.exchange_server.ews import Pause, Request
from calconnect.tenants.exchange_server.names import ServiceLookup, look_up_service
from calconnect.tenants.exchange_server.round_trip import RoundTrip
from calconnect.tenants.exchange_server.signing import ServiceAccount
from calconnect.tenants.exchange_server.tls import inspect_handshake
from calconnect.tenants.interface import Window


class ExchangeServerTenant:
    """The tenant behind an EWS endpoint, reached with a service account that may impersonate, or has permissions.

    Implements :class:`calconnect.tenants.interface.Tenant`, where each probe is described. Observations carry an empty
    ``id``: whoever records them numbers them. Nothing is sent and no secret read before the first question.
    """

    def __init__(
        self,
        connection: ConnectionSettings,
        network: NetworkSettings,
        *,
        clock: Clock,
        run_id: str,
        state_folder: Path,
        pause: Pause = time.sleep,
        look_up_service: ServiceLookup = look_up_service,
    ) -> None:
        """Prepare to ask.

        Args:
            connection: the fields of the setup form; the password by reference.
            network: how the server is reached.
            clock: answers the time of observations and of the test event.
            run_id: the run that the test event belongs to.
            state_folder: where the journal of test events is kept between runs.
            pause: waits for a number of seconds when the server asks to be left alone for a while.
            look_up_service: answers SRV records, for Autodiscover.
        """
        self._settings = connection
        self._clock = clock
        self._route = Route.of(network)
        self._redactor = Redactor()
        self._scribe = Scribe(self._redactor, clock)
        self._account = ServiceAccount.of(connection, self._redactor)
        self._email = connection.service_account_email
        self._look_up_service = look_up_service
        self._connection = Connection(self._email, self._route, self._account, clock=clock, pause=pause)
        journal = Journal(state_folder, run_id, clock)
        self._round_trip = RoundTrip(self._ask, self._scribe, journal, clock)
        self._search = threading.Lock()
        self._searched = False

    def locate(self) -> tuple[Observation, ...]:
        """Find the EWS URL: see the interface. A URL from the settings is asked, without signing in, if it answers.

        Details beside the interface's: Autodiscover's ``codes``, ``found_by``, ``foreign_ews_url``.
        """
        url = self._settings.exchange_server_url
        if url is None:
            return self._discover()
        self._connection.use(url)
        reply = self._connection.ask_anonymously()
        question = Question("locate", "ConvertId", Mode.ANONYMOUS, url)
        return (self._scribe.observe(question, reply, {"how": "settings", "ews_url": url}, _is_there(reply.answer)),)

    def inspect_tls(self) -> Observation:
        """Look at the TLS handshake: see the interface. Details beside the interface's: ``not_before``."""
        url = self._url()
        if url is None:
            return self._scribe.not_asked(Question("tls", "TLS handshake", Mode.ANONYMOUS, self._email), "not-located")
        parts = split_url(url)
        host, port = parts.hostname or "", parts.port or 443
        at, began = self._clock(), time.perf_counter()
        handshake = inspect_handshake(self._route, host, port)
        duration = (time.perf_counter() - began) * 1000
        question = Question("tls", "TLS handshake", Mode.ANONYMOUS, f"{host}:{port}")
        reply = Reply(failed(handshake.failure), at, url, duration)
        said = None if handshake.failure else Said(Outcome.OK, None)
        return self._scribe.observe(question, reply, handshake.facts, said)

    def offered_authentication(self) -> Observation:
        """Ask without signing in: see the interface. HTTP 401 is the answer that is wanted."""
        question = Question("offered-authentication", "ConvertId", Mode.ANONYMOUS, self._url() or self._email)
        reply = self._connection.ask_anonymously()
        details: dict[str, Fact] = {}
        said = None
        if reply.answer.status == 401:
            details["schemes"] = list(reply.answer.schemes)
            said = Said(Outcome.OK, None)
        elif reply.answer.soap is not None:
            said = Said(Outcome.REFUSED, "no-sign-in-asked")
        return self._scribe.observe(question, reply, details, said)

    def sign_in(self) -> Observation:
        """Sign in: see the interface. Credentials go, once, only to a server that asks for them as EWS does."""
        self._url()
        signed_in = self._connection.sign_in()
        details: dict[str, Fact] = {"login": self._account.how}
        if signed_in.scheme:
            details["scheme"] = signed_in.scheme
        if signed_in.reply.answer.soap is not None and signed_in.ok:
            details["server_version"] = signed_in.reply.answer.soap.server_version
        question = Question("sign-in", "ConvertId", Mode.SERVICE_ACCOUNT, self._account.username)
        return self._scribe.observe(question, signed_in.reply, details, signed_in.said)

    def sign_in_by(self, scheme: str) -> Observation:
        """Sign in once more with another scheme: see the interface."""
        self._url()
        reply = self._connection.sign_in_by(scheme)
        answer = reply.answer
        proven = answer.status == 200 and answer.soap is not None and answer.kind not in NOT_SIGNED_IN
        said = Said(Outcome.OK, answer.code) if proven else None
        question = Question("sign-in-by", "ConvertId", Mode.SERVICE_ACCOUNT, self._account.username)
        return self._scribe.observe(question, reply, {"login": self._account.how, "scheme": scheme}, said)

    @property
    def signed_in(self) -> SignedIn | None:
        """What ``sign_in`` has shown, for the thin path; None: it was not tried, or the account is not signed in."""
        return self._connection.signed_in

    def open_calendar(self, mailbox: str | None, mode: Mode = Mode.IMPERSONATED) -> Observation:
        """Open a calendar folder: see the interface."""
        return calendars.open_calendar(self._ask, self._scribe, mailbox, self._email, mode)

    def open_folder(self, mailbox: str, folder: str) -> Observation:
        """Open another folder as the service account itself: see the interface."""
        return calendars.open_folder(self._ask, self._scribe, mailbox, folder)

    def list_events(self, mailbox: str, window: Window, mode: Mode = Mode.IMPERSONATED) -> Observation:
        """List events: see the interface. Details beside the interface's: ``complete``."""
        return calendars.list_events(self._ask, self._scribe, mailbox, window, mode)

    def event_rights(self, mailbox: str) -> Observation:
        """See what may be done with a few events: see the interface."""
        return calendars.event_rights(self._ask, self._scribe, mailbox)

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:
        """Ask when mailboxes are busy: see the interface. Details beside the interface's: ``days``."""
        return tuple(calendars.free_busy(self._ask, self._scribe, mailboxes, window))

    def free_busy_view(self, mailbox: str, window: Window) -> Observation:
        """See how much a free/busy view tells: see the interface."""
        return calendars.free_busy_view(self._ask, self._scribe, mailbox, window)

    def event_round_trip(self, mailbox: str, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        """Take a test event through its life: see the interface.

        Steps: ``create``, ``read``, ``update``, ``read-again``, ``delete``, ``find-gone``; later ones are missing where
        an earlier one failed. It is deleted also if this is interrupted.
        """
        url = self._url()
        if url is None:
            question = Question("event-round-trip", "CreateItem", mode, mailbox)
            return (self._scribe.not_asked(question, "not-located", {"step": "create"}),)
        return self._round_trip.run(url, mailbox, mode)

    def resolve_address(self, address: str) -> Observation:
        """Look an address up: see the interface."""
        return directory.resolve_address(self._ask, self._scribe, address)

    def find_names(self, beginning: str) -> Observation:
        """Look up whom the beginning of a name may mean: see the interface."""
        return directory.find_names(self._ask, self._scribe, beginning)

    def expand_group(self, address: str) -> tuple[Observation, ...]:
        """List a group's members: see the interface. Details beside the interface's: ``complete``."""
        return tuple(directory.expand_group(self._ask, self._scribe, address))

    def room_lists(self) -> tuple[Observation, ...]:
        """List the room lists and their rooms: see the interface."""
        return tuple(directory.room_lists(self._ask, self._scribe, self._email))

    def reach_from(self, source_address: str) -> Observation:
        """Connect from a source address: see the interface. Reached is what asks for a sign-in, or answers in EWS."""
        question = Question("reach-from", "ConvertId", Mode.ANONYMOUS, source_address)
        if self._url() is None:
            return self._scribe.not_asked(question, "not-located")
        reply = self._connection.ask_anonymously(source_address)
        return self._scribe.observe(question, reply, None, _is_there(reply.answer))

    def remove_stray_events(self, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        """Delete what interrupted runs left: see the interface.

        Details: ``found`` (marked events), ``strays`` (of these, left over), ``removed``, ``left_by`` (the run).
        """
        url = self._url()
        if url is None:
            question = Question("remove-strays", "FindItem", mode, self._settings.email_to_impersonate)
            return (self._scribe.not_asked(question, "not-located"),)
        return tuple(self._round_trip.remove_strays(url, self._settings.email_to_impersonate, mode))

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()

    def _discover(self) -> tuple[Observation, ...]:
        self._searched = True
        observations = discover(
            self._email,
            self._route,
            self._account,
            self._scribe,
            clock=self._clock,
            look_up=self._look_up_service,
        )
        ews_url = observations[-1].details.get("ews_url")
        if isinstance(ews_url, str):
            self._connection.use(ews_url)
        return observations

    def _url(self) -> str | None:
        """Return the EWS URL, looking for it first if that has not been done; None if it cannot be found."""
        with self._search:
            if self._connection.url is None:
                if self._settings.exchange_server_url is not None:
                    self._connection.use(self._settings.exchange_server_url)
                elif not self._searched:
                    self._discover()
        return self._connection.url

    def _ask(self, request: Request) -> Reply:
        self._url()
        return self._connection.ask(request)


def _is_there(answer: Answer) -> Said | None:
    """Say that an endpoint answers as EWS does; None: see the wire."""
    there = answer.status == 401 or (answer.status == 200 and answer.soap is not None)
    return Said(Outcome.OK, None) if there else None
