from __future__ import annotations

from pathlib import Path

from calconnect.reporting.schema import schema_files, schema_text

ROOT = Path(__file__).resolve().parents[2]


def test_the_published_schema_is_that_of_the_model() -> None:
    for file in (ROOT / "docs" / "results.schema.json", ROOT / "calconnect" / "reporting" / "results.schema.json"):
        assert file in schema_files()
        assert file.read_text(encoding="utf-8") == schema_text(), "run: python -m calconnect.reporting.schema"
