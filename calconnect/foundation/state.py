"""Where calconnect keeps what belongs to no run."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """Return the folder: ``CALCONNECT_STATE`` where it is set, else the platform's place for a user's state."""
    from platformdirs import user_state_path

    named = os.environ.get("CALCONNECT_STATE")
    return Path(named).absolute() if named else user_state_path("calconnect", appauthor=False)
