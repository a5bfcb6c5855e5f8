"""EWS in Exchange Online with application tokens, while it lives: thin, two operations, prepared envelopes.

Sources: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth,
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange
(``X-EWS-Policy-Reason``)
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from calconnect.evidence.codes import Kind
from calconnect.evidence.observation import Fact, Mode, Observation
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.observing import Question, Reply, Scribe
from calconnect.tenants.common.soap import MESSAGES, TYPES
from calconnect.tenants.common.wire import Answer, busy_shares, failed, read_answer
from calconnect.tenants.exchange_online import ews_envelopes
from calconnect.tenants.exchange_online.answers import clock_skew
from calconnect.tenants.exchange_online.asking import INVALID, ask_through, is_address
from calconnect.tenants.exchange_online.clouds import CloudHosts
from calconnect.tenants.exchange_online.http import Http, HttpAnswer, NoAnswer
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.patience import PASSING, InFlight, Patience, Pause
from calconnect.tenants.exchange_online.tokens import CLOCK_SKEW, NO_TOKEN, NoToken, Token, Tokens
from calconnect.tenants.interface import Window

_MAILBOX_S_OWN = frozenset({Kind.MISSING_MAILBOX, Kind.REFUSAL_OF_RIGHTS, Kind.NOT_FOUND, Kind.WRONG_ADDRESS})
"""Kinds of refusal that are about the mailbox that was asked through, and not about those asked for."""
_CALENDAR = "online-ews-calendar"
_FREE_BUSY = "online-ews-free-busy"


class OnlineEws:
    """EWS as calconnect's own application. Safe to use from several threads."""

    def __init__(
        self,
        hosts: CloudHosts,
        http: Http,
        tokens: Tokens,
        scribe: Scribe,
        *,
        clock: Clock,
        pause: Pause,
        once: bool = False,
    ) -> None:
        self._once = once
        self._url = hosts.ews_url
        self._scope = hosts.ews_scope
        self._http = http
        self._tokens = tokens
        self._scribe = scribe
        self._clock = clock
        self._pause = pause
        self._in_flight = InFlight()

    def open_calendar(self, mailbox: str) -> Observation:
        """Open a default calendar: see the interface. Details: ``folder_class``."""
        question = Question(_CALENDAR, "GetFolder", Mode.APPLICATION, mailbox)
        if not is_address(mailbox):
            return self._scribe.not_asked(question, INVALID)
        reply = self._ask(mailbox, ews_envelopes.get_calendar(mailbox))
        soap = reply.answer.soap
        details: dict[str, Fact] = {}
        if soap is not None and reply.answer.code == "NoError":
            details["folder_class"] = soap.text(f"{TYPES}FolderClass")
        return self._scribe.observe(question, reply, details)

    def free_busy(self, mailboxes: Sequence[str], window: Window) -> Iterator[Observation]:
        """Ask when mailboxes are busy: see the interface.

        All are asked for as one of them; where that one cannot be used, as the next. Details beside the interface's:
        ``asked_through``, ``days`` (how much of the window was asked).
        """
        end = min(window.end, window.start + timedelta(days=limits().availability_window))
        days = round((end - window.start) / timedelta(days=1), 3)
        known = [mailbox for mailbox in mailboxes if is_address(mailbox)]
        tried = ask_through(
            known,
            lambda mailbox: self._ask(mailbox, ews_envelopes.get_availability(mailbox, known, window.start, end)),
            lambda reply: _is_its_own(reply.answer),
        )
        through, last = tried[-1] if tried else ("", None)
        shares = dict(zip(known, busy_shares(last.answer, len(known)), strict=True)) if last is not None else {}
        own = dict(tried) if last is not None and not _has_shares(last.answer) else {}
        for mailbox in mailboxes:
            question = Question(_FREE_BUSY, "GetUserAvailability", Mode.APPLICATION, mailbox)
            if last is None or mailbox not in shares:
                yield self._scribe.not_asked(question, INVALID)
                continue
            reply = own.get(mailbox, last)
            answer = reply.answer if mailbox in own else shares[mailbox]
            details: dict[str, Fact] = {"asked_through": mailbox if mailbox in own else through, "days": days}
            if answer.code == "NoError" and answer.soap is not None:
                details["view"] = answer.soap.text(f"{TYPES}FreeBusyViewType")
                details["busy"] = sum(
                    1 for block in answer.soap.find_all(f"{TYPES}BusyType") if (block.text or "").strip() != "Free"
                )
            yield self._scribe.observe(question, replace(reply, answer=answer), details)

    def _ask(self, mailbox: str, body: bytes) -> Reply:
        """Send an envelope as ``mailbox``. Never raises for what the server or the network does."""
        with self._in_flight.slots([mailbox]):
            return self._ask_now(mailbox, body)

    def _ask_now(self, mailbox: str, body: bytes) -> Reply:
        patience = Patience(self._pause, once=self._once)
        attempts, first, renewed = 0, "", False
        try:
            token = self._tokens.get(self._scope)
            while True:
                attempts += 1
                at, began = self._clock(), time.perf_counter()
                answer, heard = self._send(mailbox, body, token)
                reply = Reply(answer, at, self._url, (time.perf_counter() - began) * 1000, attempts, first)
                if answer.status == 401 and not renewed:
                    token, renewed = self._tokens.renew(self._scope, token), True
                    first = first or "HTTP 401"
                    continue
                again = _seconds_until_again(answer, attempts, patience)
                if again is None:
                    return _told_apart(reply, heard, self._clock)
                first = first or answer.code or f"HTTP {answer.status}"
                patience.wait(again)
        except NoToken as error:
            answer = error.sign_in.reply.answer
            passing = answer.kind in (Kind.TRANSIENT, Kind.NOT_ANSWER, Kind.SERVER_FAULT)
            code = answer.code if passing and answer.code else NO_TOKEN
            return Reply(failed(code), self._clock(), self._url, attempts=0)

    def _send(self, mailbox: str, body: bytes, token: Token) -> tuple[Answer, HttpAnswer | None]:
        headers = {
            "Accept": "text/xml",
            "Content-Type": "text/xml; charset=utf-8",
            "X-AnchorMailbox": mailbox,
            "client-request-id": str(uuid.uuid4()),
            "return-client-request-id": "true",
            "Authorization": f"Bearer {token.value}",
        }
        try:
            heard = self._http.send("POST", self._url, headers, body)
        except NoAnswer as error:
            return failed(error.code), None
        return read_answer(heard.status, heard.headers.items(), heard.content, self._clock()), heard


def _seconds_until_again(answer: Answer, attempts: int, patience: Patience) -> float | None:
    if answer.code == "connection-reset" and attempts == 1 and not patience.once:
        return 0.0  # most likely a connection that the server closed while it was idle
    if answer.status not in PASSING and answer.code != "ErrorServerBusy":
        return None
    return patience.seconds(attempts, answer.retry_after)


def _told_apart(reply: Reply, heard: HttpAnswer | None, clock: Clock) -> Reply:
    """Say that the clocks differ where that is why a fresh token was refused."""
    if heard is None or heard.status != 401 or clock_skew(heard.headers, clock()) is None:
        return reply
    return replace(reply, answer=replace(reply.answer, code=CLOCK_SKEW))


def _has_shares(answer: Answer) -> bool:
    """Say whether an answer tells of each mailbox, and is not one refusal of the whole."""
    return answer.soap is not None and answer.soap.find(f"{MESSAGES}FreeBusyResponse") is not None


def _is_its_own(answer: Answer) -> bool:
    return answer.kind in _MAILBOX_S_OWN and not _has_shares(answer)
