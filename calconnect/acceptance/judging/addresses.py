"""Judges NET-04: that the vendor's fixed IP addresses are let through, on the wire or by the firewall's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason, Verdict
from calconnect.evidence.firewall import Decision, Destination, Judged, Rule, VendorAddress, judge
from calconnect.evidence.observation import Observation

MOST_TRIED = 16
"""A network of up to so many addresses is tried address by address; a larger one is judged from the rules."""

_SHUT_OUT = frozenset(
    {"timed-out", "connection-refused", "connection-reset", "network-unreachable", "connection-failed"}
)
"""What a connection that a firewall does not admit looks like from outside."""


@dataclass(frozen=True, slots=True)
class Supplied:
    """The firewall's rules, as the administrator supplied them."""

    rules: tuple[Rule, ...] | None
    """None: there is no export."""
    read: tuple[Observation, ...]
    """The observation of its being read."""


def to_be_tried(entries: Sequence[VendorAddress]) -> list[str]:
    """Return the addresses that connections are to be made from, each once."""
    small = [entry.network for entry in entries if entry.network.num_addresses <= MOST_TRIED]
    return list(dict.fromkeys(str(address) for network in small for address in network))


def let_through(
    entries: Sequence[VendorAddress],
    reached: Mapping[str, Answer],
    firewall: Supplied,
    destination: Destination,
) -> list[Finding]:
    """Judge every entry of the vendor's list.

    Args:
        entries: the vendor's list.
        reached: by source address, what came of connecting from it; where this machine cannot take the address on, or
            what came of it does not say, the rules are asked.
        firewall: the firewall's rules.
        destination: the server.
    """
    findings = []
    for entry in entries:
        tried = {}
        if entry.network.num_addresses <= MOST_TRIED:
            tried = {str(address): reached[str(address)] for address in entry.network if str(address) in reached}
        seen = {
            source: one for source, one in tried.items() if isinstance(one, Observation) and one.code != "cannot-bind"
        }
        if seen and len(seen) == len(tried):
            finding = _on_the_wire(entry, seen)
            if finding.verdict is not Verdict.UNKNOWN or firewall.rules is None:
                findings.append(finding)
                continue
        findings.append(_from_rules(entry, tried, firewall, destination))
    return findings


def nothing_supplied() -> list[Finding]:
    """Return the finding where no list of the vendor's addresses is named."""
    sentence = "The vendor's addresses are not named (network.vendor_addresses), so nothing can be tried or compared."
    return [unknown("the vendor's addresses", sentence, UnknownReason.NO_EVIDENCE)]


def _on_the_wire(entry: VendorAddress, seen: Mapping[str, Observation]) -> Finding:
    shut_out = [one for one in seen.values() if not one.ok and codes.said(one) in _SHUT_OUT]
    if shut_out:
        first = shut_out[0]
        sentence = f"A connection from it was not let through. {codes.because(first)} Observed on the wire."
        return failed(entry.text, sentence, *shut_out, code=codes.said(first))
    strange = next((one for one in seen.values() if not one.ok), None)
    if strange is not None:
        reason = codes.proves_nothing(strange) or UnknownReason.UNEXPECTED_REFUSAL
        sentence = f"What came of a connection from it does not say. {codes.because(strange)} Observed on the wire."
        return unknown(entry.text, sentence, reason, strange, code=codes.said(strange))
    sentence = "A connection from it reached the server. Observed on the wire."
    return passed(entry.text, sentence, *seen.values(), code="observed-on-the-wire")


def _from_rules(
    entry: VendorAddress,
    tried: Mapping[str, Answer],
    firewall: Supplied,
    destination: Destination,
) -> Finding:
    read = firewall.read
    if firewall.rules is None:
        gate = next((one for one in tried.values() if isinstance(one, NotAsked)), None)
        if gate is not None:
            return not_asked(entry.text, gate)
        sentence = (
            "This machine cannot connect from it, and no export of the firewall's rules is named"
            " (network.firewall_export)."
        )
        return unknown(entry.text, sentence, UnknownReason.NO_EVIDENCE, *read)
    judged = judge(entry.network, firewall.rules, destination)
    sentence = f"{_by_rules(judged)} Judged from configuration."
    match judged.decision:
        case Decision.ADMITTED:
            return passed(entry.text, sentence, *read, code=judged.decision.value)
        case Decision.UNSURE:
            return unknown(entry.text, sentence, UnknownReason.NO_EVIDENCE, *read)
        case _:
            return failed(entry.text, sentence, *read, code=judged.decision.value)


def _by_rules(judged: Judged) -> str:
    named = _named(judged.rules)
    match judged.decision:
        case Decision.ADMITTED:
            return f"The firewall's rules admit it ({named})."
        case Decision.DENIED:
            return f"The firewall's rules deny it ({named})."
        case Decision.NO_RULE:
            return "No rule of the firewall admits all of it, and what no rule admits is denied."
        case Decision.UNSURE:
            return f"Whether it is admitted hangs on rules for an address that may be the server's or not ({named})."


def _named(rules: Sequence[Rule]) -> str:
    listed = ", ".join(f"{rule.order}, line {rule.line}" for rule in rules[:3])
    more = len(rules) - 3
    return f"rule {listed}" + (f" and {more} more" if more > 0 else "")
