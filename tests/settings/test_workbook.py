from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from calconnect.settings.mailboxes import parse_list
from tests.settings.loading import MINIMAL, load, only, problems


def workbook(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_is_read_as_the_same_list_in_csv_would_be() -> None:
    data = workbook(
        ["Display name", "E-Mail", "Department", "Cost center", "Password"],
        ["Ann", " ann@example.com ", "Sales", 4711, "canary"],
        [],
        ["Bob", "bob@example.com", None, None, None],
        ["Rita", "no address"],
        [None, "ANN@example.com"],
    )
    found = parse_list(data, "list.xlsx")
    assert [(row.address, row.line, dict(row.columns)) for row in found.rows] == [
        ("ann@example.com", 2, {"department": "Sales", "costcenter": "4711"}),
        ("bob@example.com", 4, {}),
    ]
    assert [(fault.line, fault.repeats and fault.repeats.line) for fault in found.faults] == [(5, None), (6, 2)]
    assert found.fatal == ()


def test_one_column_without_a_header_is_enough() -> None:
    assert [row.line for row in parse_list(workbook(["ann@example.com"], ["bob@example.com"]), "l.xlsx").rows] == [1, 2]


def archive(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as one:
        one.writestr("xl/sheet.xml", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "of the old kind"),
        (workbook(["ann@example.com"])[:-200], "is a damaged Excel workbook"),
        (archive(b""), "is a damaged Excel workbook, or none at all"),
        (archive(bytes(2 << 20)), "holds more than 1 MiB"),
        (workbook(["name", "phone"], ["Ann", "1"]), "names no column of e-mail addresses"),
        (workbook(), "holds no address"),
    ],
)
def test_what_is_no_list_is_one_problem(data: bytes, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calconnect.settings.workbook._MOST_BYTES", 1 << 20)
    (problem,) = parse_list(data, "list.xlsx").problems
    assert message in str(problem)
    assert not parse_list(data, "list.xlsx").rows


def test_settings_name_a_workbook_as_they_name_a_text(tmp_path: Path) -> None:
    (tmp_path / "people.xlsx").write_bytes(workbook(["mail"], ["ann@example.com"], ["wrong"]))
    text = MINIMAL.replace('addresses = ["ann@example.com", "bob@example.com"]', 'file = "people.xlsx"')
    assert only(tmp_path, text).line == 3
    (tmp_path / "people.xlsx").write_bytes(workbook(["mail"], ["ann@example.com"]))
    assert [one.address for one in load(tmp_path, text).mailboxes] == ["ann@example.com"]
    (tmp_path / "people.xlsx").unlink()
    assert problems(tmp_path, text)
