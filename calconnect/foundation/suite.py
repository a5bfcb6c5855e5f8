"""Where the features, steps and notebooks lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path


def suite_folder() -> Path:
    """Return the folder that holds ``features/``, ``steps/`` and ``notebooks/``."""
    package = Path(__file__).resolve().parent.parent
    packed = package / "_suite"
    return packed if packed.is_dir() else package.parent
