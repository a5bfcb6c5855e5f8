"""The command line. Each command is one file; what takes long to import is imported where it is used."""

from __future__ import annotations

from calconnect.cli.app import main

__all__ = ["main"]
