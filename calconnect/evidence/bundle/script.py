"""``collect-evidence.ps1``, the script that writes the exports. It is read-only; permissions stand on its top.

It is made of three files: the frame, and what is exported on each side. Tests check its syntax and that it runs nothing
but reading commands. It has not been executed against Exchange by the project: there is none to execute it against.
"""

from __future__ import annotations

from pathlib import Path

SCRIPT_NAME = "collect-evidence.ps1"
_MARK = "# @exports\n"
_SIDES = ("export-server.ps1", "export-online.ps1")


def collect_script() -> str:
    """Return the script's text."""
    folder = Path(__file__).parent
    frame, *sides = ((folder / name).read_text(encoding="ascii") for name in (SCRIPT_NAME, *_SIDES))
    before, mark, after = frame.partition(_MARK)
    assert mark, "the frame says where the sides go"
    return before + "\n".join(sides) + after
