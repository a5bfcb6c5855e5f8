"""Reads all that the settings name to be laid over the verdicts, with every mistake told at once."""

from __future__ import annotations

from calconnect.foundation.clock import Clock
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.overlay.attestations import read_attestations
from calconnect.overlay.days import had_begun_somewhere
from calconnect.overlay.model import Attestation, Given, Waiver
from calconnect.overlay.waivers import read_waivers
from calconnect.requirements.catalogue import Catalogue
from calconnect.settings.model import Settings
from calconnect.settings.reader import FileChecks


def read_overlay(settings: Settings, *, catalogue: Catalogue, clock: Clock, with_evidence: bool = True) -> Given:
    """Read the files of waivers and attestations that the settings name; what is not named is empty.

    Args:
        settings: the settings of the run.
        catalogue: the requirements.
        clock: tells today.
        with_evidence: as in :func:`~calconnect.overlay.attestations.read_attestations`. Without, what was not in the
            future where the run was made is not in the future here.

    Raises:
        InvalidInput: with everything that is wrong with either.
    """
    clock = clock if with_evidence else had_begun_somewhere(clock)
    problems: list[Problem] = []
    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    try:
        if settings.waivers is not None:
            waivers = read_waivers(settings.waivers, catalogue=catalogue, clock=clock)
    except InvalidInput as error:
        problems += error.problems
    try:
        if settings.attestations is not None:
            attestations = read_attestations(
                settings.attestations, catalogue=catalogue, clock=clock, with_evidence=with_evidence
            )
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(problems)
    if settings.attestations is None:
        return Given(waivers)
    return Given(waivers, attestations, settings.attestations.name)


def overlay_checks(catalogue: Catalogue, clock: Clock) -> FileChecks:
    """Return the checks of both files for ``load_settings``, so that their mistakes are told with the settings'."""
    return {
        "waivers": lambda path, name: read_waivers(path, name, catalogue=catalogue, clock=clock),
        "attestations": lambda path, name: read_attestations(path, name, catalogue=catalogue, clock=clock),
    }
