"""The observer: what steps ask, and what asks the tenant. Each question is put once, and its answer remembered.

Answers are observations, which are plain data, or :class:`NotAsked` where a gate was closed. What is asked next hangs
on these answers alone: with a tenant that answers from a saved run's observations, ids and all, the same run is judged
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from calconnect.acceptance import gates
from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.asker import MANY, NOT_LOOKED, Asker, last_of, matched
from calconnect.acceptance.fanout import fan_out
from calconnect.acceptance.recorder import Recorder
from calconnect.acceptance.settings_facts import MISSING, fields_facts, settings_facts
from calconnect.acceptance.stopped import STOPPED, facts_of, with_reason
from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.foundation.clock import Clock
from calconnect.settings.model import AccessLevel, Settings
from calconnect.tenants.interface import Tenant, Window
from calconnect.tenants.recorded import NOTED, RecordedTenant, was_recorded
from calconnect.tenants.thin.interface import Probe, Side

if TYPE_CHECKING:
    from calconnect.acceptance.earlier import Earlier
    from calconnect.sweep.sweeper import Asked, Sweeper, Told

FREE_BUSY_BATCH = 100
"""GetUserAvailability takes at most 100 mailboxes (``ErrorMailboxDataArrayTooBig``). Source:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/getuseravailability-operation"""


class Observer(Asker):
    """Asks the server, and notes facts of settings and files, on behalf of the steps."""

    def __init__(
        self,
        tenant: Tenant | None,
        settings: Settings,
        recorder: Recorder,
        clock: Clock,
        *,
        started: datetime | None = None,
        sweeper: Sweeper | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        """Prepare to ask; nothing is sent yet.

        Args:
            tenant: who is asked; a :class:`RecordedTenant` if a saved run is judged again; None: the topology has no
                server of the organisation's own.
            settings: the settings of the run.
            recorder: who takes what is observed.
            clock: tells the time.
            started: the moment at which the run started; None: now.
            sweeper: asks long lists of mailboxes; None: they are asked one by one.
            earlier: a sweep whose observations serve this run; None: there is none.
        """
        self._sweeper = sweeper
        self._recorded = tenant if isinstance(tenant, RecordedTenant) else None
        super().__init__(recorder, again=self._recorded is not None, earlier=earlier)
        self._server = tenant
        self._settings = settings
        self._clock = clock
        self._event_under_way = False
        self._strays_removed = False
        now = started or clock()
        self.way = Mode.IMPERSONATED if settings.access is AccessLevel.FULL else Mode.DELEGATE
        """How the agreed access reaches somebody else's mailbox."""
        self.window = Window(now, now + timedelta(days=settings.window_days))
        """The span of time in which events and busy times are looked at."""

    # --- the way to the server -------------------------------------------------------------------------------------

    def locate(self) -> Answers:
        """How the server was looked for: one observation an attempt, the last is the result."""
        if self._settings.connection.exchange_server_url is None and (gate := self._password_gate()):
            return gate  # Autodiscover takes the credentials
        return self._many("locate", self._tenant.locate)

    def tls(self) -> Answer:
        """The TLS handshake with the server."""
        if isinstance(located := self.locate(), NotAsked):
            return located
        return self._once("tls", self._tenant.inspect_tls)

    def offered_authentication(self) -> Answer:
        """What the server offers to a request without credentials."""
        return self._network_gate() or self._once("offered-authentication", self._tenant.offered_authentication)

    def reach_from(self, sources: Sequence[str]) -> dict[str, Answer]:
        """By source address, what came of connecting from it."""
        gate = self._network_gate()
        if gate:
            return dict.fromkeys(sources, gate)
        # That a firewall holds connections back is what is looked for here: it does not stop the sweep.
        what = "connecting from the vendor's addresses"
        return self._sweep("reach-from", sources, self._tenant.reach_from, what, watched=False)

    # --- the service account ---------------------------------------------------------------------------------------

    def sign_in(self) -> Answer:
        """What came of signing in, which is tried once, and only where the server is trusted and offers a way."""
        gate = self._network_gate() or self._password_gate()
        if gate:
            return gate
        offered = self.offered_authentication()
        if isinstance(offered, NotAsked):
            return offered
        return gates.may_sign_in(offered) or self._once("sign-in", self._tenant.sign_in)

    def sign_in_by(self, scheme: str) -> Answer:
        """What came of signing in once more with another scheme, which is tried only with credentials that are good."""
        return last_of(self._gated(("sign-in-by", scheme), lambda: (self._tenant.sign_in_by(scheme),)))

    def open_own_calendar(self) -> Answer:
        """What came of opening the service account's own calendar."""
        return last_of(self._gated("open-own-calendar", lambda: (self._tenant.open_calendar(None),)))

    # --- mailboxes -------------------------------------------------------------------------------------------------

    def open_calendars(self, mailboxes: Sequence[str], mode: Mode | None = None) -> dict[str, Answer]:
        """By mailbox, what came of opening its calendar, in the agreed :attr:`way` or in another one."""
        way = mode or self.way
        return self._mailboxes(
            _by("open-calendar", way),
            mailboxes,
            lambda mailbox: self._tenant.open_calendar(mailbox, way),
            "opening calendars",
            Probe.REACH if way is self.way else None,
        )

    def open_folders(self, mailboxes: Sequence[str], folder: str) -> dict[str, Answer]:
        """By mailbox, what came of opening another folder (``inbox``), as the service account itself."""
        return self._mailboxes(
            f"open-folder {folder}",
            mailboxes,
            lambda mailbox: self._tenant.open_folder(mailbox, folder),
            f"trying the folder {folder}",
        )

    def open_one_of(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """Open the first mailbox's calendar and, only if that is refused, all the others'."""
        first = self.open_calendars(mailboxes[:1])
        if any(isinstance(answer, Observation) and answer.ok for answer in first.values()):
            return first
        return self.open_calendars(mailboxes)

    def list_events(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what came of listing the events in :attr:`window`, in the agreed :attr:`way`."""
        return self._mailboxes(
            _by("list-events", self.way),
            mailboxes,
            lambda mailbox: self._tenant.list_events(mailbox, self.window, self.way),
            "listing events",
            Probe.READ,
        )

    def event_rights(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what the service account itself may do with a few of the events in its calendar."""
        return self._mailboxes("event-rights", mailboxes, self._tenant.event_rights, "looking at rights")

    def free_busy_views(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, how much a free/busy view tells when more is asked for than times."""
        return self._mailboxes(
            "free-busy-view",
            mailboxes,
            lambda mailbox: self._tenant.free_busy_view(mailbox, self.window),
            "looking at free/busy views",
        )

    def free_busy(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what came of reading the busy times in :attr:`window`."""
        if gate := self._mailbox_gate():
            return dict.fromkeys(mailboxes, gate)
        self._take_earlier("free-busy", mailboxes, Probe.FREE_BUSY, Side.SERVER)
        if (swept := self._by_sweeper("free-busy", mailboxes, Probe.FREE_BUSY, "reading busy times")) is not None:
            return swept
        todo = [mailbox for mailbox in mailboxes if ("free-busy", mailbox) not in self._answers]
        batches = [tuple(todo[start : start + FREE_BUSY_BATCH]) for start in range(0, len(todo), FREE_BUSY_BATCH)]
        done = 0
        missing = NotAsked("The answer does not speak of this mailbox.", UnknownReason.UNREACHABLE)
        for batch, found in fan_out(lambda batch: self._tenant.free_busy(batch, self.window), batches, self._workers):
            recorded = [self._recorder.record(one) for one in found if was_recorded(one)]
            for mailbox, observation in matched(batch, recorded).items():
                self._answers["free-busy", mailbox] = (observation,)
            if found and not recorded:
                missing = NOT_LOOKED
            done += len(batch)
            self._recorder.progress("reading busy times", done, len(todo))
        answers = {mailbox: last_of(self._answers.get(("free-busy", mailbox), missing)) for mailbox in mailboxes}
        return with_reason(answers, self._saved_stop("free-busy"))

    def resolve(self, addresses: Sequence[str]) -> dict[str, Answer]:
        """By address, what came of looking it up."""
        return self._mailboxes("resolve-address", addresses, self._tenant.resolve_address, "looking addresses up")

    def find_names(self, beginnings: Sequence[str]) -> dict[str, Answer]:
        """By beginning, which mailboxes have such a name or address, as far as the directory tells."""
        return self._mailboxes("find-names", beginnings, self._tenant.find_names, "looking through the directory")

    def expand_group(self, group: str) -> Answers:
        """What came of expanding a group: the group itself first, then the groups in it."""
        return self._gated(("expand-group", group), lambda: self._tenant.expand_group(group))

    def room_lists(self) -> Answers:
        """What came of asking for the room lists, and for the rooms of each."""
        return self._gated("room-lists", self._tenant.room_lists)

    def event_round_trip(self, mailbox: str) -> Answers:
        """What came of creating, reading, changing and deleting a test event, in the agreed way, step by step."""

        def ask() -> tuple[Observation, ...]:
            self._event_under_way = True  # and still so if it is interrupted: see clean_up
            observations = self._tenant.event_round_trip(mailbox, self.way)
            self._event_under_way = False
            return observations

        return self._gated(("event-round-trip", mailbox), ask)

    # --- configuration ---------------------------------------------------------------------------------------------

    def connection_settings(self) -> Observation:
        """Record what the connection settings hold, and how the password is kept, and return the observation."""
        connection = self._settings.connection

        def facts() -> dict[str, Fact]:
            # Of a saved run there is no password any more: what it did not look at then cannot be looked at now.
            return settings_facts(connection) if self._recorded is None else fields_facts(connection)

        return self._note("read the connection settings", self._settings.file.name, facts)

    def note(self, operation: str, target: str, details: Mapping[str, Fact], files: Iterable[Path] = ()) -> Observation:
        """Record a fact that was read from settings or files, and return the observation; the same fact once.

        Args:
            operation: what was done, such as ``compare domains``.
            target: what it was about.
            details: the facts; never a secret.
            files: the files that it rests on; their names and SHA-256 are recorded with it.

        Raises:
            OSError: one of the files cannot be read.
        """

        def facts() -> dict[str, Fact]:
            hashes: dict[str, Fact] = {}
            for path in files:
                if self._recorded is not None and not path.exists():
                    continue  # its hash was noted, or nothing rests on it: it is not kept with a run
                with path.open("rb") as file:
                    hashes[f"sha256 of {path.name}"] = hashlib.file_digest(file, "sha256").hexdigest()
            return {**details, **hashes}

        return self._note(operation, target, facts)

    def _note(self, operation: str, target: str, facts: Callable[[], dict[str, Fact]]) -> Observation:
        def noted() -> Observation:
            saved = self._recorded and self._recorded.noted(operation, target)
            if saved:
                return saved
            found = facts()
            return Observation(
                "", self._clock(), NOTED, operation, Mode.CONFIGURATION, target, Outcome.OK, details=found
            )

        answer = self._once((NOTED, operation, target), noted)
        assert isinstance(answer, Observation)
        return answer

    def clean_up(self) -> None:
        """Remove the test event of a round trip that was interrupted, if one was."""
        if self._event_under_way:
            self._event_under_way = False
            for observation in self._tenant.remove_stray_events(self.way):
                self._recorder.record(observation)

    @property
    def _tenant(self) -> Tenant:
        assert self._server is not None, "a topology without a server has no requirement that asks it"
        return self._server

    # --- gates ------------------------------------------------------------------------------------------

    def _password_gate(self) -> NotAsked | None:
        read = self.connection_settings()
        missing = read.details.get(MISSING)
        if not missing:
            return None
        sentence = f"It was not asked for, because APP-02 stands in the way: there is no password. {missing}"
        return NotAsked(sentence, UnknownReason.BLOCKED, "APP-02", (read.id,))

    def _network_gate(self) -> NotAsked | None:
        located, shaken = self.locate(), self.tls()
        if isinstance(shaken, NotAsked):
            return shaken
        return gates.reached(located, shaken, url_given=self._settings.connection.exchange_server_url is not None)

    def _mailbox_gate(self) -> NotAsked | None:
        signed_in = self.sign_in()
        if isinstance(signed_in, NotAsked):
            return signed_in
        if gate := gates.signed_in(signed_in) or self._breaker.closed:
            return gate
        # What an earlier run that was killed left behind; who may see times alone has written nothing.
        if not self._strays_removed and self._settings.access is not AccessLevel.FREE_BUSY:
            self._strays_removed = True
            for observation in self._tenant.remove_stray_events(self.way):
                self._recorder.record(observation)
        return None

    def _gated(self, key: Hashable, ask: Callable[[], tuple[Observation, ...]]) -> Answers:
        if key in self._answers:
            return self._answers[key]
        return self._mailbox_gate() or self._many(key, ask)

    def _mailboxes(
        self,
        probe: str,
        mailboxes: Sequence[str],
        ask: Callable[[str], Observation],
        what: str,
        through: Probe | None = None,
    ) -> dict[str, Answer]:
        if gate := self._mailbox_gate():
            known = {mailbox: self._answers.get((probe, mailbox), gate) for mailbox in mailboxes}
            return {mailbox: last_of(answer) for mailbox, answer in known.items()}
        if through is not None:
            self._take_earlier(probe, mailboxes, through, Side.SERVER)
            if (swept := self._by_sweeper(probe, mailboxes, through, what)) is not None:
                return swept
        return with_reason(self._sweep(probe, mailboxes, ask, what), self._saved_stop(probe))

    def _by_sweeper(self, name: str, mailboxes: Sequence[str], probe: Probe, what: str) -> dict[str, Answer] | None:
        """Ask a long list through the engine of the sweep; None: it is to be asked one by one."""
        sweeper = self._sweeper
        if sweeper is None or sum((name, mailbox) not in self._answers for mailbox in mailboxes) < MANY:
            return None

        def ask(todo: Sequence[str], told: Told) -> Asked:
            return sweeper.ask(probe, Side.SERVER, todo, self.window, told)

        answers, ending = self._swept(name, mailboxes, ask, what)
        if ending is None:
            return answers
        return self._keep(name, with_reason(answers, self.note(STOPPED, name, facts_of(ending))))

    def _saved_stop(self, name: str) -> Observation | None:
        """Return why the run that is judged again stopped asking; None: it did not."""
        return self._recorded.noted(STOPPED, name) if self._recorded is not None else None


def _by(probe: str, way: Mode) -> str:
    """Return what tells a question from the same one that is put in another way."""
    return probe if way is Mode.IMPERSONATED else f"{probe} as {way}"
