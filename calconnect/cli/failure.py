"""The last resort: an error that nobody expected becomes one line for the user and a file for whoever mends it."""

from __future__ import annotations

import contextlib
import platform
import traceback
from pathlib import Path

from calconnect import __version__
from calconnect.cli.console import say
from calconnect.cli.session import Session
from calconnect.foundation.files import write_atomic
from calconnect.foundation.state import state_folder

ERROR_FILE = "error.txt"


def report_failure(error: BaseException, session: Session, details: str = "") -> None:
    """Tell the user in one line, and write the details, without secrets, to ``error.txt``.

    The file lies in the run's folder; if there is none yet, in calconnect's state folder (see ``state_folder``).

    Args:
        error: what happened.
        session: what was under way.
        details: what else is known, such as a traceback from another process.
    """
    say(f"calconnect failed: {type(error).__name__}. This is its own fault and says nothing about the tenant.")
    try:
        path = _write_details(error, session, details)
    except OSError as second:
        say(f"The details could not be written down either ({type(second).__name__}).")
    else:
        say(f"The details, without secrets, are in {path}. Send that file with your report of the fault.")


def _write_details(error: BaseException, session: Session, details: str) -> Path:
    from calconnect.evidence.redact import Redactor
    from calconnect.settings.secrets import SecretNotFound

    redactor = Redactor()
    for secret in session.secrets:
        with contextlib.suppress(SecretNotFound):  # then nothing of it can have got into the error either
            redactor.protect(secret.resolve())
    folder = session.run_folder if session.run_folder and session.run_folder.is_dir() else state_folder()
    lines = [
        f"calconnect {__version__}, Python {platform.python_version()}, {platform.system()}",
        "",
        "".join(traceback.format_exception(error)),
        details,
    ]
    path = folder / ERROR_FILE
    write_atomic(path, redactor.clean("\n".join(lines)))
    return path
