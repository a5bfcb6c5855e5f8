"""The processes that the matrix runs in: whatever becomes of one of them, the others go on, and none is left."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from calconnect.detection.model import Row
from calconnect.detection.workers import Auditor, in_order_of_length, processes_for, run_all
from calconnect.mock_tenant.description.catalogue import find_tenant_file

QUICK = ("settings-http-url", "net-03-untrusted", "settings-user-listed-twice")
"""Tenants whose audit is over at once."""


def files(*names: str) -> list[Path]:
    return [find_tenant_file(name) for name in names]


def test_every_tenant_is_run_and_told_of_and_nothing_is_left() -> None:
    told: list[Row] = []
    rows = run_all(files(*QUICK), processes=2, done=told.append)
    assert [row.tenant for row in rows] == list(QUICK)
    assert {row.tenant for row in told} == set(QUICK)
    assert all(row.caught and not row.turned for row in rows), [row.why for row in rows]
    assert multiprocessing.active_children() == []


def test_a_tenant_that_cannot_be_run_has_a_row_that_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('title = "Broken"\nbase = "healthy"\n[policies]\nbasik = true\n', encoding="utf-8")
    row = Auditor(tmp_path).row_of(broken)
    assert row.tenant == "broken"
    assert "basik" in row.error
    assert row.caught is None


def test_a_process_that_dies_takes_its_own_tenant_alone_with_it() -> None:
    def kill(row: Row) -> None:
        if row.tenant == QUICK[0]:
            for child in multiprocessing.active_children():
                child.kill()
                child.join()

    rows = run_all(files(*QUICK), processes=1, done=kill)
    assert rows[0].caught is True
    assert rows[1].error == "The process that audited it ended before its time."
    assert rows[2].caught is True
    assert multiprocessing.active_children() == []


def test_ctrl_c_ends_every_process() -> None:
    def stop(_: Row) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(files(*QUICK), processes=2, done=stop)
    assert multiprocessing.active_children() == []


def test_what_takes_long_is_begun_first() -> None:
    names = [
        file.stem for file in in_order_of_length(files("net-03-untrusted", "imp-03-no-scope", "large", "server-slow"))
    ]
    assert set(names[:2]) == {"large", "server-slow"}
    assert names[2:] == ["imp-03-no-scope", "net-03-untrusted"]


def test_no_more_processes_than_tenants() -> None:
    assert processes_for(1) == 1
    assert 1 <= processes_for(1000) <= 2 * (multiprocessing.cpu_count() or 1)
