"""Judges how the service account signs in: legacy authentication (SVC-06) and channel binding (NET-06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.configuration import Export, missing, undecided
from calconnect.acceptance.judging.probes import blocked, failed, ids, not_asked, passed, unknown
from calconnect.acceptance.judging.service_account import usable_schemes
from calconnect.acceptance.verdicts import Disagreement, Finding, UnknownReason, Verdict
from calconnect.evidence.bundle.model import AccountRecord, OrganizationRecord, VirtualDirectory
from calconnect.evidence.observation import Observation

BLOCKED = "legacy-authentication-blocked"
NTLM = "ntlm"


def legacy_not_blocked(
    account: str, signed_in: Answer, user: Export[AccountRecord], policies: Export[OrganizationRecord]
) -> list[Finding]:
    """Judge SVC-06. A sign-in that worked proves it; a refusal proves nothing, and the exports decide.

    Args:
        account: the service account's address.
        signed_in: what came of signing in, with Basic or NTLM.
        user: the export of the account's authentication policy.
        policies: the export of the authentication policies, and of the default one.
    """
    if isinstance(signed_in, Observation) and signed_in.ok:
        scheme = _scheme(signed_in)
        sentence = f"It signed in with {_WORDS.get(scheme, 'legacy authentication')}, so nothing blocks that."
        return [passed(account, sentence, signed_in, code=codes.said(signed_in))]
    seen = (*((signed_in,) if isinstance(signed_in, Observation) else ()), *user.seen, *policies.seen)
    policy = _policy(user, policies)
    if policy is None:
        why = _why(signed_in, "The sign-in was refused, which does not say why.")
        lacking = next((export.read for export in (user, policies) if export.says is None), None)
        if lacking is None and policies.says is not None and policies.says.policies_blocking_legacy_ews is not None:
            lacking = policies.read  # it has no policy of that name
        return [undecided(account, signed_in, why, lacking or missing("authentication_policies"))]
    if _blocks(policy, policies):
        sentence = f"By {policies.dated} its authentication policy, {policy}, blocks legacy authentication for EWS."
        return [failed(account, sentence, *seen, code=BLOCKED)]
    whose = f"its authentication policy, {policy}, does not block" if policy else "no authentication policy blocks"
    return [passed(account, f"By {user.dated} {whose} legacy authentication for EWS.", *seen, code="not-blocked")]


def legacy_compared(
    account: str, signed_in: Answer, user: Export[AccountRecord], policies: Export[OrganizationRecord]
) -> list[Disagreement]:
    """Return where the exports say that legacy authentication is blocked, and it was seen to work."""
    policy = _policy(user, policies)
    if not (isinstance(signed_in, Observation) and signed_in.ok and policy and _blocks(policy, policies)):
        return []
    sentence = (
        f"It signed in, although by {policies.dated} its authentication policy, {policy}, blocks legacy authentication"
        " for EWS. The policy was changed since, or has not reached this server yet."
    )
    seen = ids((signed_in, *user.seen, *policies.seen))
    return [Disagreement(account, "signed in", f"blocked by the policy {policy}", sentence, seen)]


def channel_binding_works(
    server: str, signed_in: Answer, by_ntlm: Answer, directories: Export[tuple[VirtualDirectory, ...]]
) -> list[Finding]:
    """Judge NET-06 by what came of signing in with NTLM, bound to the TLS channel.

    Args:
        server: what to call the server.
        signed_in: the sign-in that everything else rests on.
        by_ntlm: what came of signing in with NTLM, which was tried only where the credentials were known to be good;
            the sign-in itself, where that was by NTLM.
        directories: the export of the virtual directories, for what it says about Extended Protection.
    """
    if isinstance(by_ntlm, NotAsked):
        return [not_asked(server, by_ntlm)]
    code = codes.said(by_ntlm)
    if by_ntlm.ok:
        sentence = "A sign-in with NTLM, bound to the TLS channel, worked: nothing between breaks the binding."
        return [passed(server, sentence, by_ntlm, code=code)]
    good = isinstance(signed_in, Observation) and signed_in.ok
    if not good:
        return [blocked(server, "SVC-04", codes.because(by_ntlm), by_ntlm, code=code)]
    assert isinstance(signed_in, Observation)
    if by_ntlm.http_status == 401 and _checking(directories) == {"none"}:
        sentence = (
            f"It was refused with NTLM and the same password (HTTP 401), but by {directories.dated} Extended Protection"
            " is off, so the binding was not looked at: NTLM is refused for another reason."
        )
        return [
            unknown(
                server, sentence, UnknownReason.UNEXPECTED_REFUSAL, signed_in, by_ntlm, *directories.seen, code=code
            )
        ]
    if by_ntlm.http_status == 401:
        sentence = (
            f"The service account signed in with {_WORDS.get(_scheme(signed_in), 'another scheme')}, and was refused"
            f" with NTLM and the same password (HTTP 401){_protection(directories)}. Most likely something between,"
            " such as a reverse proxy, ends TLS with a certificate of its own."
        )
        return [failed(server, sentence, signed_in, by_ntlm, *directories.seen, code="HTTP 401")]
    reason = codes.proves_nothing(by_ntlm) or UnknownReason.UNEXPECTED_REFUSAL
    sentence = f"The sign-in with NTLM proved nothing. {codes.because(by_ntlm)}"
    return [unknown(server, sentence, reason, by_ntlm, code=code)]


def offers_ntlm(offered: Answer) -> bool:
    """Say whether the server offers NTLM, as far as it could be asked."""
    return isinstance(offered, Observation) and NTLM in (scheme.lower() for scheme in usable_schemes(offered))


def schemes_compared(
    server: str, offered: Answer, directories: Export[tuple[VirtualDirectory, ...]]
) -> list[Disagreement]:
    """Return where every exported virtual directory says otherwise about Basic or NTLM than the server offers (SVC-05).

    Args:
        server: what to call the server.
        offered: the answer to a request without credentials.
        directories: the export of the virtual directories.
    """
    schemes = offered.details.get("schemes") if isinstance(offered, Observation) else None
    if not isinstance(offered, Observation) or not directories.says or not isinstance(schemes, list):
        return []
    usable = {scheme.lower() for scheme in usable_schemes(offered)}
    if any(str(scheme).lower().startswith("negotiate") for scheme in schemes):
        usable.add(NTLM)  # the export's Windows authentication stands for both
    found = []
    for scheme, flags in (
        ("basic", {one.basic for one in directories.says}),
        (NTLM, {one.windows for one in directories.says}),
    ):
        if len(flags) != 1 or None in flags:
            continue  # servers differ, or it was not exported: nothing to hold against what is offered
        exported = flags == {True}
        if exported is (scheme in usable):
            continue
        live, said = ("not offered", "on") if exported else ("offered", "off")
        sentence = (
            f"{_WORDS[scheme]} is {live} by the server, and {said} in every virtual directory of {directories.dated}."
            " What answers is another server or a device in front of it, or the setting was changed since."
        )
        found.append(
            Disagreement(server, f"{_WORDS[scheme]} {live}", said, sentence, ids((offered, *directories.seen)))
        )
    return found


def sign_in_compared(account: str, signed_in: Answer, entry: Export[AccountRecord]) -> list[Disagreement]:
    """Return where the export says that the account cannot sign in, and it did (SVC-04)."""
    states = states_against(entry.says)
    if not states or not (isinstance(signed_in, Observation) and signed_in.ok):
        return []
    told = " and ".join(states)
    sentence = f"It signed in, although by {entry.dated} it is {told}. That was mended since."
    return [Disagreement(account, "signed in", told, sentence, ids((signed_in, *entry.seen)))]


def explained(
    findings: Sequence[Finding],
    entry: Export[AccountRecord],
    user: Export[AccountRecord],
    policies: Export[OrganizationRecord],
) -> list[Finding]:
    """Add to a refused sign-in what the exports know of its cause (SVC-04); the verdict stays as it is.

    Args:
        findings: what was found live.
        entry: the export of the account's entry in Active Directory.
        user: the export of the account's authentication policy.
        policies: the export of the authentication policies.
    """
    causes, seen = [], ids((*entry.seen, *user.seen, *policies.seen))
    if states := states_against(entry.says):
        causes.append(f"By {entry.dated} it is {' and '.join(states)}.")
    policy = _policy(user, policies)
    if policy and _blocks(policy, policies):
        causes.append(
            f"By {policies.dated} its authentication policy, {policy}, blocks legacy authentication (SVC-06)."
        )
    if not causes:
        return list(findings)
    return [
        replace(
            finding,
            sentence=" ".join((finding.sentence, *causes)),
            observations=tuple(dict.fromkeys((*finding.observations, *seen))),
        )
        if finding.verdict is Verdict.FAILED
        else finding
        for finding in findings
    ]


def states_against(record: AccountRecord | None) -> Sequence[str]:
    """Return in words what an account is that keeps it from signing in: ``disabled``, ``locked`` …"""
    if record is None:
        return ()
    states = {
        "disabled": record.enabled is False,
        "locked": record.locked_out is True,
        "one whose password has expired": record.password_expired is True,
        "one whose password must be changed at the next logon": record.must_change_password is True,
    }
    return [word for word, so in states.items() if so]


_WORDS = {"basic": "Basic", NTLM: "NTLM"}


def _policy(user: Export[AccountRecord], policies: Export[OrganizationRecord]) -> str | None:
    """Return the name of the policy that holds for the account; empty: none; None: the exports do not say."""
    if user.says is None or policies.says is None or user.says.authentication_policy is None:
        return None
    name = user.says.authentication_policy or policies.says.default_authentication_policy
    known = policies.says.authentication_policies
    listed = known is None or name.casefold() in {one.casefold() for one in known}
    return None if name and (policies.says.policies_blocking_legacy_ews is None or not listed) else name


def _blocks(policy: str, policies: Export[OrganizationRecord]) -> bool:
    blocking = (policies.says.policies_blocking_legacy_ews if policies.says else None) or ()
    return policy.casefold() in {name.casefold() for name in blocking}


def _checking(directories: Export[tuple[VirtualDirectory, ...]]) -> set[str]:
    """Return what the virtual directories have for Extended Protection; empty where it was not exported."""
    return {one.extended_protection.casefold() for one in directories.says or ()}


def _protection(directories: Export[tuple[VirtualDirectory, ...]]) -> str:
    checking = sorted({one.extended_protection for one in directories.says or () if one.extended_protection})
    if not checking:
        return ""
    return f"; by {directories.dated} Extended Protection is {' and '.join(checking)}"


def _scheme(signed_in: Observation) -> str:
    return str(signed_in.details.get("scheme") or "")


def _why(answer: Answer, refused: str) -> str:
    return answer.sentence if isinstance(answer, NotAsked) else f"{refused} {codes.because(answer)}"
