"""The JSON Schema of ``results.json``, out of the model; ``python -m calconnect.reporting.schema`` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from calconnect.foundation.files import write_atomic
from calconnect.reporting.model import SCHEMA_VERSION, Results


def results_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) of the version that this calconnect writes."""
    schema = Results.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"calconnect results, schema version {SCHEMA_VERSION}; made from calconnect/reporting/model.py",
        **schema,
        "title": "calconnect results",
    }


def schema_text() -> str:
    """Return the schema as it stands in the files."""
    return json.dumps(results_schema(), indent=2, ensure_ascii=False) + "\n"


def schema_files() -> tuple[Path, ...]:
    """Return where the schema is kept: inside the package, and in ``docs/`` of a checkout."""
    package = Path(__file__).resolve().parent
    docs = package.parent.parent / "docs"
    published = (docs / "results.schema.json",) if docs.is_dir() else ()
    return (package / "results.schema.json", *published)


if __name__ == "__main__":
    for file in schema_files():
        write_atomic(file, schema_text())
