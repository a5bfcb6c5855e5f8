"""Tokens for calconnect's own application, by msal, with its normal checks. They are kept in memory alone.

A sign-in that was refused is not tried again by other questions: only :meth:`Tokens.sign_in` does that. No token,
secret or assertion is part of any ``repr`` or observation; the redactor learns each before anything else does.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

import msal
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Fact
from calconnect.evidence.redact import Redactor
from calconnect.foundation.clock import Clock
from calconnect.settings.certificates import UnusableCredential
from calconnect.settings.model import Microsoft365Settings
from calconnect.settings.secrets import SecretNotFound
from calconnect.tenants.common.observing import Reply
from calconnect.tenants.common.wire import Answer, failed
from calconnect.tenants.exchange_online.answers import clock_skew
from calconnect.tenants.exchange_online.clouds import CLOUDS
from calconnect.tenants.exchange_online.credentials import for_msal, method_of
from calconnect.tenants.exchange_online.http import Http, HttpAnswer, NoAnswer
from calconnect.tenants.exchange_online.msal_http import MsalHttp
from calconnect.tenants.exchange_online.patience import Pause
from calconnect.tenants.exchange_online.shapes import NotJson, Object, UnexpectedShape, read_json, text, texts, whole

NO_TOKEN = "no-token"  # noqa: S105 - a code
CLOCK_SKEW = "clock-skew"

_AADSTS = re.compile(r"AADSTS\d{4,9}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,99}")
_REFUSED_FOR_TIME = frozenset({"AADSTS700024"})
"""The assertion is not within its valid time range:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes"""
_MSAL_ERRORS = (ValueError, KeyError, TypeError, AttributeError, RuntimeError, msal.exceptions.MsalError)
"""What msal raises over answers that it does not like; what they were is read off the wire."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token."""

    value: str = field(repr=False)
    tenant_id: str = ""
    """As the token says; empty where it cannot be read."""
    permissions: tuple[str, ...] | None = None
    """The application permissions that it carries, sorted; None where it cannot be read."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How asking for a token went."""

    reply: Reply
    token: Token | None = None
    details: Mapping[str, Fact] = field(default_factory=dict)


class NoToken(Exception):
    """There is no token; ``sign_in`` says how that went."""

    def __init__(self, sign_in: SignIn) -> None:
        super().__init__(sign_in.reply.answer.code or "")
        self.sign_in = sign_in


class Tokens:
    """The tokens of one application in one tenant. Safe to use from several threads."""

    def __init__(
        self, settings: Microsoft365Settings, http: Http, redactor: Redactor, *, clock: Clock, pause: Pause
    ) -> None:
        """Prepare to sign in. Nothing is sent and no secret read yet."""
        self._settings = settings
        self._redactor = redactor
        self._clock = clock
        self._http = MsalHttp(http, pause)
        self._lock = threading.Lock()
        self._application: Any = None
        self._refused: set[str] = set()

    def sign_in(self, scope: str) -> SignIn:
        """Ask for a token anew, whatever is known."""
        with self._lock:
            self._application = None
            return self._acquire(scope)

    def get(self, scope: str) -> Token:
        """Return a token that is good, as far as is known here.

        Raises:
            NoToken: there is none.
        """
        with self._lock:
            return self._given(self._acquire(scope) if scope not in self._refused else self._not_asked())

    def renew(self, scope: str, stale: Token) -> Token:
        """Return another token than ``stale``, which a server did not take.

        Raises:
            NoToken: there is none.
        """
        with self._lock:
            signed_in = self._acquire(scope)
            if signed_in.token is not None and signed_in.token.value == stale.value:
                self._application.token_cache = msal.TokenCache()
                signed_in = self._acquire(scope)
            return self._given(signed_in)

    @property
    def method(self) -> str:
        """How the application proves itself."""
        return method_of(self._settings.credential)

    def _given(self, signed_in: SignIn) -> Token:
        if signed_in.token is None:
            raise NoToken(signed_in)
        return signed_in.token

    def _not_asked(self) -> SignIn:
        return SignIn(Reply(failed(NO_TOKEN), self._clock(), self._authority(), attempts=0))

    def _acquire(self, scope: str) -> SignIn:
        at, began = self._clock(), time.perf_counter()
        self._http.begin()
        result: Any = None
        attempts = None
        answer: Answer | None = None
        try:
            if self._application is None:
                self._application = self._new_application()
            result = self._application.acquire_token_for_client(scopes=[scope])
        except SecretNotFound:
            answer, attempts = failed("secret-not-found"), 0
        except UnusableCredential as error:
            answer, attempts = failed(error.code), 0
        except NoAnswer as error:
            answer = None if self._http.token_refused else failed(error.code)
        except _MSAL_ERRORS:
            result = None
        duration = (time.perf_counter() - began) * 1000
        token = self._token(result)
        details: dict[str, Fact] = {}
        if answer is None:
            answer = Answer(200) if token is not None else _refusal(self._http.last)
        if answer.code in _REFUSED_FOR_TIME and self._http.last is not None:
            seconds = clock_skew(self._http.last.headers, self._clock())
            if seconds is not None:
                details = {"clock_skew_seconds": seconds, "refused_with": answer.code}
                answer = replace(answer, code=CLOCK_SKEW)
        self._remember(scope, answer, refused=token is None)
        tries = self._http.attempts if attempts is None else attempts
        return SignIn(Reply(answer, at, self._http.url or self._authority(), duration, tries), token, details)

    def _remember(self, scope: str, answer: Answer, *, refused: bool) -> None:
        passing = answer.kind in (Kind.TRANSIENT, Kind.NOT_ANSWER, Kind.SERVER_FAULT)
        if refused and not passing:
            self._refused.add(scope)
        else:
            self._refused.discard(scope)

    def _new_application(self) -> Any:
        authority = self._authority()
        if urlsplit(authority).hostname in WELL_KNOWN_AUTHORITY_HOSTS:
            where = {"authority": authority}
        else:  # a host that is not Microsoft's proves itself by its issuer: msal asks nobody else about it
            where = {"oidc_authority": f"{authority}/v2.0"}
        return msal.ConfidentialClientApplication(
            self._settings.application,
            client_credential=for_msal(self._settings.credential, self._redactor),
            http_client=self._http,
            token_cache=msal.TokenCache(),
            **where,
        )

    def _authority(self) -> str:
        base = self._settings.authority or CLOUDS[self._settings.cloud].authority
        return f"{base.rstrip('/')}/{quote(self._settings.tenant, safe='')}"

    def _token(self, result: Any) -> Token | None:
        value = result.get("access_token") if isinstance(result, dict) else None
        if not isinstance(value, str) or not value:
            return None
        self._redactor.protect(value)
        claims = _claims(value)
        try:
            roles = tuple(sorted(set(texts(claims, "roles")))) if claims is not None else None
            return Token(value, text(claims, "tid") if claims is not None else "", roles)
        except UnexpectedShape:
            return Token(value)


def _refusal(last: HttpAnswer | None) -> Answer:
    """Return what the authority's last answer says: discovery and token endpoint word errors alike. Source:
    https://learn.microsoft.com/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application
    """
    if last is None:
        return failed("unexpected-answer")
    request_id = last.headers.get("x-ms-request-id", "")[:100]
    try:
        body = whole(read_json(last.content))
    except NotJson:
        return Answer(last.status, "not-json" if last.status < 500 else None, request_id=request_id)
    except UnexpectedShape:
        return Answer(last.status, "unexpected-answer", request_id=request_id)
    code = _code(body) or ("unexpected-answer" if last.status < 400 else None)
    return Answer(last.status, code, request_id=request_id)


def _code(body: Object) -> str | None:
    numbers = body.get("error_codes")
    if isinstance(numbers, list) and numbers and isinstance(numbers[0], int):
        return f"AADSTS{numbers[0]}"
    description, error = body.get("error_description"), body.get("error")
    found = _AADSTS.match(description) if isinstance(description, str) else None
    if found:
        return found.group()
    return error if isinstance(error, str) and _WORD.fullmatch(error) else None


def _claims(token: str) -> Object | None:
    """Return the claims that a token carries, unverified: they say what may be asked, and prove nothing."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        return whole(read_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))))
    except (binascii.Error, NotJson, UnexpectedShape, ValueError):
        return None
