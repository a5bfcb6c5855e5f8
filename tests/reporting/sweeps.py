"""Sweeps for tests, made of what came back for each mailbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.requirements.remediation import Names
from calconnect.sweep.model import EndedBy, Ending, Sample, SweptMailbox, UnusableRow
from calconnect.sweep.record import ListFacts, SweepFacts, SweptRow
from calconnect.tenants.thin.interface import Probe, Side

STARTED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SERVER = (Probe.REACH, Side.SERVER)
ONLINE = (Probe.REACH, Side.ONLINE)
NAMES = Names(
    "svc@example.com", "trial@example.com", "example.com", group="users@example.com", server="mail.example.com"
)
DENIED = "ErrorImpersonateUserDenied"

Said = str | Sequence[Observation]
"""A code, or what came back in full."""


def seen(
    address: str,
    code: str = "NoError",
    side: Side = Side.SERVER,
    *,
    mode: Mode | None = None,
    status: int | None = None,
    attempts: int = 1,
    **details: Fact,
) -> Observation:
    """An answer: a code that begins with a capital letter came from the server, another one is calconnect's own."""
    ok, of_server = code in ("NoError", ""), code[:1].isupper()
    outcome = Outcome.OK if ok else Outcome.REFUSED if of_server else Outcome.NO_ANSWER
    over_graph = side is Side.ONLINE
    if status is None:
        status = {"NoError": 200, "": 200}.get(code, 403 if over_graph else 500) if ok or of_server else None
    return Observation(
        id="",
        at=STARTED,
        probe="open-calendar",
        operation="GET /users/{mailbox}/calendar" if over_graph else "GetFolder",
        mode=mode or (Mode.APPLICATION if over_graph else Mode.IMPERSONATED),
        target=address,
        outcome=outcome,
        http_status=status,
        code=code or None,
        duration_ms=100.0,
        attempts=attempts,
        details=details,
    )


def row(number: int, said: Mapping[tuple[Probe, Side], Said], address: str = "", **columns: str) -> SweptRow:
    """A mailbox with what came back for it."""
    address = address or f"person{number}@example.com"
    answers = {
        question: (seen(address, one, question[1]),) if isinstance(one, str) else tuple(one)
        for question, one in said.items()
    }
    return SweptRow(SweptMailbox(number, address, number + 1, columns), answers)


def samples(count: int, *, throttled: int = 0, each: int = 10) -> list[Sample]:
    """Seconds of a sweep that goes on evenly."""
    return [
        Sample(
            STARTED + timedelta(seconds=second), Probe.REACH, Side.SERVER, each * second, each, throttled, 5, 27, 100.0
        )
        for second in range(1, count + 1)
    ]


@dataclass
class MadeSweep:
    """A sweep that lies in memory: a ``SweepRecord``."""

    listed_rows: Iterable[SweptRow] = ()
    facts: SweepFacts = field(
        default_factory=lambda: SweepFacts(
            id="20261122T090000Z-1a2b3c",
            started=STARTED,
            finished=STARTED + timedelta(minutes=2),
            probes=(Probe.REACH,),
            sides=(Side.SERVER,),
            topology="exchange-server",
            listed=ListFacts("people.csv", sha256="ab" * 32),
            ending=Ending(EndedBy.DONE),
            command="calconnect sweep",
            resume="calconnect sweep --resume 20261122T090000Z-1a2b3c",
            service_account="svc@example.com",
            server="mail.example.com",
        )
    )
    unusable_rows: Sequence[UnusableRow] = ()
    seconds: Sequence[Sample] = ()
    gate_seen: Sequence[Observation] = ()

    def told(self, **changes: object) -> MadeSweep:
        """The same sweep with other facts."""
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]
        return self

    def gate(self) -> Sequence[Observation]:
        return self.gate_seen

    def rows(self) -> Iterable[SweptRow]:
        return self.listed_rows

    def unusable(self) -> Iterable[UnusableRow]:
        return self.unusable_rows

    def samples(self) -> Iterable[Sample]:
        return self.seconds
