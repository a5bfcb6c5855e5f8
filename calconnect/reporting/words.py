"""How values are written for people, in the report and on the terminal alike."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LEFT_AS_IT_IS = {"\n", "\t"}


def visible(value: object) -> str:
    """Return text in which nothing hides: control characters, direction marks and the like are written as ``⟨U+202E⟩``.

    A right-to-left mark in an address could make it read as another one.
    """
    text = value if isinstance(value, str) else str(value)
    if text.isascii() and (text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()):
        return text
    return "".join(
        f"⟨U+{ord(character):04X}⟩"
        if unicodedata.category(character) in _HIDDEN and character not in _LEFT_AS_IT_IS
        else character
        for character in text
    )


def milliseconds(value: float) -> str:
    """Write a duration for people: ``0.4 ms``, ``12 ms``, ``1.3 s``, ``2 min 5 s``."""
    if value < 1:
        return f"{value:.1f} ms"
    if value < 1000:
        return f"{value:.0f} ms"
    if value < 60_000:
        return f"{value / 1000:.1f} s"
    minutes, seconds = divmod(round(value / 1000), 60)
    return f"{minutes} min {seconds} s"


def when(moment: datetime, form: str = "second") -> str:
    """Write a moment in UTC: ``22 November 2026, 14:03:09 UTC``; with ``time``, ``14:03:09.120``."""
    moment = moment.astimezone(UTC)
    if form == "time":
        return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
    return f"{day(moment.date())}, {moment:%H:%M:%S} UTC"


def day(value: date) -> str:
    """Write a day: ``22 November 2026``."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def number(value: int) -> str:
    """Write a whole number with its thousands apart."""
    return f"{value:,}"


def short(value: float) -> str:
    """Write a number for an axis: ``0``, ``0.5``, ``250``, ``1,000``."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def span(seconds: float) -> str:
    """Write a time since a beginning, for an axis: ``0``, ``20 s``, ``5 min``, ``1 h 30 min``."""
    if not seconds:
        return "0"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest:g} s" if rest else ""]
    return " ".join(part for part in parts if part)


def plural(count: int, singular: str, several: str = "") -> str:
    """Write a count with its noun: ``1 mailbox``, ``50 mailboxes``."""
    return f"{count:,} {singular if count == 1 else several or singular + 's'}"


def word(verdict: str) -> str:
    """Write a verdict as people read it: ``not applicable``."""
    return _WORDS.get(verdict, verdict.replace("-", " "))


_WORDS = {
    "unseen": "not looked at",
    "not-ready": "Not ready",
    "ready": "Ready",
    "not-known": "Not known",
    "all-passed": "All passed",
    "some-failed": "Some failed",
    "not-finished": "Not finished",
}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
