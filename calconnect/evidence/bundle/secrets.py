"""Finds what an export must not carry: passwords and their like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from calconnect.evidence.bundle.rows import Broken

_NAME = re.compile(
    r"passw|passphrase|kennwort|pwd|secret|credential|privatekey|apikey|accesskey|accesstoken|refreshtoken|cookie"
)
_FACTS_ABOUT = frozenset(
    {
        *("passwordexpired", "passwordlastset", "passwordneverexpires", "passwordnotrequired", "pwdlastset"),
        *("badpwdcount", "badpasswordtime", "lastbadpasswordattempt", "cannotchangepassword", "minpwdage"),
        *("maxpwdage", "minpwdlength", "pwdproperties", "pwdhistorylength", "resetpasswordonnextlogon"),
        *("allowreversiblepasswordencryption", "msds-userpasswordexpirytimecomputed", "ms-mcs-admpwdexpirationtime"),
        *("msds-resultantpso", "principalsallowedtoretrievemanagedpassword", "mslaps-passwordexpirationtime"),
        *("passwordlastchange", "lastpasswordchangetimestamp", "stspasswordlastset", "strongpasswordrequired"),
        *("msds-keycredentiallink", "passwordpolicy", "passwordhistory"),
    }
)
"""Properties of Exchange and Active Directory that say something about a password and never what it is."""
_IN_A_NOTE = re.compile(r"\b(?:password|passwort|kennwort|passphrase|pwd)\s*[:=]\s*\S", re.I)
"""What people write into free text such as Description, where everybody in the directory can read it."""
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def holds_a_secret(text: str, values: Iterable[Any]) -> bool:
    """Whether a file holds a private key, a property that looks like a password and has a value, or a note of one.

    Args:
        text: what the file holds.
        values: the same, taken apart: its rows, or whatever JSON it is.

    Raises:
        Broken: it is nested too deeply to be looked through.
    """
    try:
        return _KEY_BLOCK.search(text) is not None or any(_below(value) for value in values)
    except RecursionError:
        raise Broken("is nested too deeply.") from None


def _in_object(values: Mapping[str, Any]) -> bool:
    return any((_is_secret_name(name) and _tells(value)) or _below(value) for name, value in values.items())


def _below(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _in_object(value)
    if isinstance(value, str):
        return _IN_A_NOTE.search(value) is not None
    return isinstance(value, list) and any(_below(one) for one in value)


def _is_secret_name(name: str) -> bool:
    plain = name.lower().replace(" ", "").replace("_", "")
    return plain not in _FACTS_ABOUT and _NAME.search(plain) is not None


def _tells(value: Any) -> bool:
    """Whether a value could give something away: neither nothing, nor yes or no."""
    if isinstance(value, str):
        return value.strip().lower() not in ("", "true", "false", "unlimited")
    return value is not None and not isinstance(value, bool)
