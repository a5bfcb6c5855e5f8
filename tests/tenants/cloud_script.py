"""A scripted Microsoft 365: an authority that gives tokens, and Graph with whatever answers a test sets."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.tenants.scripted import Canned, Seen

HOSTS = ("login.microsoftonline.com", "graph.microsoft.com", "outlook.office365.com")
TENANT = "6b1f0f3a-4d3e-4a57-8c2e-d4f05a0bd7c1"
APPLICATION = "2b7c5e00-0d4e-4a86-9a38-0b8f3c6f3a11"
SECRET = "C@nary~secret/8+ü"
ROLES = ("Calendars.ReadWrite", "User.Read.All")

Answer = Canned | Callable[[dict[str, Any]], Canned]
"""What Graph answers, or makes of a request: ``method``, ``url`` (below the version, decoded), ``body`` …"""


def as_json(body: Any, status: int = 200, **headers: str) -> Canned:
    """Return a JSON answer; ``Retry_After="1"`` becomes ``Retry-After: 1``."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Canned(status, json.dumps(body), (("Content-Type", "application/json"), *named))


def error(status: int, code: str, message: str = "Some words.", **headers: str) -> Canned:
    """Return an error of Graph."""
    inner = {"date": "2026-11-22T12:00:00", "request-id": "11111111-2222-3333-4444-555555555555"}
    return as_json({"error": {"code": code, "message": message, "innerError": inner}}, status, **headers)


def aadsts(number: int, status: int = 400, name: str = "invalid_request", **headers: str) -> Canned:
    """Return an error of Entra."""
    body = {"error": name, "error_description": f"AADSTS{number}: Some words.", "error_codes": [number]}
    return as_json(body, status, **headers)


def token(number: int) -> str:
    """Return a token that looks like one of Entra's."""
    claims = base64.urlsafe_b64encode(json.dumps({"tid": TENANT, "roles": ROLES, "n": number}).encode()).decode()
    return f"eyJhbGciOiJub25lIn0.{claims.rstrip('=')}.c2lnbmF0dXJlLW9mLXRva2Vu{number:04}"


@dataclass
class FakeCloud:
    """A script for a server that answers as all three hosts."""

    graph: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    """By the beginning of ``GET /users/…``; of several that fit, the longest. A list is used up to its last."""
    discovery: Canned | None = None
    token_answers: list[Canned] = field(default_factory=list)
    """Given in turn before tokens are."""
    ews: Callable[[Seen], Canned] | None = None
    autodiscover: Canned | None = None
    dead: set[str] = field(default_factory=set)
    """Tokens that have expired."""
    given: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    """What was sent for tokens."""
    asked: list[str] = field(default_factory=list)
    """``GET /users/…`` of every request to Graph, parts of batches too."""
    batches: list[int] = field(default_factory=list)
    """The number of parts of each batch."""

    def __call__(self, seen: Seen) -> Canned:
        host = seen.host.partition(":")[0]
        if host == "login.microsoftonline.com":
            return self._entra(seen)
        if host == "outlook.office365.com" and "/autodiscover/" in seen.path:
            return self.autodiscover or Canned(404)
        if seen.headers.get("authorization", "").removeprefix("Bearer ") not in set(self.given) - self.dead:
            return error(401, "InvalidAuthenticationToken")
        if host == "outlook.office365.com":
            assert self.ews is not None
            return self.ews(seen)
        body = json.loads(seen.body) if seen.body else None
        if seen.path == "/v1.0/$batch":
            return self._batch(body)
        return self._graph(seen.method, seen.path.removeprefix("/v1.0"), seen.headers, body)

    def _entra(self, seen: Seen) -> Canned:
        if seen.path.endswith("/.well-known/openid-configuration"):
            base = f"https://login.microsoftonline.com/{TENANT}"
            return self.discovery or as_json(
                {
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                }
            )
        if seen.path.startswith("/common/discovery/instance"):
            return as_json({"metadata": []})
        assert urlsplit(seen.path).path == f"/{TENANT}/oauth2/v2.0/token"
        self.forms.append({name: values[0] for name, values in parse_qs(seen.body.decode()).items()})
        if self.token_answers:
            return self.token_answers.pop(0)
        self.given.append(token(len(self.given)))
        return as_json({"token_type": "Bearer", "expires_in": 3599, "access_token": self.given[-1]})

    def _batch(self, body: Any) -> Canned:
        answers = []
        self.batches.append(len(body["requests"]))
        for part in body["requests"]:
            canned = self._graph(part["method"], part["url"], part.get("headers", {}), part.get("body"))
            answer: dict[str, Any] = {"id": part["id"], "status": canned.status, "headers": dict(canned.headers)}
            if canned.body:
                assert isinstance(canned.body, str)
                answer["body"] = json.loads(canned.body)
            answers.append(answer)
        return as_json({"responses": answers[::-1]})

    def _graph(self, method: str, url: str, headers: dict[str, str], body: Any) -> Canned:
        line = f"{method} {unquote(url)}"
        self.asked.append(line)
        fitting = max((one for one in self.graph if line.startswith(one)), key=len, default=None)
        if fitting is None:
            return error(404, "ResourceNotFound")
        answer = self.graph[fitting]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            return answer({"method": method, "url": unquote(url), "headers": headers, "body": body})
        return answer
