"""A sign-in under way on a connection: NTLM, raw or inside SPNEGO.

Clients send raw NTLM under ``NTLM`` and, many of them, under ``Negotiate`` too; Windows sends SPNEGO there.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

from calconnect.mock_tenant.auth.ntlm import NtlmExchange, NtlmResult, sign
from calconnect.mock_tenant.auth.ntlm_messages import SIGNATURE, Flag, NtlmError, message_type
from calconnect.mock_tenant.auth.spnego import SpnegoError, read_spnego, write_completed, write_incomplete
from calconnect.mock_tenant.state.directory import Directory


@dataclass(frozen=True, slots=True)
class Step:
    """What a token from the client leads to."""

    token: bytes
    """To be sent back; empty: none."""
    result: NtlmResult | None = None
    """None: the client has the next word."""


class Negotiation:
    """One sign-in from the first token to the last."""

    def __init__(self, exchange: NtlmExchange) -> None:
        self._exchange = exchange
        self._mechanisms = b""

    def step(self, data: bytes, directory: Directory, default_domain: str) -> Step:
        """Take a token from the client.

        Raises:
            NtlmError: an NTLM message is not well-formed.
            SpnegoError: it is neither NTLM nor SPNEGO with NTLM in it.
        """
        if data.startswith(SIGNATURE):
            return self._ntlm(data, directory, default_domain)
        token = read_spnego(data)
        if token.mechanisms:
            self._mechanisms = token.mechanisms
            if not token.offers_ntlm:
                raise SpnegoError("the client offers no NTLM")
            if not token.prefers_ntlm or not token.token:
                return Step(write_incomplete(b""))
        inner = self._ntlm(token.token, directory, default_domain)
        if inner.result is None:
            return Step(write_incomplete(inner.token))
        return self._complete(inner.result, token.mic)

    def _ntlm(self, data: bytes, directory: Directory, default_domain: str) -> Step:
        kind = message_type(data)
        if kind == 1:
            return Step(self._exchange.challenge(data))
        if kind == 3:
            return Step(b"", self._exchange.finish(data, directory, default_domain))
        raise NtlmError("a CHALLENGE message comes from the server, not to it")

    def _complete(self, result: NtlmResult, mic: bytes) -> Step:
        """Check the client's mechListMIC and answer it with our own (RFC 4178, 5)."""
        if not result.proven or not mic or Flag.EXTENDED_SESSION_SECURITY not in result.flags:
            return Step(write_completed(b""), result)
        expected = sign(result.session_key, result.flags, self._mechanisms, by="client")
        if not hmac.compare_digest(expected, mic):
            return Step(b"", replace(result, proven=False))
        return Step(write_completed(sign(result.session_key, result.flags, self._mechanisms, by="server")), result)
