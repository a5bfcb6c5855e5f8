"""Where a mailbox is, as Exchange Online's Autodiscover v2 says without a sign-in.

Source: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/autodiscover-for-exchange
"""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import quote, urlsplit

from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.observing import Question, Reply, Said, Scribe
from calconnect.tenants.common.wire import Answer, failed, join_url, retry_after_seconds
from calconnect.tenants.exchange_online.answers import sound_code
from calconnect.tenants.exchange_online.asking import INVALID, is_address
from calconnect.tenants.exchange_online.clouds import CloudHosts
from calconnect.tenants.exchange_online.http import Http, NoAnswer
from calconnect.tenants.exchange_online.patience import PASSING, Patience, Pause
from calconnect.tenants.exchange_online.shapes import NotJson, UnexpectedShape, needed_text, read_json, whole

_PROBE = "online-autodiscover"
_OPERATION = "Autodiscover JSON"


class Locator:
    """Asks Exchange Online where mailboxes are."""

    def __init__(self, hosts: CloudHosts, http: Http, scribe: Scribe, *, clock: Clock, pause: Pause) -> None:
        self._hosts = hosts
        self._http = http
        self._scribe = scribe
        self._clock = clock
        self._pause = pause

    def locate(self, address: str) -> Observation:
        """Ask where a mailbox is: see the interface."""
        question = Question(_PROBE, _OPERATION, Mode.ANONYMOUS, address)
        if not is_address(address):
            return self._scribe.not_asked(question, INVALID)
        url = f"{self._hosts.outlook}/autodiscover/autodiscover.json/v1.0/{quote(address, safe='@')}?Protocol=EWS"
        patience, attempts = Patience(self._pause), 0
        while True:
            attempts += 1
            at, began = self._clock(), time.perf_counter()
            answer, leads_to = self._send(url)
            reply = Reply(answer, at, url, (time.perf_counter() - began) * 1000, attempts)
            again = patience.seconds(attempts, answer.retry_after) if answer.status in PASSING else None
            if again is None:
                break
            patience.wait(again)
        details: dict[str, Fact] = {}
        if leads_to:
            here = urlsplit(self._hosts.outlook).hostname == _host(leads_to)
            details = {"ews_url": leads_to, "hosted": "online" if here else "elsewhere"}
            if answer.code == "redirected":
                del details["ews_url"]
        ok = bool(details)
        return self._scribe.observe(question, reply, details, Said(Outcome.OK, None) if ok else None)

    def _send(self, url: str) -> tuple[Answer, str]:
        """Return the answer, and the URL that it names: of EWS or, of a redirect, of another Autodiscover."""
        try:
            heard = self._http.send("GET", url, {"Accept": "application/json"})
        except NoAnswer as error:
            return failed(error.code), ""
        answer = Answer(
            heard.status,
            request_id=heard.headers.get("request-id", "")[:100],
            retry_after=retry_after_seconds(heard.headers.get("retry-after", ""), self._clock()),
        )
        if 300 <= heard.status < 400:
            return replace(answer, code="redirected"), join_url(url, heard.headers.get("location", ""))
        try:
            body = whole(read_json(heard.content))
            if heard.status == 200:
                return answer, needed_text(body, "Url")
            return replace(answer, code=sound_code(body.get("ErrorCode"))), ""
        except NotJson:
            return replace(answer, code=None if heard.status in PASSING else "not-json"), ""
        except UnexpectedShape:
            return replace(answer, code="unexpected-answer"), ""


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
