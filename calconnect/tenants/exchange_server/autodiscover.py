"""Finds the EWS URL for an e-mail address, in the documented order, and reports every attempt.

1. ``https://<domain>/autodiscover/``  2. ``https://autodiscover.<domain>/autodiscover/``
3. the redirect that ``http://autodiscover.<domain>`` may give  4. the SRV record ``_autodiscover._tcp.<domain>``.
At each host the JSON question comes first: it needs no sign-in. Sources:
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxdisco/d56ae3c6-bf29-4712-b274-2e4cc5fdaa64 and
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/autodiscover-for-exchange

Credentials go only to documented hosts of the e-mail domain itself, over verified TLS. They follow no redirect to
another host. A host outside the domain is asked the JSON question alone, and what it says is reported but not used: the
administrator decides whether to write that URL into the settings.
"""

from __future__ import annotations

import time
from dataclasses import replace

from calconnect.evidence.codes import Kind, meaning
from calconnect.evidence.observation import Fact, Mode, Observation, Outcome
from calconnect.foundation.clock import Clock
from calconnect.tenants.common.network import Route
from calconnect.tenants.common.observing import Question, Reply, Said, Scribe
from calconnect.tenants.common.wire import Answer, failed, split_url
from calconnect.tenants.exchange_server.autodiscover_answers import Discovery
from calconnect.tenants.exchange_server.autodiscover_client import (
    JSON,
    POX,
    AutodiscoverClient,
    Heard,
    json_url,
    pox_url,
)
from calconnect.tenants.exchange_server.limits import limits
from calconnect.tenants.exchange_server.names import ServiceLookup
from calconnect.tenants.exchange_server.signing import ServiceAccount

_PROBE = "locate"
_LED_AWAY = "redirected-to-foreign-host"
_STOPS = ("redirect-loop", "too-many-redirects")
_LONGEST_WAIT = 10.0
"""Seconds to wait for a host: most domains have nothing behind some of the documented addresses."""
_TELLING = (Kind.MISSING_MAILBOX, Kind.REFUSAL_OF_IDENTITY, Kind.POLICY, Kind.TRANSIENT, Kind.SERVER_FAULT)
"""What says most about why nothing was found, first the most."""


def discover(
    email: str, route: Route, account: ServiceAccount, scribe: Scribe, *, clock: Clock, look_up: ServiceLookup
) -> tuple[Observation, ...]:
    """Search the EWS URL for ``email``, and return the observation of each attempt; the last one is the result.

    Details of the result: ``how`` (``autodiscover``), ``codes`` (one word an attempt) and, if it was found, ``ews_url``
    and ``found_by``. Never raises for what DNS, network or servers do.
    """
    patient = replace(route, timeout=min(route.timeout, _LONGEST_WAIT))
    try:
        context = patient.trust()
    except OSError:
        question = Question(_PROBE, "Autodiscover", Mode.ANONYMOUS, email)
        return (scribe.not_asked(question, "ca-file-unreadable", {"how": "autodiscover"}),)
    with AutodiscoverClient(patient, context, account, clock) as client:
        search = _Search(email, client, scribe, clock, look_up)
        search.run()
    return (*search.observations, search.result())


class _Search:
    """One search: where it has been, what it saw, what it found."""

    def __init__(
        self, email: str, client: AutodiscoverClient, scribe: Scribe, clock: Clock, look_up: ServiceLookup
    ) -> None:
        self.observations: list[Observation] = []
        self._email = email
        self._domain = _domain(email)
        self._client = client
        self._scribe = scribe
        self._clock = clock
        self._look_up = look_up
        self._addresses = {email.casefold()}
        self._redirects_left = limits().autodiscover_redirects
        self._found: tuple[str, Reply, str] | None = None
        self._foreign: tuple[str, Reply] | None = None
        self._led_away_to = ""

    def run(self) -> None:
        """Go through the documented places until one of them names an EWS URL that may be used."""
        for host in (self._domain, f"autodiscover.{self._domain}"):
            self._ask_host(host, self._email)
            if self._found:
                return
        self._ask_for_redirect(f"autodiscover.{self._domain}")
        if not self._found:
            self._ask_service_record(f"_autodiscover._tcp.{self._domain}")

    def _ask_host(self, place: str, email: str) -> None:
        """Ask one host (``host`` or ``host:port``), by JSON and then, if it is of the domain, by POX."""
        answers = self._follow(JSON, json_url(place, email), email)
        if answers and not self._found and not self._is_foreign(pox_url(place)):
            self._follow(POX, pox_url(place), email)

    def _follow(self, operation: str, url: str, email: str) -> bool:
        """Ask a URL and go where its answers lead. Return whether the URL itself answered at all."""
        been: set[str] = set()
        first_host = split_url(url).hostname
        while True:
            if url.lower() in been:
                self._stop(operation, url, "redirect-loop")
                return True
            been.add(url.lower())
            heard = self._client.ask_json(url) if operation == JSON else self._client.ask_pox(url, email)
            self._note(operation, url, heard)
            if heard.said.ews_url:
                self._take(heard.said.ews_url, heard.reply, operation)
            if not (heard.leads_to or heard.said.redirect_address):
                return len(been) > 1 or heard.reply.answer.status is not None
            if self._redirects_left == 0:
                self._stop(operation, url, "too-many-redirects")
                return True
            self._redirects_left -= 1
            if heard.said.redirect_address:
                self._start_again(heard.said.redirect_address)
                return True
            url = heard.leads_to
            if self._is_foreign(url):
                self._led_away_to = self._led_away_to or split_url(url).hostname or ""
            if not _is_https(url):
                self._stop(operation, url, "http-only")
                return True
            if operation == POX and split_url(url).hostname != first_host:
                self._follow(JSON, json_url(_place(url), email), email)
                return True

    def _start_again(self, address: str) -> None:
        """Go on with the e-mail address that Autodiscover names in place of the one that was asked about."""
        if address.casefold() in self._addresses:
            self._stop(POX, f"https://{_domain(address)}", "redirect-loop")
            return
        self._addresses.add(address.casefold())
        for host in (_domain(address), f"autodiscover.{_domain(address)}"):
            self._ask_host(host, address)
            if self._found:
                return

    def _ask_for_redirect(self, host: str) -> None:
        """See where http leads. Only to https, and with nothing sent that anybody might not read."""
        url = f"http://{host}/autodiscover/autodiscover.xml"
        heard = self._client.get_redirect(url)
        leads_on = _is_https(heard.leads_to)
        said = None
        if leads_on:
            said = Said(Outcome.OK, None)
        elif heard.reply.answer.status is not None:
            said = Said(Outcome.REFUSED, "http-only" if heard.leads_to else "no-redirect")
        question = Question(_PROBE, "Autodiscover HTTP redirect", Mode.ANONYMOUS, host)
        self.observations.append(self._scribe.observe(question, heard.reply, _leads_to(heard), said))
        if leads_on:
            self._follow(JSON, json_url(_place(heard.leads_to), self._email), self._email)

    def _ask_service_record(self, name: str) -> None:
        at, began = self._clock(), time.perf_counter()
        records = self._look_up(name)
        reply = Reply(failed(records.failure), at, "", (time.perf_counter() - began) * 1000)
        places = [host.lower() if port == 443 else f"{host.lower()}:{port}" for host, port in records.places]
        said = Said(Outcome.OK, None) if places else None
        question = Question(_PROBE, "Autodiscover SRV", Mode.ANONYMOUS, name)
        self.observations.append(self._scribe.observe(question, reply, {"hosts": list(places)}, said))
        for place in places:
            self._ask_host(place, self._email)
            if self._found:
                return

    def _note(self, operation: str, url: str, heard: Heard) -> None:
        details = _leads_to(heard)
        if heard.said.ews_url:
            details["ews_url"] = heard.said.ews_url
        mode = Mode.SERVICE_ACCOUNT if heard.signed_in else Mode.ANONYMOUS
        question = Question(_PROBE, operation, mode, split_url(url).hostname or url)
        said = _said(heard.reply.answer, heard.said)
        self.observations.append(self._scribe.observe(question, heard.reply, details, said))

    def _stop(self, operation: str, url: str, code: str) -> None:
        reply = Reply(failed(code), self._clock(), _without_query(url), attempts=0)
        question = Question(_PROBE, operation, Mode.ANONYMOUS, split_url(url).hostname or url)
        self.observations.append(self._scribe.observe(question, reply, None, Said(Outcome.REFUSED, code)))

    def _take(self, ews_url: str, reply: Reply, operation: str) -> None:
        if self._is_foreign(reply.url):
            self._foreign = self._foreign or (ews_url, reply)
        else:
            self._found = (ews_url, reply, operation)

    def _is_foreign(self, url: str) -> bool:
        host = (split_url(url).hostname or "").rstrip(".")
        return host != self._domain and not host.endswith(f".{self._domain}")

    def result(self) -> Observation:
        """Return the observation of the search as a whole."""
        question = Question(_PROBE, "Autodiscover", Mode.ANONYMOUS, self._email)
        details: dict[str, Fact] = {"how": "autodiscover", "codes": [_word(one) for one in self.observations]}
        if self._found:
            ews_url, reply, operation = self._found
            details |= {"ews_url": ews_url, "found_by": operation}
            return self._scribe.observe(question, reply, details, Said(Outcome.OK, None))
        if self._foreign:
            ews_url, reply = self._foreign
            details["foreign_ews_url"] = ews_url
            return self._scribe.observe(question, reply, details, Said(Outcome.REFUSED, _LED_AWAY))
        stopped = next((one for one in self.observations if one.code in _STOPS), None)
        if self._led_away_to or stopped is not None:
            if self._led_away_to:
                details["leads_to"] = self._led_away_to
            code = stopped.code if stopped is not None and not self._led_away_to else _LED_AWAY
            reply = Reply(Answer(None), self._clock(), attempts=len(self.observations))
            return self._scribe.observe(question, reply, details, Said(Outcome.REFUSED, code))
        telling = self._most_telling()
        code = "autodiscover-found-nothing"
        if telling is not None and telling.code != "not-ews":
            refused = telling.http_status == 401 and telling.mode is Mode.SERVICE_ACCOUNT
            code = "credentials-refused" if refused else telling.code or code
        reply = Reply(Answer(telling.http_status if telling else None), self._clock(), attempts=len(self.observations))
        said = Said(Outcome.REFUSED if telling else Outcome.NO_ANSWER, code)
        return self._scribe.observe(question, reply, details, said)

    def _most_telling(self) -> Observation | None:
        """Return the attempt that says most about why nothing was found; None if nobody answered at all."""
        heard = [one for one in self.observations if one.outcome is not Outcome.OK and one.http_status is not None]
        for kind in _TELLING:
            for one in heard:
                anonymous = one.http_status == 401 and one.mode is Mode.ANONYMOUS
                if meaning(one.code, one.http_status).kind is kind and not anonymous:
                    return one
        return heard[-1] if heard else None


def _said(answer: Answer, said: Discovery) -> Said | None:
    """Return what an attempt amounts to, where the wire does not say it already."""
    if answer.status is None:
        return None
    if said.ews_url or said.redirect_url or said.redirect_address:
        return Said(Outcome.OK, None)
    if said.code == "not-ews":
        return Said(Outcome.NO_ANSWER, "not-ews") if answer.status == 200 else None
    return Said(Outcome.REFUSED, said.code) if said.code else None


def _leads_to(heard: Heard) -> dict[str, Fact]:
    if heard.said.redirect_address:
        return {"redirect_address": heard.said.redirect_address}
    return {"leads_to": _without_query(heard.leads_to)} if heard.leads_to else {}


def _word(observation: Observation) -> str:
    if observation.outcome is Outcome.OK:
        return "ok"
    return observation.code or f"HTTP {observation.http_status}"


def _is_https(url: str) -> bool:
    parts = split_url(url)
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None


def _place(url: str) -> str:
    parts = split_url(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port else host


def _without_query(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


def _domain(email: str) -> str:
    return email.rpartition("@")[2].strip().lower().rstrip(".")
