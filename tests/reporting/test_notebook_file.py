from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "acceptance_audit.ipynb"


def cells(kind: str) -> list[dict[str, Any]]:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def test_it_is_committed_without_what_a_run_leaves() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert "papermill" not in notebook["metadata"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in cells("code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_it_has_one_cell_of_parameters_with_empty_defaults() -> None:
    (cell,) = [cell for cell in cells("code") if "parameters" in cell["metadata"].get("tags", [])]
    values = {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse("".join(cell["source"])).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert values == {"config": "", "tenant": "", "out": "", "run_id": "", "reuse": ""}


def test_its_cells_are_short_and_the_results_are_written_by_the_last() -> None:
    code = ["".join(cell["source"]) for cell in cells("code")]
    assert all(len(source.splitlines()) <= 5 for source in code)
    assert "write_report" in code[-1]


def test_it_reads_as_a_record() -> None:
    headings = [line for cell in cells("markdown") for line in cell["source"] if line.startswith("#")]
    assert headings[0] == "# Acceptance audit\n"
    assert len(headings) == len(cells("markdown"))
