"""Judges the connection settings: complete and valid (APP-02), terms agreed (APP-06), kept securely (SEC-01)."""

from __future__ import annotations

import re
import stat
from urllib.parse import urlsplit

from calconnect.acceptance import settings_facts
from calconnect.acceptance.asked import Answer, Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.probes import failed, not_asked, passed, unknown
from calconnect.acceptance.verdicts import Finding, UnknownReason
from calconnect.evidence.observation import Mode, Observation
from calconnect.requirements.remediation import quote
from calconnect.settings.addresses import address_fault
from calconnect.settings.model import ConnectionSettings, Microsoft365Settings
from calconnect.settings.network import url_fault

_DOWN_LEVEL_NAME = re.compile(r"[^\\/@\s]+\\[^\\/@\s]+")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DOMAIN = re.compile(r"([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.:/@-]+")
_CREDENTIAL = "microsoft365"
_PASSWORD = "service_account_password"  # noqa: S105 - the name of a setting


def fields_valid(connection: ConnectionSettings, read: Observation, *, server: bool = True) -> list[Finding]:
    """Judge APP-02: one finding for each field of the form.

    Args:
        connection: the fields.
        read: the observation of their being read, with :mod:`~calconnect.acceptance.settings_facts`.
        server: whether the form has a service account on a server; for Exchange Online it has none.
    """
    if not server:
        return [_address("email_to_impersonate", connection.email_to_impersonate, read)]
    return [
        _address("service_account_email", connection.service_account_email, read),
        _password_there(read),
        _url(connection.exchange_server_url, read),
        _username(connection.service_account_username, read),
        _address("email_to_impersonate", connection.email_to_impersonate, read),
    ]


def application_valid(own: Microsoft365Settings, read: Observation) -> list[Finding]:
    """Judge APP-02 where Exchange Online is asked: one finding for each setting of calconnect's own application.

    Args:
        own: the settings.
        read: the observation of the credential's being looked for, with :func:`settings_facts.credential_facts`.
    """
    tenant = _GUID.fullmatch(own.tenant) or _DOMAIN.fullmatch(own.tenant)
    findings = [
        _formed("microsoft365.tenant", "a tenant id (a GUID) or a domain", read, fits=bool(tenant)),
        _formed("microsoft365.application", "an App ID (a GUID)", read, fits=bool(_GUID.fullmatch(own.application))),
    ]
    if own.trial_mailbox is not None:
        findings.append(_address("microsoft365.trial_mailbox", own.trial_mailbox, read))
    missing = read.details.get(settings_facts.CREDENTIAL_MISSING)
    if missing is None:
        sentence = "Whether there is a credential where the settings refer to was not looked at."
        return [*findings, unknown(_CREDENTIAL, sentence, UnknownReason.NO_EVIDENCE, read)]
    if missing:
        sentence = f"There is no credential where the settings refer to. {missing}"
        remedy = _to_be_stored(read)
        return [*findings, failed(_CREDENTIAL, sentence, read, code="password-not-found", remediation=remedy)]
    sentence = f"There is a credential where the settings refer to ({read.details.get(settings_facts.METHOD)})."
    return [*findings, passed(_CREDENTIAL, sentence, read, code="valid")]


def terms_agreed(connection: ConnectionSettings, read: Observation) -> list[Finding]:
    """Judge APP-06."""
    if connection.terms_agreed:
        return [passed("terms_agreed", "The terms and the privacy policy are agreed to.", read, code="agreed")]
    return [failed("terms_agreed", "The terms and the privacy policy are not agreed to.", read, code="not-agreed")]


def kept_by_reference(read: Observation) -> list[Finding]:
    """Judge that the password is given by reference, and that a file which holds it is its owner's alone (SEC-01).

    Args:
        read: the observation of the settings' being read, with :mod:`~calconnect.acceptance.settings_facts`.
    """
    kept = read.details.get(settings_facts.KEPT)
    if kept != "file":
        where = "the system's keyring" if kept == "keyring" else "an environment variable"
        return [passed(_PASSWORD, f"The password is given by reference, in {where}.", read, code="by-reference")]
    sentence = "The password is given by reference, in a file."
    if settings_facts.MODE not in read.details and settings_facts.UNSEEN not in read.details:
        sentence += " Who may read the file was not checked on this system."
        return [passed(_PASSWORD, sentence, read, code="by-reference")]
    return [passed(_PASSWORD, sentence, read, code="by-reference"), _file_private(read)]


def sent_after_verification(located: Answers, shaken: Answer, signed_in: Answer) -> list[Finding]:
    """Judge that TLS was verified, and everything sent over https, where credentials were sent (SEC-01).

    Args:
        located: how the server was looked for; Autodiscover takes credentials, too.
        shaken: the handshake with the server.
        signed_in: the answer to the sign-in.
    """
    if isinstance(shaken, NotAsked):
        return [not_asked(_PASSWORD, shaken)]
    sent: list[Observation] = [] if isinstance(located, NotAsked) else list(located)
    sent = [one for one in sent if one.mode is Mode.SERVICE_ACCOUNT]
    if isinstance(signed_in, Observation):
        sent.append(signed_in)
    in_clear = [one for one in sent if one.url and urlsplit(one.url).scheme.lower() != "https"]
    if in_clear:
        sentence = "Credentials were sent without TLS."
        return [failed(_PASSWORD, sentence, *in_clear, code="sent-without-tls")]
    if not shaken.ok:
        reason = codes.proves_nothing(shaken) or UnknownReason.UNREACHABLE
        sentence = f"TLS with the server was not verified, so it was not signed in to. {codes.because(shaken)}"
        return [unknown(_PASSWORD, sentence, reason, shaken, code=codes.said(shaken))]
    if not sent:
        sentence = "No credentials were sent, so it was not to be seen that TLS is verified before."
        return [unknown(_PASSWORD, sentence, UnknownReason.BLOCKED, shaken)]
    sentence = "TLS was verified, and credentials were sent over https alone."
    return [passed(_PASSWORD, sentence, shaken, *sent, code="verified-before-use")]


def _formed(field: str, form: str, read: Observation, *, fits: bool) -> Finding:
    if fits:
        return passed(field, f"It has the form of {form}.", read, code="valid")
    return failed(field, f"It does not have the form of {form}.", read, code="malformed")


def _address(field: str, value: str, read: Observation) -> Finding:
    if not value:
        return failed(field, "It is missing.", read, code="missing")
    fault = address_fault(value)
    if fault:
        return failed(field, f"It is no e-mail address: it {fault}.", read, code="malformed")
    return passed(field, "It has the form of an e-mail address.", read, code="valid")


def _password_there(read: Observation) -> Finding:
    missing, kept = read.details.get(settings_facts.MISSING), read.details.get(settings_facts.KEPT)
    if missing is None:
        sentence = "Whether there is a password where the settings refer to was not looked at."
        return unknown(_PASSWORD, sentence, UnknownReason.NO_EVIDENCE, read)
    if missing:
        sentence, remedy = f"There is no password where the settings refer to. {missing}", _to_be_stored(read)
        return failed(_PASSWORD, sentence, read, code="password-not-found", remediation=remedy)
    return passed(_PASSWORD, f"There is a password where the settings refer to ({kept}).", read, code="valid")


def _to_be_stored(read: Observation) -> str:
    """Return the command that stores what is missing in the keyring; empty: the settings refer to another place."""
    service, _, user = str(read.details.get(settings_facts.ENTRY) or "").partition("/")
    return f"keyring set {_word(service)} {_word(user)}" if user else ""


def _word(name: str) -> str:
    return name if _PLAIN_WORD.fullmatch(name) else quote(name)


def _url(value: str | None, read: Observation) -> Finding:
    field = "exchange_server_url"
    if not value:
        return passed(field, "It is left out, as it may be: Autodiscover must find the server.", read, code="valid")
    fault, hint = url_fault(value)
    if fault:
        return failed(field, f"It {fault} {hint}".rstrip(), read, code="malformed")
    return passed(field, "It has the form of an https URL.", read, code="valid")


def _username(value: str | None, read: Observation) -> Finding:
    field = "service_account_username"
    if not value:
        return passed(
            field, "It is left out, as it may be: the e-mail address must work as the login.", read, code="valid"
        )
    if _DOWN_LEVEL_NAME.fullmatch(value):
        return passed(field, "It has the form DOMAIN\\user.", read, code="valid")
    if "@" in value and address_fault(value) is None:
        return passed(field, "It has the form of a user principal name.", read, code="valid")
    sentence = "It has neither the form DOMAIN\\user nor that of a user principal name."
    return failed(field, sentence, read, code="malformed")


def _file_private(read: Observation) -> Finding:
    mode = read.details.get(settings_facts.MODE)
    if not isinstance(mode, str):
        why = read.details.get(settings_facts.UNSEEN)
        sentence = f"Who may read the file with the password was not to be seen: {why}."
        return unknown(_PASSWORD, sentence, UnknownReason.BLOCKED, read)
    if int(mode, 8) & (stat.S_IRWXG | stat.S_IRWXO):
        sentence = f"The file with the password is open to others than its owner (mode {mode})."
        remedy = f"chmod 600 {quote(str(read.details.get(settings_facts.FILE)))}"
        return failed(_PASSWORD, sentence, read, code="readable-by-others", remediation=remedy)
    sentence = f"The file with the password is its owner's alone (mode {mode})."
    return passed(_PASSWORD, sentence, read, code="owner-only")
