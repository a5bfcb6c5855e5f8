"""A tenant that answers from the observations of a saved run, ids and all, so that the run can be judged again.

Nothing is sent to any server. A question that the run did not put is answered with an observation of the code
``not-recorded``, which is nothing that was seen: :func:`was_recorded` tells the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.evidence.redact import REDACTED
from calconnect.settings.addresses import address_key
from calconnect.tenants.interface import Window

NOT_RECORDED = "not-recorded"
"""The code of an answer that the saved run does not hold."""

NOTED = "configuration"
"""The probe of what was read from settings and files, and asked of no tenant."""

_NUMBER = re.compile(r"o-(\d+)")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def was_recorded(observation: Observation) -> bool:
    """Say whether an observation is one, and not the word that a saved run holds none."""
    return observation.code != NOT_RECORDED


class RecordedAnswers:
    """Finds what a run recorded of a question.

    What was observed must be given in the order in which it was recorded: answers of several observations stand
    together there.
    """

    def __init__(self, observations: Iterable[Observation]) -> None:
        """Take the observations of a run."""
        self._observations = tuple(observations)
        self._place = {id(one): number for number, one in enumerate(self._observations)}
        self._by_probe: dict[str, list[Observation]] = {}
        self._by_target: dict[tuple[str, str], list[Observation]] = {}
        for one in self._observations:
            self._by_probe.setdefault(one.probe, []).append(one)
            self._by_target.setdefault((one.probe, address_key(one.target)), []).append(one)
        self._redacted = [one for one in self._observations if REDACTED in one.target]
        self._given: dict[tuple[str, str, Mode | None], tuple[Observation, ...]] = {}

    @property
    def next_number(self) -> int:
        """The number of the first observation that is not one of these."""
        found = [_NUMBER.fullmatch(one.id) for one in self._observations]
        return 1 + max((int(number.group(1)) for number in found if number), default=0)

    def noted(self, operation: str, target: str) -> Observation | None:
        """Return a fact that the run noted from settings or files; None: it noted none."""
        found = self._by_target.get((NOTED, address_key(target)), ())
        return next((one for one in found if (one.operation, one.target) == (operation, target)), None)

    def close(self) -> None:
        """Nothing is open."""

    def _all(self, probe: str) -> tuple[Observation, ...]:
        return tuple(self._by_probe.get(probe, ())) or (_nothing(probe, ""),)

    def _one(self, probe: str, target: str, mode: Mode | None = None, **facts: Fact) -> Observation:
        """Return the first observation of a question.

        Args:
            probe: calconnect's question.
            target: what it was about.
            mode: the way in which it was asked, where there are several.
            facts: what else tells it from others; an observation that says nothing of it fits, too.
        """
        for one in self._some(probe, target, mode):
            if all(one.details.get(name, fact) == fact for name, fact in facts.items()):
                return one
        return _nothing(probe, target)

    def _some(self, probe: str, target: str, mode: Mode | None) -> tuple[Observation, ...]:
        """Return all observations of a question, in their order; none if it was not put."""
        found = self._by_target.get((probe, address_key(target)), ())
        fitting = tuple(one for one in found if mode is None or one.mode is mode)
        return fitting or self._hidden(probe, target, mode)

    def _hidden(self, probe: str, target: str, mode: Mode | None) -> tuple[Observation, ...]:
        """Return observations whose target lost a part to redaction: each is given to one question, in their order."""
        key = (probe, target, mode)
        if self._redacted and key not in self._given:
            given = {id(one) for answer in self._given.values() for one in answer}
            fitting = [
                one
                for one in self._redacted
                if one.probe == probe and one.mode is (mode or one.mode) and id(one) not in given and _fits(one, target)
            ]
            if not probe.endswith("event-round-trip"):
                fitting = fitting[:1]
            self._given[key] = tuple(fitting)
        return self._given.get(key, ())

    def _each(self, probe: str, targets: Sequence[str]) -> tuple[Observation, ...]:
        """Return one observation for each target; a target of which nothing was recorded is left out."""
        found = [self._one(probe, target) for target in targets]
        recorded = tuple(one for one in found if was_recorded(one))
        return recorded or tuple(found[:1])

    def _series(self, probe: str, target: str, mode: Mode | None = None) -> tuple[Observation, ...]:
        """Return all observations of a question that takes several."""
        return self._some(probe, target, mode) or (_nothing(probe, target),)


class RecordedTenant(RecordedAnswers):
    """Implements :class:`calconnect.tenants.interface.Tenant` from what a run recorded."""

    def locate(self) -> tuple[Observation, ...]:
        """Return how the server was looked for."""
        return self._all("locate")

    def inspect_tls(self) -> Observation:
        """Return the handshake."""
        return self._all("tls")[-1]

    def offered_authentication(self) -> Observation:
        """Return what was offered."""
        return self._all("offered-authentication")[-1]

    def sign_in(self) -> Observation:
        """Return what came of signing in."""
        return self._all("sign-in")[-1]

    def sign_in_by(self, scheme: str) -> Observation:
        """Return what came of signing in once more."""
        found = [one for one in self._all("sign-in-by") if one.details.get("scheme") == scheme]
        return found[0] if found else _nothing("sign-in-by", "")

    def open_calendar(self, mailbox: str | None, mode: Mode = Mode.IMPERSONATED) -> Observation:
        """Return what came of opening the service account's own calendar (None), or a mailbox's."""
        if mailbox is None:
            own = [one for one in self._all("open-calendar") if one.mode is Mode.SERVICE_ACCOUNT]
            return own[0] if own else _nothing("open-calendar", "")
        return self._one("open-calendar", mailbox, mode)

    def open_folder(self, mailbox: str, folder: str) -> Observation:
        """Return what came of opening another folder."""
        return self._one("open-folder", mailbox, folder=folder)

    def list_events(self, mailbox: str, window: Window, mode: Mode = Mode.IMPERSONATED) -> Observation:  # noqa: ARG002
        """Return what came of listing events."""
        return self._one("list-events", mailbox, mode)

    def event_rights(self, mailbox: str) -> Observation:
        """Return what may be done with a few events."""
        return self._one("event-rights", mailbox)

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> tuple[Observation, ...]:  # noqa: ARG002
        """Return what came of reading busy times; a mailbox of which nothing was recorded is left out."""
        return self._each("free-busy", mailboxes)

    def free_busy_view(self, mailbox: str, window: Window) -> Observation:  # noqa: ARG002
        """Return how much a free/busy view tells."""
        return self._one("free-busy-view", mailbox)

    def event_round_trip(self, mailbox: str, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:
        """Return the steps of the round trip."""
        return self._series("event-round-trip", mailbox, mode)

    def resolve_address(self, address: str) -> Observation:
        """Return what came of looking an address up."""
        return self._one("resolve-address", address)

    def find_names(self, beginning: str) -> Observation:
        """Return whom the beginning of a name may mean."""
        return self._one("find-names", beginning)

    def expand_group(self, address: str) -> tuple[Observation, ...]:
        """Return the group, and the groups in it that were looked into with it."""
        top = self._one("expand-group", address, depth=0)
        if not was_recorded(top):
            return (top,)
        expanded = [top]
        for one in self._observations[self._place[id(top)] + 1 :]:
            if one.probe != "expand-group" or not one.details.get("depth"):
                break
            expanded.append(one)
        return tuple(expanded)

    def room_lists(self) -> tuple[Observation, ...]:
        """Return the room lists, and the rooms of each."""
        return self._all("room-lists")

    def reach_from(self, source_address: str) -> Observation:
        """Return what came of connecting from a source address."""
        return self._one("reach-from", source_address)

    def remove_stray_events(self, mode: Mode = Mode.IMPERSONATED) -> tuple[Observation, ...]:  # noqa: ARG002
        """Return what the run removed of an earlier one; mostly nothing."""
        return tuple(one for one in self._observations if one.probe == "remove-strays")


def _fits(observation: Observation, target: str) -> bool:
    parts = (re.escape(part) for part in observation.target.split(REDACTED))
    return re.fullmatch(".+".join(parts), target, re.S) is not None


def _nothing(probe: str, target: str) -> Observation:
    return Observation("", _NEVER, probe, "", Mode.CONFIGURATION, target, Outcome.NO_ANSWER, code=NOT_RECORDED)
