from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from calconnect.acceptance.events import Event, Progress
from calconnect.reporting.papermill_run import NotebookFailed, execute_notebook
from calconnect.reporting.records import event_line


def notebook(folder: Path, *sources: str) -> Path:
    """Write a notebook with a parameters cell and a code cell for each of ``sources``."""

    def code(number: int, source: str, tags: list[str]) -> dict[str, Any]:
        return {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": tags},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }

    cells = [code(0, 'config = ""\nout = ""', ["parameters"])]
    cells += [code(number, source, []) for number, source in enumerate(sources, 1)]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    path = folder / "probe.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}))
    return path


def outputs(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(line for cell in cells for output in cell.get("outputs", []) for line in output.get("text", []))


def test_the_executed_notebook_gets_its_name_at_the_end(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run {x}"
    source = notebook(tmp_path, "print(config + '!')", f"import os; print(os.listdir({str(run)!r}))")
    executed = execute_notebook(run, {"config": 'a "b" \\c\\ü.toml'}, notebook=source)
    assert executed == run / "probe.ipynb"
    assert [file.name for file in run.iterdir()] == ["probe.ipynb"]
    assert 'a "b" \\c\\ü.toml!' in outputs(executed)
    assert "['probe.partial.ipynb']" in outputs(executed)
    assert capfd.readouterr() == ("", "")


def test_the_kernel_is_this_python_and_reads_no_configuration_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "odd"
    startup = odd / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-odd.py").write_text("odd = 1\n")
    (odd / "profile_default" / "ipython_config.py").write_text("raise SystemExit('odd')\n")
    monkeypatch.setenv("IPYTHONDIR", str(odd))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(odd))
    source = notebook(tmp_path, "import sys; print(sys.executable, 'odd' in dir())", "import calconnect")
    import sys

    executed = execute_notebook(tmp_path / "run", {}, notebook=source)
    assert outputs(executed) == f"{sys.executable} False\n"


def test_nothing_in_it_names_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home-of-ada"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    source = notebook(tmp_path, "import os; print(os.path.expanduser('~/x.toml'), config)")
    executed = execute_notebook(tmp_path / "run", {"config": str(home / "calconnect.toml")}, notebook=source)
    text = executed.read_text(encoding="utf-8")
    assert "of-ada" not in text
    assert "~/x.toml" in outputs(executed).replace("\\", "/")
    metadata = json.loads(text)["metadata"]["papermill"]
    assert metadata["input_path"] == metadata["output_path"] == "probe.ipynb"
    assert metadata["parameters"] == {"config": str(Path("~/calconnect.toml"))}


def test_a_failing_cell_is_told_clearly_and_leaves_only_a_partial_notebook(tmp_path: Path) -> None:
    source = notebook(tmp_path, "print('before')", "{}['absent']", "print('after')")
    with pytest.raises(NotebookFailed) as caught:
        execute_notebook(tmp_path / "run", {}, notebook=source)
    assert str(caught.value) == "The notebook failed in cell 3: KeyError: 'absent'"
    assert caught.value.cause == "KeyError"
    assert "absent" in caught.value.traceback
    assert "\x1b" not in caught.value.traceback
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["probe.partial.ipynb"]
    assert outputs(tmp_path / "run" / "probe.partial.ipynb") == "before\n"


def test_what_stops_the_audit_is_told_in_its_own_words(tmp_path: Path) -> None:
    stop = "from calconnect.reporting.notebook import AuditStopped; raise AuditStopped('a.toml:3: x: is wrong.')"
    with pytest.raises(NotebookFailed) as caught:
        execute_notebook(tmp_path / "run", {}, notebook=notebook(tmp_path, stop))
    assert str(caught.value) == "a.toml:3: x: is wrong."
    partial = (tmp_path / "run" / "probe.partial.ipynb").read_text(encoding="utf-8")
    assert "Traceback" not in partial


def test_a_kernel_that_dies_is_told_clearly(tmp_path: Path) -> None:
    source = notebook(tmp_path, "import os, sys; sys.__stderr__.write('last words'); os._exit(7)")
    with pytest.raises(NotebookFailed) as caught:
        execute_notebook(tmp_path / "run", {}, notebook=source)
    assert caught.value.cause == "DeadKernelError"
    assert "kernel ended" in str(caught.value)


def test_events_are_passed_on_as_they_happen(tmp_path: Path) -> None:
    events: list[Event] = [Progress("looking", number, 3) for number in range(4)]
    lines = "\n".join(event_line(event) for event in events) + "\n"
    file = tmp_path / "run" / "events.jsonl"
    source = notebook(tmp_path, f"open({str(file)!r}, 'w').write({lines!r})")
    seen: list[Event] = []
    execute_notebook(tmp_path / "run", {}, seen.append, notebook=source)
    assert seen == events


def interrupted(tmp_path: Path, ending: str) -> float:
    """Interrupt a cell that waits, as soon as it has begun; return how long the end then took, in seconds."""
    file = tmp_path / "run" / "events.jsonl"
    begin = f"open({str(file)!r}, 'w').write({event_line(Progress('begun', 0, 1)) + chr(10)!r})"
    cell = f"import time\n{begin}\ntry:\n    time.sleep(120)\nfinally:\n    {ending}"
    source = notebook(tmp_path, cell, f"open({str(tmp_path / 'later')!r}, 'w')")
    asked = 0.0

    def on_event(_: Event) -> None:
        nonlocal asked
        asked = time.monotonic()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute_notebook(tmp_path / "run", {}, on_event, notebook=source)
    assert not (tmp_path / "later").exists()
    assert not (tmp_path / "run" / "probe.ipynb").exists()
    return time.monotonic() - asked


def test_an_interrupted_kernel_cleans_up_first(tmp_path: Path) -> None:
    cleaned = tmp_path / "cleaned"
    interrupted(tmp_path, f"time.sleep(1); open({str(cleaned)!r}, 'w').close()")
    assert cleaned.exists()


def test_a_kernel_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calconnect.reporting.papermill_run.GRACE_SECONDS", 1.5)
    assert interrupted(tmp_path, "time.sleep(60)") < 20
