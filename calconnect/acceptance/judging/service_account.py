"""Judges the service account: its sign-in, the scheme of that, its mailbox and its domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import blocked, failed, must_pass, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Observation
from calconnect.settings.addresses import address_key

USABLE_SCHEMES = frozenset({"basic", "ntlm"})
"""Sign-in schemes of HTTP that a program can go through by itself with a name and a password."""


def usable_schemes(offered: Observation) -> list[str]:
    """Return the usable ones among the schemes that the server offers, in its order."""
    schemes = offered.details.get("schemes")
    names = [str(scheme).split(maxsplit=1)[0] for scheme in schemes if scheme] if isinstance(schemes, list) else []
    return [name for name in names if name.lower() in USABLE_SCHEMES]


def offers_usable_scheme(server: str, offered: Answer, signed_in: Answer) -> list[Finding]:
    """Judge SVC-05.

    Args:
        server: what to call the server.
        offered: the answer to a request without credentials.
        signed_in: the answer to the sign-in, which may demand a second factor.
    """
    if isinstance(offered, NotAsked):
        return [not_asked(server, offered)]
    if isinstance(signed_in, Observation) and signed_in.http_status == 456:
        sentence = "The sign-in of the service account was answered with the demand for a second factor (HTTP 456)."
        return [failed(server, sentence, signed_in, code="HTTP 456")]
    usable = usable_schemes(offered)
    if usable:
        return [passed(server, f"It offers {' and '.join(usable)}.", offered, code=codes.said(offered))]
    schemes = offered.details.get("schemes")
    if offered.http_status == 401 or (isinstance(schemes, list) and schemes):
        named = ", ".join(str(scheme) for scheme in schemes) if isinstance(schemes, list) and schemes else "nothing"
        sentence = f"It offers neither Basic nor NTLM (offered: {named}), so no program can sign in by itself."
        return [failed(server, sentence, offered, code="no-usable-scheme")]
    if offered.http_status == 456:
        return [failed(server, "It demands a second factor (HTTP 456).", offered, code="HTTP 456")]
    code = codes.said(offered)
    reason = codes.proves_nothing(offered) or UnknownReason.UNEXPECTED_REFUSAL
    sentence = f"What it offers was not to be seen. {codes.because(offered)}"
    return [unknown(server, sentence, reason, offered, code=code)]


def signs_in(account: str, located: Answers, signed_in: Answer) -> list[Finding]:
    """Judge SVC-04.

    Args:
        account: the service account's address.
        located: how the server was looked for; Autodiscover takes the same credentials and may have refused them.
        signed_in: the answer to the sign-in.
    """
    refusal = _refusal(located, signed_in)
    if refusal is not None:
        return [failed(account, _refused(refusal), refusal, code="HTTP 401")]
    if isinstance(signed_in, NotAsked):
        return [not_asked(account, signed_in)]
    if signed_in.http_status == 456:
        return [blocked(account, "SVC-05", "a second factor is demanded (HTTP 456).", signed_in, code="HTTP 456")]
    return [must_pass(account, signed_in, done="It signed in.", refused="It could not sign in")]


def email_is_login(account: str, located: Answers, signed_in: Answer) -> list[Finding]:
    """Judge SVC-08, where the username is left out. The arguments are those of :func:`signs_in`."""
    refusal = _refusal(located, signed_in)
    if refusal is not None:
        sentence = (
            "The sign-in with the e-mail address as the login was refused (HTTP 401). The server does not say whether"
            " it does not know the login or the password is wrong."
        )
        return [failed(account, sentence, refusal, code="HTTP 401")]
    if isinstance(signed_in, NotAsked):
        return [not_asked(account, signed_in)]
    if signed_in.ok:
        return [passed(account, "The e-mail address was taken as the login.", signed_in, code=codes.said(signed_in))]
    code = codes.said(signed_in)
    reason = codes.proves_nothing(signed_in)
    if reason is not None:
        return [unknown(account, f"It could not sign in. {codes.because(signed_in)}", reason, signed_in, code=code)]
    return [blocked(account, "SVC-04", codes.because(signed_in), signed_in, code=code)]


def has_mailbox(account: str, opened: Answer) -> list[Finding]:
    """Judge SVC-01 by what came of opening the account's own calendar."""
    finding = must_pass(
        account,
        opened,
        done="It opened the calendar of its own mailbox.",
        refused="It has no mailbox on this server that it could open",
    )
    lacking = codes.NO_OWN_MAILBOX | {"ErrorNonExistentMailbox"}
    if isinstance(opened, Observation) and not opened.ok and not codes.proves_nothing(opened):
        code = codes.said(opened)
        if code not in lacking:
            sentence = f"Its own calendar was refused, which does not say whether it has one. {codes.because(opened)}"
            return [unknown(account, sentence, UnknownReason.UNEXPECTED_REFUSAL, opened, code=code)]
    return [finding]


def same_domain(account: str, listed: Sequence[str], compared: Observation) -> list[Finding]:
    """Judge SVC-03: one finding for each listed address whose domain is another one, and one for all the rest.

    Domains are compared as the DNS does, without regard to case. A sub-domain is another domain.
    """
    own = _domain(account)
    others = [address for address in listed if _domain(address) != own]
    findings = [
        failed(
            address,
            f"Its domain is {_domain(address)}, the service account's is {own}.",
            compared,
            code="other-domain",
        )
        for address in others
    ]
    alike = len(listed) - len(others)
    if alike:
        what = "address is" if alike == 1 else "addresses are"
        findings.append(passed(account, f"{alike} listed {what} on its domain, {own}.", compared, code="same-domain"))
    return findings


def domains_of(addresses: Iterable[str]) -> list[str]:
    """Return the domains of addresses as they are compared, each once, sorted."""
    return sorted({_domain(address) for address in addresses})


def _domain(address: str) -> str:
    return address_key(address).rpartition("@")[2]


def _refusal(located: Answers, signed_in: Answer) -> Observation | None:
    """Return the observation in which the credentials were refused, if they were."""
    if isinstance(signed_in, Observation):
        return signed_in if codes.credentials_refused(signed_in) else None
    if isinstance(located, NotAsked) or not located or located[-1].ok:
        return None
    return next((one for one in reversed(located) if codes.credentials_refused(one)), None)


def _refused(refusal: Observation) -> str:
    where = "" if refusal.probe == "sign-in" else " at Autodiscover"
    return (
        f"Its credentials were refused{where} (HTTP 401): the password is wrong, the login is not known, or the account"
        " is locked or disabled. It was not tried again."
    )
