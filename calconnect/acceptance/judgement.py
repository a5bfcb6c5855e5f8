"""The judgement of one scenario: the findings that its steps make, and the verdict that they come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calconnect.acceptance.judging.probes import waiting
from calconnect.acceptance.verdicts import Disagreement, Finding, NotKnown, Shortfall, UnknownReason, Verdict

MOST_NAMED = 5
"""So many targets at most stand in one sentence."""


class Judgement:
    """Collects findings. A step records what it found, and the end of the scenario draws the conclusion.

    So every step has its say, and one run finds all that falls short: a failed finding outweighs an unknown one, and
    nothing recorded at all is not a pass. Nor is a finding that rests on no observation: it is not taken.
    """

    def __init__(self, *, own: bool = False) -> None:
        """Begin with no findings.

        Args:
            own: whether it is a scenario of the user's own that proves no documented requirement; that one may vouch
                for what passed.
        """
        self._own = own
        self._findings: list[Finding] = []
        self._sentences: list[tuple[Verdict, str]] = []
        self._disagreements: list[Disagreement] = []

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was recorded, in its order."""
        return tuple(self._findings)

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where configuration evidence says otherwise than what was observed live, in the order of the steps."""
        return tuple(self._disagreements)

    def disagree(self, disagreements: Iterable[Disagreement]) -> None:
        """Take note that configuration evidence says otherwise than what was observed. It decides nothing."""
        self._disagreements += disagreements

    def record(self, findings: Iterable[Finding], what: str = "") -> None:
        """Take the findings of a step.

        Args:
            findings: what was found; none at all is not a pass.
            what: what was looked for in all of them, for the sentence about many: ``listed calendars open``.

        Raises:
            ValueError: one of them passed, and names no observation: the step is at fault.
        """
        new = list(findings)
        unseen = next((one for one in new if one.verdict is Verdict.PASSED and not one.observations), None)
        if unseen is not None and not self._own:
            raise ValueError(f"a finding about {unseen.target} passed without an observation")
        self._findings += new
        if new:
            self._sentences.append((worst(new), summary(new, what)))

    def require(self, findings: Iterable[Finding], requirement: str) -> None:
        """Go on only if another requirement holds, as far as these findings say.

        Args:
            findings: of the other requirement; they are not taken for this scenario's.
            requirement: id of the other requirement.

        Raises:
            NotKnown: one of them did not pass, so this scenario could show nothing.
        """
        for finding in findings:
            if finding.verdict is Verdict.PASSED:
                continue
            finding = waiting(finding, requirement)
            self._findings.append(finding)
            raise NotKnown(
                f"{finding.target}: {finding.sentence}", finding.reason or UnknownReason.BLOCKED, self.findings
            )

    def conclude(self) -> str:
        """Return the sentence of a scenario that passed.

        Raises:
            Shortfall: a finding failed.
            NotKnown: a finding is unknown, or there is none.
        """
        if not self._findings:
            raise NotKnown("Nothing was observed.", UnknownReason.NO_EVIDENCE)
        verdict = worst(self._findings)
        sentence = " ".join(dict.fromkeys(text for other, text in self._sentences if other is verdict))
        if verdict is Verdict.FAILED:
            raise Shortfall(sentence, self.findings)
        if verdict is Verdict.UNKNOWN:
            first = next(finding for finding in self._findings if finding.verdict is Verdict.UNKNOWN)
            raise NotKnown(sentence, first.reason or UnknownReason.NO_EVIDENCE, self.findings)
        return sentence


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return what findings come to: failed before unknown before passed."""
    verdicts = {finding.verdict for finding in findings}
    return next((verdict for verdict in (Verdict.FAILED, Verdict.UNKNOWN) if verdict in verdicts), Verdict.PASSED)


def summary(findings: Sequence[Finding], what: str = "") -> str:
    """Say in a sentence or two what findings come to; those that fell short are named, up to a number."""
    if not findings:
        return ""
    short = [finding for finding in findings if finding.verdict is Verdict.FAILED]
    unknown = [finding for finding in findings if finding.verdict is Verdict.UNKNOWN]
    if not what or len(findings) == 1:
        return _each(short or unknown or findings)
    total = len(findings)
    passed = total - len(short) - len(unknown)
    sentence = f"{passed} of {total} {what}"
    if short:
        sentence += f"; {_named(short)}"
    if unknown:
        sentence += f"; not known: {_named(unknown)}"
    return f"{sentence}."


def _each(findings: Sequence[Finding]) -> str:
    by_target: dict[str, list[str]] = {}
    for finding in findings:
        by_target.setdefault(finding.target, []).append(finding.sentence)
    sentences = [f"{target}: {' '.join(dict.fromkeys(said))}" for target, said in by_target.items()]
    more = len(sentences) - MOST_NAMED
    return " ".join(sentences[:MOST_NAMED]) + (f" And {more} more." if more > 0 else "")


def _named(findings: Sequence[Finding]) -> str:
    """Name targets by the code that they have in common: ``ErrorAccessDenied for a@x, b@x and 3 more``."""
    by_code: dict[str, list[str]] = {}
    for finding in findings:
        by_code.setdefault(finding.code or (finding.reason or ""), []).append(finding.target)
    parts = []
    for code, named in by_code.items():
        targets = list(dict.fromkeys(named))
        more = len(targets) - MOST_NAMED
        who = ", ".join(targets[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        parts.append(f"{code} for {who}" if code else who)
    return "; ".join(parts)
