"""What must hold before a question is sent: trust before credentials, a sign-in before mailboxes.

So a wrong password is tried once, and a server that is away is not asked a thousand times.
"""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from calconnect.acceptance.asked import Answers, NotAsked
from calconnect.acceptance.judging import codes
from calconnect.acceptance.judging.network import obstacle
from calconnect.acceptance.judging.service_account import usable_schemes
from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.observation import Observation, Outcome

SILENCE = 8
"""After so many questions in a row without any answer, no further ones are sent."""

NO_TOKEN = "no-token"  # noqa: S105 - a code
"""What a question to Exchange Online comes to once the application has no token."""

CLOCK_SKEW = "clock-skew"
"""Why a server refuses what is signed here: its status alone (HTTP 401) does not tell."""


def reached(located: Answers, shaken: Observation, *, url_given: bool) -> NotAsked | None:
    """Return why the server cannot be asked anything; None if it can.

    Args:
        located: how the server was looked for.
        shaken: the handshake with it.
        url_given: whether its URL stands in the settings.
    """
    if isinstance(located, NotAsked):
        return located
    if codes.not_trusted(shaken):
        return _blocked("NET-03", "the server is not to be trusted", shaken)
    found = obstacle(located, "NET-01" if url_given else "NET-02")
    if found is not None:
        if found.requirement:
            return _blocked(found.requirement, "the server was not found", found.observation)
        return _away(found.observation, found.reason)
    if not shaken.ok:
        return _away(shaken, codes.proves_nothing(shaken) or UnknownReason.UNREACHABLE)
    return None


def may_sign_in(offered: Observation) -> NotAsked | None:
    """Return why there is no point in signing in; None if there is.

    Args:
        offered: the answer to a request without credentials.
    """
    if usable_schemes(offered):
        return None
    if offered.http_status == 401 or offered.code == "no-usable-scheme":
        return _blocked("SVC-05", "the server offers no way to sign in that needs no person", offered)
    reason = codes.proves_nothing(offered) or UnknownReason.UNEXPECTED_REFUSAL
    return _away(offered, reason)


def signed_in(observation: Observation) -> NotAsked | None:
    """Return why mailboxes cannot be asked for; None if the sign-in succeeded."""
    if observation.ok:
        return None
    reason = codes.proves_nothing(observation)
    passing = (UnknownReason.UNREACHABLE, UnknownReason.TIMED_OUT, UnknownReason.THROTTLED)
    if reason in passing and not codes.credentials_refused(observation):
        return _away(observation, reason)
    return _blocked("SVC-04", "the service account did not sign in", observation)


def application_signed_in(observation: Observation) -> NotAsked | None:
    """Return why Exchange Online cannot be asked; None if calconnect's own application has signed in there."""
    if observation.ok:
        return None
    reason = codes.proves_nothing(observation)
    if reason in (UnknownReason.UNREACHABLE, UnknownReason.TIMED_OUT, UnknownReason.THROTTLED):
        return _away(observation, reason, urlsplit(observation.url).hostname or "the server")
    because = codes.because(observation)
    code = codes.said(observation)
    if observation.code == CLOCK_SKEW:
        seconds = observation.details.get("clock_skew_seconds")
        apart = f"{abs(seconds)} seconds {'ahead' if seconds > 0 else 'behind'}" if isinstance(seconds, int) else ""
        ahead = f" The server's clock is {apart}." if apart else ""
        code, because = CLOCK_SKEW, f"{CLOCK_SKEW}: {observation.reason}{ahead}"
    sentence = f"It was not asked for: calconnect's own application did not sign in. {because}"
    return NotAsked(sentence, UnknownReason.NOT_PERMITTED, "", _ids(observation), code)


def credentials_lost(observation: Observation) -> NotAsked | None:
    """Return why nothing more is asked once the credentials are refused in the middle of a run; None: they are not."""
    if codes.credentials_refused(observation):
        return _blocked("SVC-04", "the credentials were refused in the middle of the run", observation)
    if observation.code != NO_TOKEN:
        return None
    refused_with = observation.details.get("token_refused_with")
    sentence = (
        "It was not asked for: calconnect's own application could not renew its token in the middle of the run"
        f"{f' ({refused_with})' if refused_with else ''}."
    )
    return NotAsked(sentence, UnknownReason.NOT_PERMITTED, "", _ids(observation))


class Brake:
    """Stops a sweep while its questions are still under way: at once if the credentials are suddenly refused, and
    after a long silence. Thread-safe.

    It sees answers as they come in, so it only keeps further questions from being sent. What that comes to in words is
    the :class:`Breaker`'s to say.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent = 0
        self.pulled = False
        """Whether no more questions are to be sent."""

    def saw(self, observation: Observation) -> None:
        """Take note of what a question came to."""
        with self._lock:
            self._silent = self._silent + 1 if observation.outcome is Outcome.NO_ANSWER else 0
            if self._silent >= SILENCE or credentials_lost(observation) is not None:
                self.pulled = True


class Breaker:
    """Says why a sweep was stopped, and keeps later ones from beginning.

    It sees observations in the order in which they are recorded, so it says the same when a saved run is judged again.
    """

    def __init__(self) -> None:
        self._in_a_row = 0
        self._silent = 0
        self._last_silent: Observation | None = None
        self._refused = False
        self._closed: NotAsked | None = None

    @property
    def closed(self) -> NotAsked | None:
        """Why no more questions are sent; None: they are."""
        return self._closed

    def saw(self, observation: Observation) -> None:
        """Take note of what a question came to."""
        if not self._refused and (lost := credentials_lost(observation)) is not None:
            self._refused = True
            self._closed = lost
        if observation.outcome is not Outcome.NO_ANSWER:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        self._silent += 1
        self._last_silent = observation
        if self._in_a_row >= SILENCE:
            self._close(observation)

    def stopped(self) -> NotAsked | None:
        """Say why questions of a sweep were not sent; None: the brake cannot have been pulled, from what was seen.

        Answers that came in one after the other need not have been recorded one after the other. So a brake that was
        pulled closes the breaker here, if it is not closed yet.
        """
        if self._closed is None and self._last_silent is not None and self._silent >= SILENCE:
            self._close(self._last_silent)
        return self._closed

    def _close(self, silent: Observation) -> None:
        if self._closed is None:
            self._closed = _away(silent, codes.proves_nothing(silent) or UnknownReason.UNREACHABLE)


def _blocked(requirement: str, why: str, observation: Observation) -> NotAsked:
    code = codes.said(observation)
    sentence = f"It was not asked for, because {requirement} stands in the way: {why}{f' ({code})' if code else ''}."
    return NotAsked(sentence, UnknownReason.BLOCKED, requirement, _ids(observation))


def _away(observation: Observation, reason: UnknownReason, host: str = "the server") -> NotAsked:
    sentence = f"It was not asked for, because {host} gave no usable answer. {codes.because(observation)}"
    return NotAsked(sentence, reason, "", _ids(observation))


def _ids(observation: Observation) -> tuple[str, ...]:
    return (observation.id,) if observation.id else ()
