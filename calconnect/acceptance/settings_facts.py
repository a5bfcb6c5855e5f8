"""What is looked at on this machine about the connection settings, as facts of an observation.

Judging rests on these facts alone, so a saved run can be judged again where there is no password and no such file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from calconnect.evidence.observation import Fact
from calconnect.settings.model import ApplicationCredential, ConnectionSettings
from calconnect.settings.secrets import SecretNotFound, SecretReference

FIELDS = "fields"
"""Names of the fields that are filled in."""
KEPT = "password_kept"
"""The kind of place that the password is in: ``keyring``, ``env`` or ``file``."""
MISSING = "password_missing"
"""Why there is no password where the settings refer to; empty: there is one."""
ENTRY = "keyring_entry_missing"
"""Service and user, with ``/`` between, of the keyring's entry that the settings refer to, where there is none."""
FILE = "password_file"
"""Name of the file with the password, without its folder."""
MODE = "password_file_mode"
"""Who may read that file, in octal (``0600``); only where the system has such modes."""
UNSEEN = "password_file_unseen"
"""Why its mode could not be read."""
METHOD = "credential"
"""How calconnect's own application proves itself: ``secret``, ``certificate`` or ``assertion``."""
CREDENTIAL_MISSING = "credential_missing"
"""Why there is no credential of the application where the settings refer to; empty: there is one."""


def fields_facts(connection: ConnectionSettings) -> dict[str, Fact]:
    """Return what the connection settings hold, without looking at the machine."""
    password = connection.service_account_password
    return {FIELDS: fields_read(connection), KEPT: password.kind if password is not None else ""}


def settings_facts(connection: ConnectionSettings) -> dict[str, Fact]:
    """Return what the connection settings hold, and how the password is kept. It is read and let go."""
    reference, facts = connection.service_account_password, fields_facts(connection)
    if reference is None:
        return facts
    facts[MISSING] = password_missing(reference)
    facts |= _entry_missing([reference] if facts[MISSING] else [])
    path = reference.path
    if path is None:
        return facts
    facts[FILE] = path.name
    if os.name == "posix":
        try:
            facts[MODE] = f"{stat.S_IMODE(path.stat().st_mode):04o}"
        except OSError as error:
            facts[UNSEEN] = error.strerror or type(error).__name__
    return facts


def credential_facts(credential: ApplicationCredential) -> dict[str, Fact]:
    """Return how calconnect's own application proves itself, and whether that is there. It is read and let go."""
    references = [credential.client_secret, credential.federated_assertion, credential.certificate_password]
    reasons = {reference: password_missing(reference) for reference in references if reference is not None}
    entry = _entry_missing([reference for reference, reason in reasons.items() if reason])
    missing = list(reasons.values())
    certificate = credential.certificate
    if certificate is not None and not certificate.is_file():
        missing.append(f"There is no file {certificate.name}.")
    method = "certificate" if certificate else "secret" if credential.client_secret else "assertion"
    return {METHOD: method, CREDENTIAL_MISSING: " ".join(text for text in missing if text), **entry}


def _entry_missing(missing: Sequence[SecretReference]) -> dict[str, Fact]:
    """Return which entry of the keyring is missing; of the references that one thing needs, one at most is there."""
    places = [reference.place for reference in missing if reference.kind == "keyring"]
    return {ENTRY: places[0]} if places else {}


def fields_read(connection: ConnectionSettings) -> list[str]:
    """Return the names of the fields that are filled in."""
    filled = {
        "service_account_email": connection.service_account_email,
        "service_account_password": connection.service_account_password,
        "exchange_server_url": connection.exchange_server_url,
        "service_account_username": connection.service_account_username,
        "email_to_impersonate": connection.email_to_impersonate,
        "terms_agreed": connection.terms_agreed,
    }
    return [name for name, value in filled.items() if value]


def password_missing(reference: SecretReference) -> str:
    """Return why there is no password where the reference leads; empty if there is one."""
    try:
        reference.resolve()
    except SecretNotFound as error:
        return str(error)
    return ""
