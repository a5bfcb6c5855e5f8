"""``collect-evidence.ps1``, the script that writes the exports. It is read-only; permissions stand on its top.

Tests check its syntax and that it runs nothing but reading commands. It has not been executed against Exchange by the
project: there is none to execute it against.
"""

from __future__ import annotations

from pathlib import Path

SCRIPT_NAME = "collect-evidence.ps1"


def collect_script() -> str:
    """Return the script's text."""
    return (Path(__file__).parent / SCRIPT_NAME).read_text(encoding="ascii")
