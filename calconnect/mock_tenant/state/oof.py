"""Automatic replies (out of office) of a mailbox.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/useroofsettings
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Mailbox

_KEY = "settings"


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that is sent back."""

    text: str = ""
    language: str = ""
    """As ``xml:lang``; empty: not given."""


@dataclass(frozen=True, slots=True)
class OofSettings:
    """Whether and what a mailbox replies by itself."""

    state: str = "Disabled"
    """``Disabled``, ``Enabled`` or ``Scheduled``."""
    external_audience: str = "None"
    """Who outside the organisation gets a reply: ``None``, ``Known`` or ``All``."""
    start: datetime | None = None
    """Aware; what a schedule begins with. A schedule that is not used is kept."""
    end: datetime | None = None
    internal_reply: Reply = Reply()
    external_reply: Reply = Reply()

    def is_active(self, now: datetime) -> bool:
        """Whether replies are sent at this moment."""
        if self.state == "Scheduled":
            return self.start is not None and self.end is not None and self.start <= now < self.end
        return self.state == "Enabled"


def oof_settings(mailbox: Mailbox) -> OofSettings:
    """Return a mailbox's settings; without any, replies are off and the schedule is the day that comes.

    A schedule is always there, because Exchange always sends one.
    """
    kept = mailbox.oof.get(_KEY)
    settings = kept if isinstance(kept, OofSettings) else OofSettings()
    if settings.start is None or settings.end is None:
        start = mailbox.clock().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        settings = replace(settings, start=start, end=start + timedelta(days=1))
    return settings


def set_oof_settings(mailbox: Mailbox, settings: OofSettings) -> None:
    """Change a mailbox's settings.

    Raises:
        EwsError: ``ErrorInvalidScheduledOofDuration`` (no schedule, one that ends before it begins, or has passed).
    """
    if settings.state == "Scheduled":
        if settings.start is None or settings.end is None:
            raise EwsError("ErrorInvalidScheduledOofDuration", "Scheduled replies need a start and an end.")
        if settings.end <= settings.start or settings.end <= mailbox.clock():
            raise EwsError("ErrorInvalidScheduledOofDuration", "The schedule ends before it begins, or has passed.")
    if settings.start is None or settings.end is None:
        before = oof_settings(mailbox)
        settings = replace(settings, start=before.start, end=before.end)
    keep_oof_settings(mailbox, settings)


def keep_oof_settings(mailbox: Mailbox, settings: OofSettings) -> None:
    """Put settings into a mailbox as they are, a schedule that has passed included."""
    mailbox.oof[_KEY] = settings
