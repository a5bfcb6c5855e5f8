"""Redaction: what must never be written down is taken out of every text before it becomes part of an observation.

Two nets. The first knows the secrets of the run and all the disguises that a protocol puts them in (Base64 of
``user:password``, percent-encoding, XML and JSON escapes). The second knows the shape of credentials and so catches
those that nobody told it about.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from calconnect.evidence.observation import Fact

REDACTED = "[redacted]"

_CREDENTIAL_HEADER = re.compile(
    r"""(?ix) \b (proxy-authorization | authorization | set-cookie | cookie | x-backendcookie) \b
        (["']? \s* [:=] \s*) [^\r\n]+""",
)
_CREDENTIAL_TOKEN = re.compile(r"(?i)\b(basic|bearer|ntlm|negotiate)(\s+)[a-z0-9+/=._~-]{16,}")
_SIGNED_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", re.ASCII)
"""A token or an assertion (JWT): header and claims are JSON in Base64, so they begin alike, whatever stands before:
``%3DeyJ``. Source: https://www.rfc-editor.org/rfc/rfc7519#section-3"""
_USER_IN_URL = re.compile(r"(?i)\b(https?://)[^/@\s]+@")
_SIGNS = ("authorization", "cookie", "basic", "bearer", "ntlm", "negotiate", "eyj")
"""In lower case: whatever has the shape of credentials has one of these in it, or a user in a URL."""
_MOST_KNOWN = 1024
_LONGEST_KNOWN = 300


class Redactor:
    """Takes the secrets of one run out of texts. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._known_clean: set[str] = set()
        """Texts that hold nothing to take out: URLs, names of servers and the like come again in every answer."""

    def __repr__(self) -> str:
        return f"<Redactor: {len(self._forms)} forms>"

    def protect(self, secret: str, usernames: Iterable[str] = ()) -> None:
        """Keep ``secret`` out of every text from now on, alone and as the password of any of ``usernames``.

        A signed token is known by its shape, in which no protocol changes anything: a run renews many, and each would
        make the search slower.
        """
        if _SIGNED_TOKEN.fullmatch(secret):
            return
        forms = set(_disguises(secret, usernames))
        forms |= {"".join(character for character in form if character.isprintable()) for form in forms}
        forms.discard("")
        with self._lock:
            if forms <= self._forms:
                return
            self._forms |= forms
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(re.escape(form) for form in longest_first))
            self._known_clean = set()  # after the pattern: whoever sees this set has the new pattern, too

    def clean(self, text: str) -> str:
        """Return ``text`` without secrets and without anything that looks like credentials."""
        known_clean = self._known_clean  # before the pattern: see ``protect``
        if text in known_clean:
            return text
        cleaned = self._cleaned(text)
        if cleaned == text and len(text) <= _LONGEST_KNOWN:
            if len(known_clean) >= _MOST_KNOWN:
                known_clean.clear()
            known_clean.add(text)
        return cleaned

    def _cleaned(self, text: str) -> str:
        pattern = self._pattern
        if pattern is not None:
            text = pattern.sub(REDACTED, text)
        if not _may_show_credentials(text):
            return text
        text = _CREDENTIAL_HEADER.sub(rf"\1\2{REDACTED}", text)
        text = _CREDENTIAL_TOKEN.sub(rf"\1\2{REDACTED}", text)
        text = _SIGNED_TOKEN.sub(REDACTED, text)
        return _USER_IN_URL.sub(rf"\1{REDACTED}@", text)

    def clean_mapping(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return ``texts`` with every value cleaned."""
        return {name: self.clean(value) for name, value in texts.items()}

    def clean_facts(self, facts: Mapping[str, Fact]) -> dict[str, Fact]:
        """Return ``facts`` with every text among the values cleaned."""
        return {name: self._clean_fact(value) for name, value in facts.items()}

    def _clean_fact(self, fact: Fact) -> Fact:
        if isinstance(fact, str):
            return self.clean(fact)
        if isinstance(fact, list):
            return [self.clean(text) for text in fact]
        return fact


def _may_show_credentials(text: str) -> bool:
    """Say whether it is worth looking for shapes of credentials, which takes longer: only ASCII is told so quickly."""
    if not text.isascii() or ("://" in text and "@" in text):
        return True
    low = text.lower()
    return any(sign in low for sign in _SIGNS)


def _disguises(secret: str, usernames: Iterable[str]) -> Iterator[str]:
    if not secret:
        return
    yield secret
    for safe in ("", "/", "!'()*~"):
        yield quote(secret, safe=safe)
        yield quote_plus(secret, safe=safe)
    yield escape(secret)
    yield escape(secret, {'"': "&quot;", "'": "&apos;"})
    yield html.escape(secret)
    yield html.escape(secret).encode("ascii", "xmlcharrefreplace").decode("ascii")
    yield secret.encode("utf-8").decode("latin-1")  # as it looks in an HTTP header, which is read byte by byte
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    for text in (secret, *(f"{username}:{secret}" for username in usernames)):
        for encoding in ("utf-8", "latin-1", "utf-16-le"):
            try:
                data = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            token = base64.b64encode(data).decode("ascii")
            yield from (token, token.rstrip("="), quote(token, safe=""))
