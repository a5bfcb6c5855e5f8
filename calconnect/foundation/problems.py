"""What is wrong with something a user gave us, and where: collected, and then told all at once.

CalconnectError
 ├── InvalidInput        settings, lists, tenant files: carries every Problem found (exit code 2)
 └── UsageError          a command that cannot be carried out as given (exit code 2)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in what was given: where it stands, what is wrong, what to do."""

    file: str
    """The file as the user named it; empty for a command-line value."""
    line: int | None
    """1-based line; None where a file has no lines or the key is missing altogether."""
    key: str
    """Dotted key such as ``connection.terms_agreed`` or ``mailboxes[3].email``; empty for the file as a whole."""
    message: str
    """What is wrong, as a sentence without the place."""
    hint: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = self.file + (f":{self.line}" if self.line is not None else "")
        head = ": ".join(part for part in (place, self.key, self.message) if part)
        return f"{head} {self.hint}".rstrip()


class CalconnectError(Exception):
    """The root of all errors that calconnect raises on purpose."""


class InvalidInput(CalconnectError):
    """Something that the user gave is wrong. Nothing has been sent to any server."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(CalconnectError):
    """The command cannot be carried out as given."""
