"""What a server's budget must be like, seen from one stretch of requests that ended with a refusal.

A budget fills at a steady rate up to a size; each mailbox takes one from it; where nothing is left, the server turns
requests away. From when requests were sent, and when the first was turned away, follows what rate fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_KEPT = 128
"""Moments of a stretch that are kept; neighbours are drawn together where there are more."""
_STEPS = 16
_INEXACT = 0.02
"""Share by which the size of a budget may be misjudged, besides one mailbox."""
_NARROW = 1.5
"""Rates that differ by less are told apart no further."""
_CAUTION = 0.95
_BUNCHED = 2
"""Mailboxes that may have overtaken others on the way."""
_SHORTEST = 0.05


@dataclass(slots=True)
class Stretch:
    """What happened from the first request after a pause to the last before the next. Seconds of one clock."""

    began: float = math.nan
    last: float = math.nan
    served: int = 0
    refused: int = 0
    first_refused: float = math.inf
    """When the earliest request was sent that was turned away."""
    served_after: int = 0
    """Mailboxes that were served of requests sent after that."""
    _sends: list[tuple[float, int]] = field(default_factory=list)
    _width: float = 0.0

    @property
    def seconds(self) -> float:
        """From the first request to the last."""
        return self.last - self.began

    def send(self, now: float, mailboxes: int) -> None:
        """Take note of a request."""
        if math.isnan(self.began):
            self.began = now
        self.last = now
        sends = self._sends
        if sends and now - sends[-1][0] < self._width:
            sends[-1] = (sends[-1][0], sends[-1][1] + mailboxes)
            return
        sends.append((now, mailboxes))
        if len(sends) > _KEPT:
            drawn = [(one[0], one[1] + two[1]) for one, two in zip(sends[::2], sends[1::2], strict=False)]
            self._sends = drawn + ([sends[-1]] if len(sends) % 2 else [])
            self._width = max(2 * self._width, self.seconds / _KEPT)

    def emptied_rate(self) -> float | None:
        """Return mailboxes a second that were served while nothing was left, which is what came in; None: not known."""
        seconds = self.last - self.first_refused
        return self.served_after / seconds if seconds >= _SHORTEST else None

    def proven_rate(self, since: float) -> float:
        """Return a rate that the budget surely fills at, if nothing was left at ``since``."""
        seconds = self.last - self.first_refused
        emptied = max(0, self.served_after - _BUNCHED) / seconds if seconds >= _SHORTEST else 0.0
        return max(emptied, self.served / max(self.last - since, _SHORTEST))

    def size_at(self, rate: float) -> float:
        """Return how large a budget that fills at ``rate`` must be at least, for what was served before a refusal."""
        need = most = 0.0
        before = self.began
        for at, mailboxes in self._until_refused():
            need = max(0.0, need - rate * (at - before)) + mailboxes
            most = max(most, need)
            before = at
        return most

    def lasts(self, rate: float, size: float, level: float) -> bool:
        """Say whether a budget that fills at ``rate`` lasts at least as long as it did, from a first level on."""
        before = self.began
        for at, mailboxes in self._until_refused():
            level = min(size, level + rate * (at - before)) - mailboxes
            if level < 0:
                return False
            before = at
        return True

    def _until_refused(self) -> Iterator[tuple[float, int]]:
        before = 0
        for at, mailboxes in self._sends:
            if at >= self.first_refused:
                break
            before += mailboxes
            yield at, mailboxes
        # Of those that were sent at the very moment, some were served.
        yield self.first_refused, max(0, self.served - self.served_after - before)


def fitting_rate(stretch: Stretch, earlier: Sequence[Stretch], least: float, most: float) -> float:
    """Return the rate of a budget that explains why a stretch ended when it did.

    Where many rates explain it, that one is taken which agrees best with what was served when nothing was left.

    Args:
        stretch: began with what had come in since the last of ``earlier``.
        earlier: stretches before it, at least one; in one of them the budget was full at some time.
        least: the rate is not below.
        most: the rate is not above.
    """
    most = max(least, most)
    low = _first_that_lasts(stretch, earlier, (least, most), _INEXACT)
    high = _first_that_lasts(stretch, earlier, (low, most), -_INEXACT)
    middle = math.sqrt(low * high)
    seen = stretch.emptied_rate()
    return middle if seen is None or high < _NARROW * low else min(high, max(low, seen * _CAUTION))


def _first_that_lasts(
    stretch: Stretch, earlier: Sequence[Stretch], bounds: tuple[float, float], inexact: float
) -> float:
    paused = stretch.began - earlier[-1].last
    low, high = bounds
    for _ in range(_STEPS):
        rate = (low + high) / 2
        size = max(one.size_at(rate) for one in earlier) * (1 + inexact) + math.copysign(1.0, inexact)
        if stretch.lasts(rate, size, min(size, rate * paused)):
            high = rate
        else:
            low = rate
    return high
