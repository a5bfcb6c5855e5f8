"""Facts of the settings that several requirements rest on, noted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calconnect.acceptance.observer import Observer
from calconnect.acceptance.settings_facts import credential_facts
from calconnect.evidence.observation import Fact, Observation
from calconnect.settings.model import Settings

if TYPE_CHECKING:
    from calconnect.acceptance.online_observer import OnlineObserver

FIND_TOPOLOGY = "find the topology"
"""What is noted when it was: ``topology``, ``found_by`` (``settings``, ``tables``) and ``trial_hosted``."""
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


def topology_found(observer: Observer, online: OnlineObserver, settings: Settings) -> Observation:
    """Note how the mailboxes are reached and how that was found, and return the observation.

    Where the settings do not name the topology, their tables show it, and Autodiscover is asked where the mailbox of
    the trial is: both are on record then.
    """
    facts: dict[str, Fact] = {"topology": str(settings.topology), "found_by": "settings"}
    if not settings.topology_named:
        trial = settings.connection.email_to_impersonate
        located = online.locate([trial])[trial]
        hosted = located.details.get("hosted", "") if isinstance(located, Observation) else ""
        facts |= {"found_by": "tables", "trial_hosted": hosted}
    return observer.note(FIND_TOPOLOGY, settings.file.name, facts)


def application_read(observer: Observer, settings: Settings) -> Observation:
    """Note how calconnect's own application proves itself, and whether that is there; return the observation."""
    assert settings.microsoft365 is not None, "a topology with Exchange Online has its settings"
    facts = credential_facts(settings.microsoft365.credential)
    return observer.note("look for the application's credential", settings.file.name, facts)
