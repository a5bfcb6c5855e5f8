"""Judges the way to the server: its URL (NET-01), Autodiscover (NET-02), certificate and TLS (NET-03)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import blocked, failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Observation, Outcome

EWS_PATH = "/ews/exchange.asmx"
_EWS_STATUSES = (200, 401, 456)
_NOT_LOCATED = "not-located"
_TLS_VERSION = re.compile(r"TLSv1\.([23])")


def form_of_url(url: str, read: Observation) -> list[Finding]:
    """Judge the form of the given URL (NET-01)."""
    parts = urlsplit(url)
    if parts.scheme.lower() != "https" or not parts.hostname or parts.path.lower() != EWS_PATH:
        sentence = "It is not the https address of EWS, which ends in /EWS/Exchange.asmx."
        return [failed(url, sentence, read, code="not-an-ews-url")]
    return [passed(url, "It has the form of an EWS address.", read)]


def answers_at_url(url: str, located: Answers, offered: Answer) -> list[Finding]:
    """Judge that EWS answers at the given URL (NET-01).

    Args:
        url: the URL as given.
        located: how the server was looked for.
        offered: the answer to a request without credentials; not asked where ``located`` says enough.
    """
    seen = [one for one in (located[-1:] if isinstance(located, tuple) else ()) if one.http_status is not None]
    if isinstance(offered, Observation):
        seen.append(offered)
    if not seen:
        return [_not_reached(url, located, offered)]
    wrong = next((one for one in seen if _is_something_else(one)), None)
    if wrong is not None:
        return [failed(url, f"EWS does not answer there. {codes.because(wrong)}", wrong, code=codes.said(wrong))]
    answered = next((one for one in seen if one.http_status in _EWS_STATUSES), None)
    if answered is not None:
        code = f"HTTP {answered.http_status}"
        return [passed(url, f"EWS answers there ({code}).", answered, code=code)]
    last = seen[-1]
    code = codes.said(last)
    if codes.not_trusted(last):
        return [blocked(url, "NET-03", codes.because(last), last, code=code)]
    reason = codes.proves_nothing(last) or UnknownReason.UNEXPECTED_REFUSAL
    return [
        unknown(url, f"Whether EWS answers there was not to be seen. {codes.because(last)}", reason, last, code=code)
    ]


def _is_something_else(observation: Observation) -> bool:
    """Say whether what answered is not EWS, or EWS that is switched off."""
    if observation.code == "no-usable-scheme":
        return False
    return codes.kind(observation) in (Kind.WRONG_ENDPOINT, Kind.POLICY)


def discovered(account: str, located: Answers, offered: Answer) -> list[Finding]:
    """Judge that Autodiscover finds the server (NET-02): a URL, and EWS behind it.

    Args:
        account: the service account's address.
        located: how the server was looked for.
        offered: the answer to a request without credentials at the URL that was found.

    A name that is not in the DNS, and an answer without an EWS URL, say that it does not. A connection that is refused
    or not answered says nothing, and a refusal of the credentials is another requirement's.
    """
    if isinstance(located, NotAsked):
        return [not_asked(account, located)]
    last = located[-1]
    if last.ok:
        url = str(last.details.get("ews_url") or last.url)
        if isinstance(offered, Observation) and _is_something_else(offered):
            sentence = f"Autodiscover names {url}, and EWS does not answer there. {codes.because(offered)}"
            return [failed(account, sentence, last, offered, code=codes.said(offered))]
        return [passed(account, f"Autodiscover found {url}.", last, code=codes.said(last))]
    found = obstacle(located, "NET-02")
    assert found is not None, "what was not found has a reason"
    seen, code = found.observation, codes.said(found.observation)
    if found.requirement == "NET-02":
        sentence = f"Autodiscover names no server for the address. {codes.because(seen)}"
        return [failed(account, sentence, *located, code=code)]
    if found.requirement:
        return [blocked(account, found.requirement, codes.because(seen), seen, code=code)]
    sentence = f"Autodiscover was not reached. {codes.because(seen)}"
    return [unknown(account, sentence, found.reason, *located, code=code)]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the server was not found."""

    observation: Observation
    """The one that says so."""
    requirement: str
    """Id of the requirement that is not met; empty if it may be, and nobody answered."""
    reason: UnknownReason


def obstacle(located: tuple[Observation, ...], absent: str) -> Obstacle | None:
    """Return why the server was not found; None if it was.

    Of Autodiscover's documented places the host ``autodiscover.<domain>`` decides, if it was asked: at the domain
    itself there is mostly a web site that has nothing to do with it.

    Args:
        located: how it was looked for.
        absent: id of the requirement that is not met if there is nothing to be found.
    """
    last = located[-1]
    if last.ok:
        return None
    refused = next((one for one in located if codes.credentials_refused(one)), None)
    if refused is not None:
        return Obstacle(refused, "SVC-04", UnknownReason.BLOCKED)
    asked = [one for one in located if urlsplit(one.url).scheme == "https"]
    deciding = [one for one in asked if _host(one).startswith("autodiscover.")] or asked or [last]
    for attempt in deciding:
        if codes.not_trusted(attempt):
            return Obstacle(attempt, "NET-03", UnknownReason.BLOCKED)
        reason = codes.proves_nothing(attempt)
        if attempt.code not in _NO_SUCH_NAME and reason in _PASSING:
            return Obstacle(attempt, "", reason)
    telling = next((one for one in deciding if one.outcome is Outcome.REFUSED), last)
    if last.code in _LED_NOWHERE:
        telling = last
    return Obstacle(telling, absent, UnknownReason.BLOCKED)


_PASSING = (UnknownReason.THROTTLED, UnknownReason.TIMED_OUT, UnknownReason.UNREACHABLE)
_LED_NOWHERE = ("redirected-to-foreign-host", "redirect-loop", "too-many-redirects")
"""What the search as a whole came to, which says more than the single redirects."""
_NO_SUCH_NAME = ("name-not-found", "no-service-record")
"""The DNS answered, and knows no such name."""


def _host(observation: Observation) -> str:
    return (urlsplit(observation.url).hostname or observation.target).lower()


def transport(located: Answers, shaken: Answer) -> list[Finding]:
    """Judge certificate and TLS version by the handshake (NET-03).

    Args:
        located: how the server was looked for; where its certificates kept it from being found, they are judged.
        shaken: the handshake with the server.
    """
    if isinstance(shaken, NotAsked):
        return [not_asked("server", shaken)]
    if shaken.code == _NOT_LOCATED and isinstance(located, tuple) and (found := obstacle(located, "NET-02")):
        seen, code = found.observation, codes.said(found.observation)
        if found.requirement == "NET-03":
            sentence = f"Autodiscover's host is not to be trusted as it is. {codes.because(seen)}"
            return [failed(_host(seen), sentence, seen, code=code)]
        if found.requirement:
            return [blocked("server", found.requirement, codes.because(seen), seen, code=code)]
        return [unknown("server", f"The server was not found. {codes.because(seen)}", found.reason, seen, code=code)]
    code = codes.said(shaken)
    if not shaken.ok:
        if codes.not_trusted(shaken):
            sentence = f"The server is not to be trusted as it is. {codes.because(shaken)}"
            return [failed(shaken.target, sentence, shaken, code=code)]
        reason = codes.proves_nothing(shaken) or UnknownReason.UNEXPECTED_REFUSAL
        sentence = f"The handshake was not to be seen. {codes.because(shaken)}"
        return [unknown(shaken.target, sentence, reason, shaken, code=code)]
    version = str(shaken.details.get("tls_version") or "")
    if not _TLS_VERSION.fullmatch(version):
        sentence = f"It agreed on {version or 'an unknown version'}; TLS 1.2 or 1.3 is needed."
        return [failed(shaken.target, sentence, shaken, code="tls-too-old")]
    return [passed(shaken.target, _trust(shaken, version), shaken, code=version)]


def _trust(shaken: Observation, version: str) -> str:
    sentence = f"Its certificate holds, over {version}."
    try:
        end = datetime.fromisoformat(str(shaken.details.get("not_after") or ""))
    except ValueError:
        end = None
    if end is not None:
        sentence = f"Its certificate holds until {end.date().isoformat()}, over {version}."
    if shaken.details.get("trusted_by") == "ca_file":
        sentence += " It is trusted by the authority in the settings' own file; the vendor must trust it, too."
    return sentence


def _not_reached(url: str, located: Answers, offered: Answer) -> Finding:
    if isinstance(located, NotAsked):
        return not_asked(url, located)
    last = located[-1]
    if not last.ok:
        code = codes.said(last)
        if codes.not_trusted(last):
            return blocked(url, "NET-03", codes.because(last), last, code=code)
        reason = codes.proves_nothing(last) or UnknownReason.UNEXPECTED_REFUSAL
        return unknown(url, f"EWS was not reached there. {codes.because(last)}", reason, last, code=code)
    assert isinstance(offered, NotAsked)
    return not_asked(url, offered)
