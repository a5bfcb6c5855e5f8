"""The tables of a sweep's database."""

from __future__ import annotations

APPLICATION_ID = 0x63616C63
"""Marks the file as one of calconnect's: https://www.sqlite.org/pragma.html#pragma_application_id"""
VERSION = 1
"""Of the tables below; a database of another version is not opened."""

SCHEMA = (
    # By name: what is to be known when the sweep is resumed; ``owner``: who is at work on it.
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # ``key`` is the address as addresses are compared, ``columns`` JSON or empty.
    """CREATE TABLE mailboxes (
        number INTEGER PRIMARY KEY, address TEXT NOT NULL, key TEXT NOT NULL, line INTEGER, columns TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX mailboxes_by_key ON mailboxes (key)",
    "CREATE TABLE unusable (line INTEGER, text TEXT NOT NULL, reason TEXT NOT NULL)",
    "CREATE TABLE repeated (line INTEGER, address TEXT NOT NULL, number INTEGER NOT NULL)",
    "CREATE TABLE aliases (number INTEGER PRIMARY KEY, primary_address TEXT NOT NULL, primary_number INTEGER NOT NULL)",
    # Each time that asking began: once, and again at each resumption.
    """CREATE TABLE sessions (
        number INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT NOT NULL DEFAULT '',
        by TEXT NOT NULL DEFAULT '', sentence TEXT NOT NULL DEFAULT '')""",
    "CREATE TABLE noted (ordinal INTEGER PRIMARY KEY, session INTEGER NOT NULL, observation TEXT NOT NULL)",
    # In the order in which mailboxes were through; the observations one a line, as in observations.jsonl.
    """CREATE TABLE settled (
        ordinal INTEGER PRIMARY KEY, number INTEGER NOT NULL, probe TEXT NOT NULL, side TEXT NOT NULL,
        observations TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX settled_once ON settled (number, probe, side)",
    """CREATE TABLE samples (
        at TEXT NOT NULL, probe TEXT NOT NULL, side TEXT NOT NULL, done INTEGER NOT NULL, answers INTEGER NOT NULL,
        throttled INTEGER NOT NULL, in_flight INTEGER NOT NULL, most INTEGER NOT NULL, latency_ms REAL NOT NULL)""",
)
