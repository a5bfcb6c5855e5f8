"""What a sweep leaves in its folder: whole or not there, safe to open, and small however long the list is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from calconnect.reporting.action_plan import may_be_formula
from calconnect.reporting.sweep_html import render_sweep_report
from calconnect.reporting.sweep_notebook import SweepStopped, open_sweep
from calconnect.reporting.sweep_run import read_sweep, write_sweep_report
from calconnect.reporting.sweep_text import outcome_lines
from calconnect.sweep.model import EndedBy, Ending, UnusableRow
from calconnect.sweep.record import ListFacts, SweptRow
from calconnect.tenants.thin.interface import Probe, Side
from tests.reporting.pages import parsed
from tests.reporting.sweeps import DENIED, NAMES, ONLINE, SERVER, MadeSweep, row, samples

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = (
    *("=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(1)", "\t=1", "＝1+1", " =1", '"quoted", and more', "two\nlines"),
    *("<script>document.title='taken'</script>", "a\u202eb", "\x00\x07", "\ud83d", "it's & <b>", "'"),
)


def hostile_sweep() -> MadeSweep:
    """A sweep in which what is hostile stands wherever a list or a server can put it."""
    rows = [row(number, {SERVER: text}, text, department=text) for number, text in enumerate(HOSTILE, 1)]
    unusable = [UnusableRow(99, text, f"It is {text}.") for text in HOSTILE]
    listed = ListFacts(HOSTILE[0], columns=("department", "=heading", "verdict"))
    return MadeSweep(rows, unusable_rows=unusable).told(listed=listed, ending=Ending(EndedBy.SILENCE, HOSTILE[9]))


def plain_sweep() -> MadeSweep:
    rows = [row(1, {SERVER: "NoError"}), row(2, {SERVER: DENIED}), row(3, {SERVER: "timed-out"}), row(4, {})]
    unusable = [UnusableRow(9, "nobody", "There is no @ in it.")]
    sweep = MadeSweep(rows, unusable_rows=unusable, seconds=samples(30, throttled=2))
    return sweep.told(ending=Ending(EndedBy.TIME_UP, "The time was up."))


def table(folder: Path) -> list[list[str]]:
    text = (folder / "mailboxes.csv").read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_no_cell_becomes_a_formula_and_none_is_lost(tmp_path: Path) -> None:
    write_sweep_report(tmp_path, hostile_sweep(), names=NAMES, notebook=False)
    heading, *rows = table(tmp_path)
    assert len(rows) == 2 * len(HOSTILE)
    assert len({len(one) for one in (heading, *rows)}) == 1
    assert not [cell for one in (heading, *rows) for cell in one if may_be_formula(cell)]
    sheet = openpyxl.load_workbook(tmp_path / "mailboxes.xlsx")["Mailboxes"]
    book = [list(one) for one in sheet.iter_rows()]
    assert {cell.data_type for one in book for cell in one} <= {"s", "n", "inlineStr"}
    assert all(cell.quotePrefix for one in book[1:] for cell in one if may_be_formula(str(cell.value or "")))
    shown = [[str(cell.value) if cell.value is not None else "" for cell in one] for one in book[1:]]
    plain = [[cell[1:] if cell[:1] == "'" and may_be_formula(cell[1:]) else cell for cell in one] for one in rows]
    assert shown == plain
    assert sheet.freeze_panes == "A2"


def test_each_mailbox_has_its_row_with_the_next_step_and_so_has_each_unusable_row(tmp_path: Path) -> None:
    write_sweep_report(tmp_path, plain_sweep(), names=NAMES, notebook=False)
    heading, *rows = table(tmp_path)
    told = [dict(zip(heading, one, strict=True)) for one in rows]
    assert [one["verdict"] for one in told] == ["passed", "failed", "unknown", "unknown", "unusable"]
    assert told[0]["reach ms"] == "100.0"
    assert told[1]["reach code"] == DENIED
    assert "'person2@example.com'" in told[1]["command"]
    assert told[3]["command"] == "calconnect sweep --resume 20261122T090000Z-1a2b3c"
    assert (told[4]["line"], told[4]["what was found"]) == ("9", "There is no @ in it.")
    assert all(one["next step"] for one in told[1:])


def test_the_same_sweep_is_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_sweep_report(tmp_path / name, plain_sweep(), names=NAMES, notebook=False)
    for file in ("mailboxes.csv", "mailboxes.xlsx", "report.html", "sweep.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_a_report_that_breaks_off_leaves_no_results(tmp_path: Path) -> None:
    write_sweep_report(tmp_path, plain_sweep(), names=NAMES, notebook=False)

    class Broken(MadeSweep):
        def rows(self) -> Iterator[SweptRow]:
            yield row(1, {SERVER: "NoError"})
            raise OSError(28, "No space left on device")

    before = (tmp_path / "mailboxes.csv").read_bytes()
    with pytest.raises(OSError, match="space"):
        write_sweep_report(tmp_path, Broken(), names=NAMES, notebook=False)
    left = sorted(file.name for file in tmp_path.iterdir())
    assert left == ["mailboxes.csv", "mailboxes.xlsx", "report.html"]
    assert (tmp_path / "mailboxes.csv").read_bytes() == before


def test_the_results_come_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(folder: Path) -> None:
        assert not (folder / "sweep.json").exists()
        assert read_sweep(folder).counts.total == 4  # for the notebook
        raise KeyboardInterrupt

    monkeypatch.setattr("calconnect.reporting.sweep_run._execute", execute)
    with pytest.raises(KeyboardInterrupt):
        write_sweep_report(tmp_path, plain_sweep(), names=NAMES)
    assert not (tmp_path / "sweep.json").exists()


def test_the_page_loads_nothing_runs_nothing_and_shows_what_is_hostile_as_text(tmp_path: Path) -> None:
    results = write_sweep_report(tmp_path, hostile_sweep(), names=NAMES, notebook=False)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page: Any = parsed(text)
    assert not page.xpath("//script | //img | //link | //iframe | //@onload | //@onerror")
    assert all(link.startswith(("#", "mailboxes.")) for link in page.xpath("//@href") if ":" not in link)
    assert not [link for link in page.xpath("//@href | //@src") if ":" in link]
    assert HOSTILE[9] in page.get_element_by_id("worst").text_content()
    assert "\u202e" not in text
    assert results.run.resume in page.get_element_by_id("answer").text_content()


def test_the_page_says_what_happened() -> None:
    sweep = plain_sweep()
    told = sweep.told(application="0000-app", sides=(Side.SERVER, Side.ONLINE), probes=(Probe.REACH, Probe.REFUSED))
    told.listed_rows = [row(1, {SERVER: "NoError", ONLINE: "MailboxNotEnabledForRESTAPI"}), row(2, {})]
    page: Any = parsed(render_sweep_report(_written(told)))
    answer = page.get_element_by_id("answer").text_content()
    assert "Not finished" in answer
    assert "calconnect's own application" in answer  # what it may do is not what the vendor's may
    assert len(page.xpath("//svg[@class='panel']")) == 3
    assert "There is no @ in it." in page.get_element_by_id("list").text_content()
    assert "A refusal is as good as its code" in page.get_element_by_id("limits").text_content()


def test_the_page_stays_small_however_long_the_list_is(tmp_path: Path) -> None:
    def sizes(count: int) -> int:
        rows = (row(number, {SERVER: DENIED}, team=f"team {number % 200}") for number in range(1, count + 1))
        sweep = MadeSweep(list(rows), seconds=samples(count)).told(listed=ListFacts(columns=("team",)))
        write_sweep_report(tmp_path, sweep, names=NAMES, notebook=False)
        return (tmp_path / "report.html").stat().st_size

    assert sizes(1200) < 1.1 * sizes(600)


def test_the_command_says_the_outcome_and_how_to_go_on() -> None:
    lines = list(outcome_lines(_written(plain_sweep())))
    assert lines[0] == "3 of 4 mailboxes were asked; 1 failed, 1 could not be judged, 1 row of the list is unusable."
    assert lines[-1] == "To go on with it: calconnect sweep --resume 20261122T090000Z-1a2b3c"
    assert any(line.split() == ["reach", "1", "1", "2"] for line in lines)
    assert any("failed: person2@example.com" in line for line in lines)
    assert all("\u202e" not in line and "\x07" not in line for line in outcome_lines(_written(hostile_sweep())))


def test_the_notebook_shows_what_lies_in_the_folder(tmp_path: Path) -> None:
    write_sweep_report(tmp_path, plain_sweep(), names=NAMES, notebook=False)
    notebook = json.loads((ROOT / "notebooks" / "sweep.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert [cell["metadata"].get("tags") for cell in code[:1]] == [["parameters"]]
    assert "".join(code[0]["source"]) == 'folder = ""'
    names: dict[str, Any] = {"folder": str(tmp_path)}
    for cell in code[1:]:
        *before, last = "".join(cell["source"]).splitlines()
        exec("\n".join(before), names)
        shown = eval(last, names)
        assert "calconnect" in shown._repr_html_()
        assert repr(shown)


def test_a_folder_without_a_sweep_is_told_of_without_traceback(tmp_path: Path) -> None:
    with pytest.raises(SweepStopped, match="no finished sweep"):
        open_sweep(str(tmp_path))
    (tmp_path / "sweep.json").write_text("{}")
    with pytest.raises(SweepStopped, match="another version"):
        open_sweep(str(tmp_path))


def _written(sweep: MadeSweep) -> Any:
    from tests.reporting.test_sweep_results import results_of

    return results_of(sweep)
