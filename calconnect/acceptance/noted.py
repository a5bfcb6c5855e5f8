"""Facts of the settings that several requirements rest on, noted once."""

from __future__ import annotations

from calconnect.acceptance.observer import Observer
from calconnect.acceptance.settings_facts import credential_facts
from calconnect.evidence.observation import Fact, Observation
from calconnect.settings.model import Settings

MOST_NAMED = 100
"""So many addresses at most are noted one by one."""


def administrators_read(observer: Observer, settings: Settings) -> Observation | None:
    """Note who administers IT, as the settings name them, and return the observation; None: nobody is named."""
    named = list(settings.trial.administrators)
    if not named:
        return None
    return observer.note("read who administers IT", settings.file.name, {"administrators": named[:MOST_NAMED]})


def online_way_read(observer: Observer, settings: Settings) -> Observation:
    """Note what the settings say of the way to Exchange Online, and return the observation."""
    facts: dict[str, Fact] = {
        "topology": str(settings.topology),
        "access": str(settings.access),
        "service_account": bool(settings.connection.service_account_email),
        "password": settings.connection.service_account_password is not None,
    }
    return observer.note("read the way to Exchange Online", settings.file.name, facts)


def application_read(observer: Observer, settings: Settings) -> Observation:
    """Note how calconnect's own application proves itself, and whether that is there; return the observation."""
    assert settings.microsoft365 is not None, "a topology with Exchange Online has its settings"
    facts = credential_facts(settings.microsoft365.credential)
    return observer.note("look for the application's credential", settings.file.name, facts)
