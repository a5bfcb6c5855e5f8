"""The HTTP client that msal is given: ours, so that route, trust and limits are those of the settings.

What msal expects of it: https://github.com/AzureAD/microsoft-authentication-library-for-python (``oauth2cli/http.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from calconnect.foundation.clock import system_clock
from calconnect.tenants.common.wire import retry_after_seconds
from calconnect.tenants.exchange_online.http import Http, HttpAnswer, NoAnswer
from calconnect.tenants.exchange_online.limits import limits
from calconnect.tenants.exchange_online.patience import PASSING, Patience, Pause


class MsalAnswer:
    """An answer as msal reads it."""

    def __init__(self, answer: HttpAnswer) -> None:
        self.status_code = answer.status
        self.headers: Mapping[str, str] = dict(answer.headers)
        self.text = answer.content.decode("utf-8-sig", "replace")

    def raise_for_status(self) -> None:
        """Raise RuntimeError if the status is an error's."""
        if self.status_code >= 400:
            raise RuntimeError(f"HTTP {self.status_code}")


class MsalHttp:
    """Sends for msal, waiting and asking again where the authority is busy, and remembers how the last one went."""

    def __init__(self, http: Http, pause: Pause) -> None:
        self._http = http
        self._pause = pause
        self.begin()

    def begin(self) -> None:
        """Forget what was heard."""
        self.last: HttpAnswer | None = None
        """The answer of the token endpoint, if that was asked; else the last one of discovery."""
        self.token_refused = False
        """Whether the token endpoint was asked, and gave no token."""
        self.url = ""
        """Of the last request, without its query."""
        self.attempts = 0
        """At the last request."""

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> MsalAnswer:
        """Send a GET.

        Raises:
            NoAnswer: nothing came back.
        """
        return self._send("GET", _with_query(url, params), headers or {}, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> MsalAnswer:
        """Send a POST with a form.

        Raises:
            NoAnswer: nothing came back.
        """
        body = data if isinstance(data, str) else urlencode(data or {})
        sent = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", _with_query(url, params), sent, body.encode())

    def close(self) -> None:
        """Do nothing: whoever opened the connections closes them."""

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> MsalAnswer:
        patience = Patience(self._pause)
        attempt = 0
        wanted = {name: str(value) for name, value in headers.items() if value is not None}
        while True:
            attempt += 1
            try:
                answer = self._http.send(method, url, wanted, body, most_bytes=limits().token_answer_size)
            except NoAnswer as error:
                if error.code == "connection-reset" and attempt == 1:
                    continue
                self._remember(method, url, attempt, None)
                raise
            again = None
            if answer.status in PASSING:
                asked = retry_after_seconds(answer.headers.get("retry-after", ""), system_clock())
                again = patience.seconds(attempt, asked)
            if again is None:
                self._remember(method, url, attempt, answer)
                return MsalAnswer(answer)
            patience.wait(again)

    def _remember(self, method: str, url: str, attempts: int, answer: HttpAnswer | None) -> None:
        if self.token_refused:  # msal looks for other names of the authority then: of no interest
            return
        self.url, self.attempts, self.last = url.partition("?")[0], attempts, answer
        self.token_refused = method == "POST" and answer is not None and answer.status >= 400


def _with_query(url: str, params: Mapping[str, str] | None) -> str:
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
