"""Secrets by reference: what stands in the settings is where a secret is, never the secret."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

KINDS = ("keyring", "env", "file")
_REFERENCE = re.compile(r"^(keyring|env|file):(.+)$", re.S)


class SecretNotFound(Exception):
    """The place that a reference names holds no secret. The message names the place and what to do."""


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is: ``keyring:SERVICE/USER``, ``env:NAME`` or ``file:PATH``.

    Resolved where it is used and not kept; its ``repr`` is the reference, so it may be shown.
    """

    kind: str
    place: str
    base: Path = Path()
    """The folder that a relative ``file:`` path starts from."""

    @classmethod
    def parse(cls, text: str, base: Path) -> SecretReference:
        """Parse a reference.

        Raises:
            ValueError: it is none. The message never repeats ``text``, which may be a password in clear.
        """
        found = _REFERENCE.match(text)
        if not found:
            raise ValueError("must be a reference to the secret (keyring:SERVICE/USER, env:NAME or file:PATH)")
        kind, place = found.group(1), found.group(2)
        if "\0" in place:
            raise ValueError("must not hold a NUL character")
        if kind == "keyring" and not re.match(r"^[^/]+/.+$", place):
            raise ValueError("a keyring reference has the form keyring:SERVICE/USER")
        return cls(kind, place, base)

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}"

    @property
    def path(self) -> Path | None:
        """The file of a ``file:`` reference, made absolute; None for the other kinds. ``~`` is the home folder."""
        if self.kind != "file":
            return None
        place = Path(self.place)
        with contextlib.suppress(RuntimeError):  # nobody's home: then it is a folder of that name, or not there
            place = place.expanduser()
        return (self.base / place).absolute()

    def resolve(self) -> str:
        """Return the secret.

        Raises:
            SecretNotFound: there is none, or it cannot be read.
        """
        if self.kind == "env":
            value = os.environ.get(self.place)
            if not value:
                raise SecretNotFound(f"The environment variable {self.place} is not set. Set it and run again.")
            return value
        path = self.path
        return self._from_keyring() if path is None else self._from_file(path)

    def _from_file(self, path: Path) -> str:
        try:
            value = path.read_text(encoding="utf-8-sig").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise SecretNotFound(f"The file {self.place} cannot be read: {reason}.") from None
        if not value:
            raise SecretNotFound(f"The file {self.place} is empty.")
        return value

    def _from_keyring(self) -> str:
        import keyring
        import keyring.errors

        service, user = self.place.split("/", 1)
        try:
            value = keyring.get_password(service, user)
        except keyring.errors.KeyringError as error:
            raise SecretNotFound(f"The keyring cannot be opened ({type(error).__name__}).") from None
        if not value:
            raise SecretNotFound(
                f"The keyring holds no password for {self.place}. Store it with: keyring set {service} {user}"
            )
        return value
