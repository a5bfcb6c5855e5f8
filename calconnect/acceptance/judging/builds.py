"""Judges EWS-05: that the server's build is one that Microsoft supports. The table is ``evidence/builds.toml``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export
from calconnect.acceptance.judging.probes import failed, ids, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason
from calconnect.evidence.builds import Build, build_table, read_build
from calconnect.evidence.bundle.model import ServerRecord
from calconnect.evidence.observation import Observation

OUT_OF_SUPPORT = "out-of-support"
BELOW_FLOOR = "below-the-vendors-floor"


def builds_seen(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Return, for each build that was named, the first observation that names it: behind one name there may be several
    servers, and not all of them need be of the same build."""
    found: dict[Build, Observation] = {}
    for one in observations:
        build = read_build(one.server_version)
        if build is not None:
            found.setdefault(build, one)
    return tuple(found.values())


def supported(
    server: str,
    observations: Sequence[Observation],
    signed_in: Answer,
    servers: Export[tuple[ServerRecord, ...]],
    today: date,
) -> list[Finding]:
    """Judge the builds that the server names in its answers, and those of all servers that were exported.

    Args:
        server: what to call the server that was asked.
        observations: everything that was observed.
        signed_in: what came of signing in, which says why there may be no build to be seen.
        servers: the export of the servers.
        today: the day of the run.
    """
    findings = []
    for seen in builds_seen(observations):
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
    """Return where a build that the server names is that of none of the exported servers.

    The last of its four numbers is not compared: a security update raises it in the answers, and not in what
    ``Get-ExchangeServer`` says. Source:
    https://learn.microsoft.com/exchange/new-features/build-numbers-and-release-dates
    """
    if not servers.says:
        return []
    exported = sorted({record.version for record in servers.says})
    builds = {build[:3] for version in exported if (build := read_build(version)) is not None}
    told = ", ".join(exported[:5])
    return [
        Disagreement(
            server,
            seen.server_version,
            told,
            f"The server names the build {seen.server_version}, and by {servers.dated} the servers have {told}. They"
            " were updated since, or another organisation's server answers.",
            ids((seen, *servers.seen)),
        )
        for seen in builds_seen(observations)
        if (read_build(seen.server_version) or ())[:3] not in builds
    ]


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
