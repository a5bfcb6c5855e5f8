from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from calconnect.reporting.notebook import Audit, AuditStopped, open_audit
from calconnect.reporting.papermill_run import NotebookFailed, execute_notebook
from calconnect.reporting.results import read_results
from calconnect.reporting.shown import Shown
from calconnect.requirements.catalogue import load_catalogue

SCENARIOS = len(load_catalogue())
"""Every requirement has its scenario."""
ROOT = Path(__file__).resolve().parents[2]
WRONG = "[connection]\nservice_account_email = 3\nunheard_of = 1\n"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The audit's own notebook, executed against the mock tenant."""
    out = tmp_path_factory.mktemp("reports")
    path = execute_notebook(out / "run-1", {"config": "", "tenant": "healthy", "out": str(out), "run_id": "run-1"})
    assert read_results(path.with_name("results.json")).answer.state == "ready"
    assert sorted(file.name for file in path.parent.glob("*.ipynb")) == ["acceptance_audit.ipynb"]
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def shown_by(notebook: dict[str, Any], source: str) -> dict[str, str]:
    """Return what the cell that holds ``source`` shows, by kind."""
    (cell,) = [one for one in notebook["cells"] if one["cell_type"] == "code" and source in "".join(one["source"])]
    (output,) = cell["outputs"]
    return {kind: "".join(text) for kind, text in output["data"].items()}


@pytest.mark.parametrize(
    ("cell", "text", "html"),
    [
        ("open_audit", "mock tenant healthy", "50 listed mailboxes"),
        ("audit.run()", f"{SCENARIOS} of {SCENARIOS} scenarios", "<progress"),
        ("audit.answer()", "Ready: all", "<span>Ready</span>"),
        ("audit.next_steps()", "Nothing stands in the way", "Nothing stands in the way"),
        ("audit.charts()", "Impersonation: IMP-01 passed", "<svg"),
        ("audit.trace()", 'Clause: "This account must be assigned to a mailbox', "<blockquote>"),
        ("audit.mailboxes()", "50 of 50 passed", "<table"),
        ("audit.overlay()", "Attestations: 3.", 'class="overlay"'),
        ("audit.timeline()", "What ends when, as of", 'class="overlay ends"'),
        ("audit.write_report()", "results.json", "report.html"),
    ],
)
def test_every_cell_shows_its_part_as_html_and_as_text(
    executed: dict[str, Any], cell: str, text: str, html: str
) -> None:
    shown = shown_by(executed, cell)
    assert text in shown["text/plain"]
    assert html in shown["text/html"]
    assert "<script" not in shown["text/html"]


def test_the_executed_notebook_is_small_enough_to_keep(executed: dict[str, Any]) -> None:
    assert len(json.dumps(executed)) < 1_000_000


def test_wrong_settings_are_shown_as_text_and_without_traceback(tmp_path: Path) -> None:
    file = tmp_path / "calconnect.toml"
    file.write_text(WRONG, encoding="utf-8")
    with pytest.raises(AuditStopped) as caught:
        open_audit(config=str(file))
    lines = caught.value._render_traceback_()
    assert any(line.startswith(f"{file}:2: connection.service_account_email: ") for line in lines)
    assert any(line.startswith(f"{file}:3: connection.unheard_of: ") for line in lines)


def test_wrong_settings_end_the_execution_with_the_same_words(tmp_path: Path) -> None:
    file = tmp_path / "calconnect.toml"
    file.write_text(WRONG, encoding="utf-8")
    with pytest.raises(NotebookFailed) as caught:
        execute_notebook(tmp_path / "run", {"config": str(file), "tenant": "", "out": str(tmp_path), "run_id": "run"})
    assert "connection.unheard_of" in str(caught.value)
    assert caught.value.cause == "AuditStopped"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["acceptance_audit.partial.ipynb"]
    assert "Traceback" not in (tmp_path / "run" / "acceptance_audit.partial.ipynb").read_text(encoding="utf-8")


def test_looking_before_running_is_told_and_not_shown_as_a_fault(tmp_path: Path) -> None:
    audit = open_audit(tenant="healthy", out=str(tmp_path))
    with pytest.raises(AuditStopped, match="has not been run"):
        audit.answer()


def test_what_is_shown_has_both_forms() -> None:
    shown = Shown("<b>x</b>", "x")
    assert shown._repr_html_() == "<b>x</b>"
    assert repr(shown) == "x"
    assert shown._repr_mimebundle_() == {"text/html": "<b>x</b>", "text/plain": "x"}
    assert shown._repr_mimebundle_(include=["text/plain"]) == {"text/plain": "x"}
    assert shown._repr_mimebundle_(exclude=["text/plain"]) == {"text/html": "<b>x</b>"}


def test_the_mock_tenant_goes_with_the_audit(tmp_path: Path) -> None:
    audit: Audit | None = open_audit(tenant="healthy", out=str(tmp_path))
    assert audit is not None
    settings = audit._run.settings.file
    assert settings.exists()
    audit = None
    assert not settings.exists()


def test_run_in_the_folder_of_a_checkout_it_takes_the_checkouts_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("features", "steps"):
        (tmp_path / folder).mkdir()
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "calconnect.toml").write_text(WRONG, encoding="utf-8")
    monkeypatch.setattr("calconnect.reporting.audit_run.suite_folder", lambda: tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks")
    with pytest.raises(AuditStopped, match=r"connection\.unheard_of"):
        open_audit()
