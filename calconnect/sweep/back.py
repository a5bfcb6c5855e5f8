"""What came back of one attempt, read once for everybody who has to know."""

from __future__ import annotations

from collections.abc import Sequence

from calconnect.evidence.observation import Observation
from calconnect.sweep.answers import credentials_refused, silent
from calconnect.sweep.pace import Sent
from calconnect.sweep.retries import Load, retry_for
from calconnect.tenants.thin.interface import Shot


class Back:
    """An attempt that is back."""

    __slots__ = ("_loads", "now", "retries", "sent", "shots")

    def __init__(self, sent: Sent, now: float, shots: Sequence[Shot]) -> None:
        """Read what came back of ``sent`` at ``now``, on the loop's clock."""
        self.sent, self.now, self.shots = sent, now, shots
        self.retries = [retry_for(shot.last) for shot in shots]
        """How each shot is taken; None: it is not worth another attempt."""
        self._loads = [
            None if retry is None else retry.load_of(shot) for shot, retry in zip(shots, self.retries, strict=True)
        ]

    @property
    def last(self) -> Observation:
        """An observation that stands for the attempt."""
        return self.shots[-1].last

    @property
    def refused(self) -> Observation | None:
        """The observation that says that the account itself was refused."""
        return next((one for shot in self.shots for one in shot.observations if credentials_refused(one)), None)

    @property
    def silent(self) -> bool:
        """Whether nothing usable came back at all."""
        return all(silent(shot.last) for shot in self.shots)

    @property
    def served(self) -> int:
        """Mailboxes that were given an answer for good."""
        return self.retries.count(None)

    @property
    def load(self) -> Load | None:
        """Of what there was too much, if something was turned away for load."""
        return next((load for load in self._loads if load is not None), None)

    @property
    def turned_away(self) -> int:
        """Mailboxes that were turned away for load."""
        return len(self._loads) - self._loads.count(None)

    @property
    def whole(self) -> bool:
        """Whether everything was turned away for load."""
        return None not in self._loads

    @property
    def for_account(self) -> bool:
        """Whether what was turned away as a whole speaks for the account, and not for its mailboxes alone."""
        return any(retry is not None and retry.whole for retry in self.retries)

    @property
    def wish(self) -> float | None:
        """Seconds that the server asks to be left alone for; None: it does not say."""
        return max((shot.retry_after for shot in self.shots if shot.retry_after is not None), default=None)
