"""Exit codes. They are stable: scripts and schedulers depend on them (docs/command-line.md)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command ends with."""

    SATISFIED = 0
    """Everything that is required is satisfied or validly waived, or the command did what it was asked."""
    NOT_SATISFIED = 1
    """A requirement is not satisfied, or a waiver has expired."""
    USAGE = 2
    """The command line, the settings or a file that they name is wrong. Nothing was sent to any server."""
    NOT_KNOWN = 3
    """Something required could not be observed, or calconnect itself failed."""
    FAILS_VERIFICATION = 4
    """A saved run is not as it was left, or its verdicts are not what its observations come to."""
    INTERRUPTED = 130
    """Ctrl-C, or asked to end."""
