"""Judges EWS-05: that the server's build is one that Microsoft supports. The table is ``evidence/builds.toml``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.probes import failed, ids, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason
from calconnect.evidence.builds import build_table, read_build
from calconnect.evidence.bundle.model import ServerRecord
from calconnect.evidence.observation import Observation

OUT_OF_SUPPORT = "out-of-support"
BELOW_FLOOR = "below-the-vendors-floor"


def build_seen(observations: Sequence[Observation]) -> Observation | None:
    """Return the first observation in which a server named its build."""
    return next((one for one in observations if read_build(one.server_version) is not None), None)


def supported(
    server: str,
    observations: Sequence[Observation],
    signed_in: Answer,
    servers: Export[tuple[ServerRecord, ...]],
    today: date,
) -> list[Finding]:
    """Judge the build that the server names in its answers, and those of all servers that were exported.

    Args:
        server: what to call the server that was asked.
        observations: everything that was observed.
        signed_in: what came of signing in, which says why there may be no build to be seen.
        servers: the export of the servers.
        today: the day of the run.
    """
    findings = []
    seen = build_seen(observations)
    if seen is not None:
        findings.append(_judged(server, seen.server_version, "It names the build", today, seen))
    for record in servers.says or ():
        said = f"By {servers.dated} it has the build"
        findings.append(_judged(record.name, record.version, said, today, *servers.seen))
    if findings:
        return findings
    if isinstance(servers.read, NotAsked):
        why = signed_in.sentence if isinstance(signed_in, NotAsked) else codes.because(signed_in)
        reason = signed_in.reason if isinstance(signed_in, NotAsked) else codes.proves_nothing(signed_in)
        sentence = f"The server named no build. {why} {servers.read.sentence}"
        return [not_asked(server, NotAsked(sentence, reason or servers.read.reason))]
    return [unknown(server, "The export names no server.", UnknownReason.NO_EVIDENCE, *servers.seen)]


def builds_compared(
    server: str, observations: Sequence[Observation], servers: Export[tuple[ServerRecord, ...]]
) -> list[Disagreement]:
    """Return whether the build that the server names is that of none of the exported servers."""
    seen = build_seen(observations)
    if seen is None or not servers.says:
        return []
    exported = sorted({record.version for record in servers.says})
    builds = {read_build(version) for version in exported}
    if read_build(seen.server_version) in builds:
        return []
    told = ", ".join(exported[:5])
    sentence = (
        f"The server names the build {seen.server_version}, and by {servers.dated} the servers have {told}. They were"
        " updated since, or another organisation's server answers."
    )
    return [Disagreement(server, seen.server_version, told, sentence, ids((seen, *servers.seen)))]


def _judged(target: str, version: str, said: str, today: date, *seen: Observation) -> Finding:
    table, build = build_table(), read_build(version)
    product = table.product(build) if build is not None else None
    if build is not None and build < table.floor:
        sentence = f"{said} {version}, which is below {table.floor_name}, the least that the vendor connects to."
        return failed(target, sentence, *seen, code=BELOW_FLOOR)
    if product is None:
        sentence = f"{said} {version}, which calconnect's table of builds does not know."
        return unknown(target, sentence, UnknownReason.NO_EVIDENCE, *seen)
    end = product.supported_until
    if end is not None and today > end:
        sentence = f"{said} {version}: {product.name}, whose support ended on {end.isoformat()}."
        return failed(target, sentence, *seen, code=OUT_OF_SUPPORT)
    until = f", which is supported until {end.isoformat()}" if end is not None else ", which is supported"
    return passed(target, f"{said} {version}: {product.name}{until}.", *seen, code=product.name)
