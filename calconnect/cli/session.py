"""What a command has under way, for whoever has to tell the user when it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calconnect.settings.secrets import SecretReference


@dataclass(slots=True)
class Session:
    """One call of the command line."""

    run_folder: Path | None = None
    """The folder of the run that is under way."""
    secrets: tuple[SecretReference, ...] = ()
    """Where the secrets of the run are kept, so that they can be taken out of what is written about a failure."""
