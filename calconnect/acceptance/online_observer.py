"""The observer of Exchange Online: what steps ask there, and what asks it. Each question is put once and remembered.

Nothing is asked before calconnect's own application has signed in, and no mailbox before a token was given for it. What
that application may not look at is not known; it says nothing about what the vendor's application may.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from calconnect.acceptance import gates
from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.asker import MANY, Asker, Batches, last_of
from calconnect.acceptance.noted import application_read
from calconnect.acceptance.observer import Observer
from calconnect.acceptance.recorder import Recorder
from calconnect.acceptance.settings_facts import CREDENTIAL_MISSING
from calconnect.acceptance.stopped import STOPPED, facts_of, with_reason
from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.settings.model import Settings, Topology
from calconnect.tenants.interface import Window
from calconnect.tenants.online_interface import BATCH, OnlineTenant
from calconnect.tenants.recorded_online import RecordedOnlineTenant
from calconnect.tenants.thin.interface import Probe, Side

if TYPE_CHECKING:
    from calconnect.acceptance.earlier import Earlier
    from calconnect.sweep.sweeper import Asked, Sweeper, Told


class OnlineObserver(Asker):
    """Asks Exchange Online on behalf of the steps."""

    def __init__(
        self,
        tenant: OnlineTenant,
        settings: Settings,
        recorder: Recorder,
        observer: Observer,
        *,
        sweeper: Sweeper | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        """Prepare to ask; nothing is sent yet.

        Args:
            tenant: who is asked; a :class:`RecordedOnlineTenant` if a saved run is judged again.
            settings: the settings of the run.
            recorder: who takes what is observed.
            observer: the run's observer, which notes facts of settings and knows the window.
            sweeper: asks long lists of mailboxes; None: they are asked batch by batch.
            earlier: a sweep whose observations serve this run; None: there is none.
        """
        super().__init__(recorder, again=isinstance(tenant, RecordedOnlineTenant), earlier=earlier)
        self._tenant = tenant
        self._recorded = tenant if isinstance(tenant, RecordedOnlineTenant) else None
        self._sweeper = sweeper
        self._settings = settings
        self._observer = observer
        self._writing_to: str | None = None
        self._strays_removed: set[str] = set()

    @property
    def window(self) -> Window:
        """The span of time in which events and busy times are looked at."""
        return self._observer.window

    # --- signing in ------------------------------------------------------------------------------------------------

    def sign_in(self) -> Answer:
        """What came of signing in for Graph as calconnect's own application, which is tried once."""
        return self._credential_gate() or self._once("application-sign-in", self._tenant.sign_in_application)

    def sign_in_ews(self) -> Answer:
        """What came of signing in for EWS, likewise."""
        return self._credential_gate() or self._once("online-ews-sign-in", self._tenant.sign_in_ews)

    # --- the directory and applications ----------------------------------------------------------------------------

    def organization(self) -> Answers:
        """The organisation and its domains; the last observation tells of the domains."""
        return self._asked("organization", self._tenant.organization)

    def users(self, addresses: Sequence[str]) -> dict[str, Answer]:
        """By address, the user that it is of: plan, primary address, whether it may sign in."""
        return self._each("online-user", addresses, self._tenant.users, "looking users up")

    def directory_roles(self, addresses: Sequence[str]) -> dict[str, Answer]:
        """By address, the user's directory roles, through groups, too."""
        return self._each("directory-roles", addresses, self._tenant.directory_roles, "reading directory roles")

    def application(self, app_id: str) -> Answers:
        """An application's service principal and the permissions that it was given; the last one tells of these."""
        return self._asked(("application-consent", app_id), lambda: self._tenant.application(app_id))

    def group_members(self, group: str) -> Answers:
        """A group and its members; the last observation tells of these."""
        return self._asked(("graph-group", group), lambda: self._tenant.group_members(group))

    def some_users(self, count: int) -> Answer:
        """A number of users with a mail address, as the directory gives them."""
        return last_of(self._asked(("graph-some-users", count), lambda: (self._tenant.some_users(count),)))

    def what_if(self, user: str, source_address: str) -> Answer:
        """What Conditional Access would do to a sign-in of ``user`` from an address."""
        key = ("what-if", user, source_address)
        return last_of(self._asked(key, lambda: (self._tenant.what_if(user, source_address),)))

    def rooms(self) -> Answers:
        """The room lists, then the rooms of each."""
        return self._asked("graph-rooms", self._tenant.rooms)

    # --- mailboxes over Graph --------------------------------------------------------------------------------------

    def open_calendars(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what came of opening its calendar."""
        ask, what = self._tenant.open_calendars, "opening calendars over Graph"
        return self._each("graph-calendar", mailboxes, ask, what, Probe.REACH)

    def list_events(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what came of listing the events in :attr:`window`."""

        def ask(part: Sequence[str]) -> tuple[Observation, ...]:
            return self._tenant.list_events(part, self.window)

        return self._each("graph-events", mailboxes, ask, "listing events over Graph", Probe.READ)

    def free_busy(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what came of reading the busy times in :attr:`window`."""

        def ask(part: Sequence[str]) -> tuple[Observation, ...]:
            return self._tenant.free_busy(part, self.window)

        return self._each("graph-free-busy", mailboxes, ask, "reading busy times over Graph", Probe.FREE_BUSY)

    def event_round_trip(self, mailbox: str) -> Answers:
        """What came of creating, reading, changing, following and deleting a test event, step by step."""

        def ask() -> tuple[Observation, ...]:
            if mailbox not in self._strays_removed:  # what an earlier run that was killed left behind
                self._strays_removed.add(mailbox)
                for stray in self._tenant.remove_stray_events(mailbox):
                    self._recorder.record(stray)
            self._writing_to = mailbox  # and still so if it is interrupted: see clean_up
            observations = self._tenant.event_round_trip(mailbox)
            self._writing_to = None
            return observations

        return self._asked(("graph-event-round-trip", mailbox), ask)

    # --- EWS, while it lives ---------------------------------------------------------------------------------------

    def locate(self, addresses: Sequence[str]) -> dict[str, Answer]:
        """By address, where Autodiscover says that its mailbox is; needs no sign-in."""
        return self._sweep("online-autodiscover", addresses, self._tenant.locate, "asking Autodiscover", watched=False)

    def open_ews_calendars(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what came of opening its calendar over EWS."""
        if gate := self._ews_gate():
            return self._known("online-ews-calendar", mailboxes, gate)
        ask = self._tenant.open_ews_calendar
        return self._sweep("online-ews-calendar", mailboxes, ask, "opening calendars over EWS")

    def ews_free_busy(self, mailboxes: Sequence[str]) -> dict[str, Answer]:
        """By mailbox, what came of reading its busy times over EWS."""
        if gate := self._ews_gate():
            return self._known("online-ews-free-busy", mailboxes, gate)

        def ask(part: tuple[str, ...]) -> tuple[Observation, ...]:
            return self._tenant.ews_free_busy(part, self.window)

        batches = Batches(BATCH, ask, "reading busy times over EWS")
        return self._in_batches("online-ews-free-busy", mailboxes, batches)

    def clean_up(self) -> None:
        """Remove the test event of a round trip that was interrupted, if one was."""
        if self._writing_to is not None:
            mailbox, self._writing_to = self._writing_to, None
            for observation in self._tenant.remove_stray_events(mailbox):
                self._recorder.record(observation)

    # --- gates -----------------------------------------------------------------------------------------------------

    def _credential_gate(self) -> NotAsked | None:
        read = application_read(self._observer, self._settings)
        missing = read.details.get(CREDENTIAL_MISSING)
        if not missing:
            return None
        sentence = f"It was not asked for: calconnect's own application cannot prove itself. {missing}"
        return NotAsked(sentence, UnknownReason.NOT_PERMITTED, "", (read.id,), "secret-not-found")

    def _gate(self, signed_in: Answer) -> NotAsked | None:
        if isinstance(signed_in, NotAsked):
            return signed_in
        return gates.application_signed_in(signed_in) or self._breaker.closed

    def _ews_gate(self) -> NotAsked | None:
        return self._gate(self.sign_in_ews())

    def _asked(self, key: Hashable, ask: Callable[[], tuple[Observation, ...]]) -> Answers:
        if key in self._answers:
            return self._answers[key]
        return self._gate(self.sign_in()) or self._many(key, ask)

    def _each(
        self,
        probe: str,
        targets: Sequence[str],
        ask: Callable[[Sequence[str]], tuple[Observation, ...]],
        what: str,
        through: Probe | None = None,
    ) -> dict[str, Answer]:
        if gate := self._gate(self.sign_in()):
            return self._known(probe, targets, gate)
        sweeper = self._sweeper
        # In the topology over EWS the sweep asks over EWS; what is asked over Graph there is asked here.
        graph = self._settings.topology is not Topology.EXCHANGE_ONLINE_EWS
        if through is not None and graph:
            self._take_earlier(probe, targets, through, Side.ONLINE)
        new = sum((probe, target) not in self._answers for target in targets)
        if through is None or sweeper is None or new < MANY or not graph:
            answers = self._in_batches(probe, targets, Batches(BATCH, ask, what))
            return with_reason(answers, self._recorded.noted(STOPPED, probe) if self._recorded is not None else None)

        def ask_all(todo: Sequence[str], told: Told) -> Asked:
            return sweeper.ask(through, Side.ONLINE, todo, self.window, told)

        answers, ending = self._swept(probe, targets, ask_all, what)
        if ending is None:
            return answers
        return self._keep(probe, with_reason(answers, self._observer.note(STOPPED, probe, facts_of(ending))))

    def _known(self, probe: str, targets: Sequence[str], gate: NotAsked) -> dict[str, Answer]:
        """Return what was answered before the gate was closed, and the gate for the others."""
        return {target: last_of(self._answers.get((probe, target), gate)) for target in targets}
