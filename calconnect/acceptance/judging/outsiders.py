"""Draws outsiders from the directory, where the settings name none: mailboxes that the limit must keep out (IMP-03)."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.limit import all_members, direct_members
from calconnect.acceptance.judging.probes import blocked, not_asked, passed, unknown
from calconnect.acceptance.sampling import stable_order
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Fact, Observation
from calconnect.settings.addresses import address_key

BEGINNINGS = tuple(string.ascii_lowercase + string.digits)
"""What the directory is asked for: names and addresses that begin so. An answer holds 100 at most, so a large directory
is not seen whole. Source:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation"""

TARGET = "outsiders"
"""What findings about the drawing itself are about."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of drawing outsiders."""

    outsiders: tuple[str, ...] = ()
    """In the order in which they were drawn."""
    wanted: int = 0
    candidates: int = 0
    """How many mailboxes they were drawn from."""
    members: int = 0
    """How many mailboxes were left out as direct members of the group."""
    nested: int = 0
    """… as members of a group in it: outsiders to the scope's filter, but not clear ones."""
    others: int = 0
    """… because they are listed, wanted rooms, the service account or the mailbox of the trial."""
    whole: bool = True
    """Whether the directory was seen whole, as far as the service account can see it."""
    broken: Answer | None = None
    """The first look-up that did not work; None: all did."""

    @property
    def facts(self) -> dict[str, Fact]:
        """What the drawing comes to, to be noted."""
        return {
            "outsiders": list(self.outsiders),
            "wanted": self.wanted,
            "candidates": self.candidates,
            "left out as members": self.members,
            "left out as nested members": self.nested,
            "left out for other reasons": self.others,
            "directory seen whole": self.whole,
            "order": "SHA-256 of the address",
        }


def draw(wanted: int, expanded: Answers, found: Mapping[str, Answer], known: Iterable[str]) -> Drawn:
    """Draw outsiders.

    Args:
        wanted: how many.
        expanded: the group and the groups in it. Where it could not be expanded, or not wholly, nobody is drawn:
            nobody is then known to be outside.
        found: by beginning of a name, the mailboxes of the directory.
        known: addresses that are no outsiders whatever the group holds: the list, the service account, wanted rooms.
    """
    if not may_draw(expanded):
        return Drawn(wanted=wanted, whole=False)
    direct, nested, others = direct_members(expanded), all_members(expanded), {address_key(one) for one in known}
    mailboxes: dict[str, str] = {}
    for answer in found.values():
        for address in _mailboxes(answer):
            mailboxes.setdefault(address_key(address), address)
    candidates = [address for key, address in mailboxes.items() if key not in nested and key not in others]
    return Drawn(
        outsiders=tuple(stable_order(candidates)[:wanted]),
        wanted=wanted,
        candidates=len(candidates),
        members=sum(key in direct for key in mailboxes),
        nested=sum(key in nested and key not in direct for key in mailboxes),
        others=sum(key in others and key not in nested for key in mailboxes),
        whole=all(isinstance(one, Observation) and one.details.get("complete") is True for one in found.values()),
        broken=next((one for one in found.values() if isinstance(one, NotAsked) or not one.ok), None),
    )


def may_draw(expanded: Answers) -> bool:
    """Say whether it is known who is in the group, so that anybody can be said to be outside."""
    return not isinstance(expanded, NotAsked) and all(
        observation.ok and observation.details.get("complete", True) is True for observation in expanded
    )


def how_drawn(drawn: Drawn, expanded: Answers, noted: Observation) -> list[Finding]:
    """Say who was drawn, from how many and how; and whether they are too few to show anything.

    Args:
        drawn: what came of it.
        expanded: the group and the groups in it.
        noted: the observation of the drawing.
    """
    if isinstance(expanded, NotAsked):
        return [not_asked(TARGET, expanded)]
    if not may_draw(expanded):
        sentence = "None could be drawn from the directory, because it is not known who is in the group."
        open_ones = [one for one in expanded if not may_draw((one,))]
        return [unknown(TARGET, sentence, UnknownReason.NO_EVIDENCE, *open_ones)]
    if not drawn.outsiders and drawn.broken is not None:
        return [_not_found(drawn.broken)]
    if len(drawn.outsiders) < drawn.wanted and not (drawn.whole and drawn.outsiders):
        return [unknown(TARGET, _too_few(drawn), UnknownReason.NO_EVIDENCE, noted, code="too-few-candidates")]
    return [passed(TARGET, _sentence(drawn), noted, code="drawn")]


def _too_few(drawn: Drawn) -> str:
    seen = "" if drawn.whole else ", which it does not show whole"
    found = f"only {drawn.candidates}" if drawn.candidates else "no"
    mailboxes = "mailbox" if drawn.candidates == 1 else "mailboxes"
    return (
        f"The directory{seen} has {found} {mailboxes} outside the group to draw from; {drawn.wanted} were wanted."
        f"{_left_out(drawn)} Name outsiders in the settings (limit.outsiders)."
    )


def _sentence(drawn: Drawn) -> str:
    number = len(drawn.outsiders)
    were = "was" if number == 1 else "were"
    if number < drawn.wanted:
        first = f"{number} {were} drawn from the directory, which is everybody outside the group"
    else:
        first = f"{number} {were} drawn from {drawn.candidates} mailboxes of the directory outside the group"
    broken = " Some of its names could not be looked up." if drawn.broken is not None else ""
    return f"{first}, in the order of a hash of the address: {', '.join(drawn.outsiders)}.{_left_out(drawn)}{broken}"


def _left_out(drawn: Drawn) -> str:
    parts = [f"{drawn.members} direct members of the group"] if drawn.members else []
    if drawn.nested:
        parts.append(f"{drawn.nested} in a group in it, who are not clearly outside")
    if drawn.others:
        parts.append(f"{drawn.others} who are listed or known otherwise")
    return f" Left out: {', '.join(parts)}." if parts else ""


def _not_found(broken: Answer) -> Finding:
    if isinstance(broken, NotAsked):
        return not_asked(TARGET, broken)
    code = codes.said(broken)
    if code in codes.NO_OWN_MAILBOX:
        return blocked(TARGET, "SVC-01", codes.because(broken), broken, code=code)
    reason = codes.unseen(broken)
    sentence = f"None could be drawn, because the directory could not be looked through. {codes.because(broken)}"
    return unknown(TARGET, sentence, reason, broken, code=code)


def _mailboxes(answer: Answer) -> list[str]:
    if isinstance(answer, NotAsked) or not answer.ok:
        return []
    value = answer.details.get("mailboxes")
    return [str(address) for address in value] if isinstance(value, list) else []
