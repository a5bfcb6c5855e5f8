"""What the waivers of one requirement cover of what falls short in it. Only failed and unknown can be covered; a
scenario that ended in calconnect's own fault never is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from calconnect.acceptance.events import ScenarioFinished
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.overlay.model import Waiver
from calconnect.overlay.pattern import matches
from calconnect.settings.addresses import address_key

_SHORT = (Verdict.FAILED, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Covering:
    """What one waiver comes to."""

    covered: tuple[str, ...]
    """Targets of the findings that fall short and that it covers, each once."""
    removable: bool
    """Whether it matches nothing, or only what passed."""
    sentence: str


class Coverage:
    """What all waivers in force over one requirement come to together."""

    def __init__(self, by_waiver: Sequence[tuple[Waiver, Covering]], *, complete: bool) -> None:
        """Take what each waiver comes to, and whether they cover everything."""
        self._by_waiver = tuple(by_waiver)
        self.complete = complete
        """Whether everything that falls short is covered, and something does."""

    def of(self, waiver: Waiver) -> Covering:
        """Return what one of the waivers comes to."""
        return next(found for one, found in self._by_waiver if one is waiver)


def coverage_of(waivers: Sequence[Waiver], scenarios: Sequence[ScenarioFinished], listed: Sequence[str]) -> Coverage:
    """Return what waivers cover.

    Args:
        waivers: the waivers in force that name the requirement.
        scenarios: the scenarios of the requirement; none: it was not run, and is unknown as a whole.
        listed: addresses of the mailboxes in the list.
    """
    findings = [finding for scenario in scenarios for finding in scenario.findings]
    short = [finding for finding in findings if finding.verdict in _SHORT]
    faulty = any(scenario.verdict is Verdict.ERROR for scenario in scenarios)
    verdicts = {scenario.verdict for scenario in scenarios} or {Verdict.UNKNOWN}
    falls_short = bool(verdicts & set(_SHORT))
    # What another requirement stands in the way of was not looked at. Where that is said of none of the list (of the
    # service account, say), it says nothing of mailboxes, so only a waiver of the whole covers it. So it is with a
    # scenario that fell short without a finding.
    known = {address_key(address) for address in listed}
    spoken = [one for one in short if one.reason is not UnknownReason.BLOCKED or address_key(one.target) in known]
    by_waiver = [(waiver, _covering(waiver, findings, short, spoken, listed, faulty=faulty)) for waiver in waivers]
    whole = any(not waiver.mailboxes for waiver in waivers)
    covered = {address_key(target) for _, found in by_waiver for target in found.covered}
    bare = any(
        scenario.verdict in _SHORT and not any(finding.verdict in _SHORT for finding in scenario.findings)
        for scenario in scenarios
    )
    by_mailbox = (
        bool(short)
        and not bare
        and len(spoken) == len(short)
        and all(address_key(finding.target) in covered for finding in short)
    )
    complete = falls_short and not faulty and (whole or by_mailbox)
    if not complete:
        by_waiver = [(one, _incomplete(found)) for one, found in by_waiver]
    return Coverage(by_waiver, complete=complete)


def _covering(
    waiver: Waiver,
    findings: Sequence[Finding],
    short: Sequence[Finding],
    spoken: Sequence[Finding],
    listed: Sequence[str],
    *,
    faulty: bool,
) -> Covering:
    if faulty:
        return Covering((), False, "calconnect's own fault cannot be waived.")
    if not waiver.mailboxes:
        covered = tuple(dict.fromkeys(finding.target for finding in short))
        return Covering(covered, False, "It covers the requirement as a whole.")
    matched = _matching(waiver, (finding.target for finding in spoken))
    if matched:
        total = len({address_key(finding.target) for finding in short})
        sentence = f"It covers {len(matched)} of {total} that {'falls' if total == 1 else 'fall'} short."
        return Covering(tuple(matched.values()), False, sentence)
    seen = _matching(waiver, (finding.target for finding in findings))
    meant = _matching(waiver, listed)
    if not seen and not meant:
        return Covering((), True, "It matches no mailbox of the list, and nothing else that was looked at.")
    if meant.keys() <= seen.keys() and not _matching(waiver, (finding.target for finding in short)):
        return Covering((), True, "Every mailbox that it matches passed.")
    return Covering((), False, "What it covers could not be looked at, for a reason that it does not cover.")


def _incomplete(found: Covering) -> Covering:
    """Say that what no waiver covers decides as before."""
    return replace(found, sentence=f"{found.sentence} What is not covered decides.") if found.covered else found


def _matching(waiver: Waiver, targets: Iterable[str]) -> dict[str, str]:
    """Return the targets that a waiver's mailboxes match, each once, by what all ways of writing it have in common."""
    found: dict[str, str] = {}
    for target in targets:
        key = address_key(target)
        if key not in found and any(matches(pattern, target) for pattern in waiver.mailboxes):
            found[key] = target
    return found
