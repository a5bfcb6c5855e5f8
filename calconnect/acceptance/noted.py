"""Facts of the settings that several requirements rest on, noted once."""

from __future__ import annotations

from calconnect.acceptance.observer import Observer
from calconnect.evidence.observation import Observation
from calconnect.settings.model import Settings

MOST_NAMED = 100
"""So many addresses at most are noted one by one."""


def administrators_read(observer: Observer, settings: Settings) -> Observation | None:
    """Note who administers IT, as the settings name them, and return the observation; None: nobody is named."""
    named = list(settings.trial.administrators)
    if not named:
        return None
    return observer.note("read who administers IT", settings.file.name, {"administrators": named[:MOST_NAMED]})
