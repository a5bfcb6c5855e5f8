"""What to do about a mailbox that did not pass a sweep: one step for each cause, out of ``sweep_steps.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calconnect.acceptance.judging.sweeping import SIGNS_OF_ALIAS, Judged, ProbeResult
from calconnect.requirements.model import Remediation
from calconnect.requirements.remediation import Names, fill

_TABLE = Path(__file__).with_name("sweep_steps.toml")
_RESUME = "{resume}"
_ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class SweepAdvice:
    """What to do, and about which mailboxes."""

    id: str
    title: str
    text: str
    verdict: str = ""
    """The verdict that it is about; empty: any."""
    codes: tuple[str, ...] = ()
    """The codes that it is about; empty: any."""
    reasons: tuple[str, ...] = ()
    """Why they are unknown; empty: any."""
    probes: tuple[str, ...] = ()
    """The probes that it is about; empty: any."""
    side: str = ""
    """``server`` or ``online``; empty: either."""
    shell: str = ""
    commands: tuple[str, ...] = ()

    def fits(self, result: ProbeResult) -> bool:
        """Say whether it is about this result."""
        finding = result.finding
        return (
            self.verdict in ("", finding.verdict.value)
            and (not self.codes or finding.code in self.codes)
            and (not self.reasons or (finding.reason or "") in self.reasons)
            and (not self.probes or result.probe.value in self.probes)
            and self.side in ("", result.side.value if result.side else "")
        )

    def filled(self, names: Names, mailboxes: tuple[str, ...], resume: str) -> SweepAdvice:
        """Return it with its commands filled in for some mailboxes."""
        given = tuple(resume if command == _RESUME else command for command in self.commands)
        if resume in given:  # a command line as it is, and not a template
            return replace(self, commands=tuple(one for one in given if one))
        remedy = fill(Remediation(self.text, given, self.shell), names, mailboxes)
        return replace(self, text=remedy.text, commands=remedy.commands)


@functools.cache
def advice_table() -> tuple[SweepAdvice, ...]:
    """Return all entries in their order; the file is read once."""
    entries: list[dict[str, Any]] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["step"]
    return tuple(map(_advice, entries))


def advice_for(judged: Judged) -> SweepAdvice:
    """Return what to do about a mailbox that did not pass."""
    result = judged.deciding
    if judged.primary and result.finding.code in SIGNS_OF_ALIAS:
        return next(one for one in advice_table() if one.id == _ALIAS)
    return next(one for one in advice_table() if one.fits(result))


def _advice(entry: dict[str, Any]) -> SweepAdvice:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return SweepAdvice(**values)
