"""The JSON Schemas of ``results.json`` and ``sweep.json``, out of the models; ``python -m calconnect.reporting.schema``
writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from calconnect.foundation.files import write_atomic
from calconnect.reporting.model import SCHEMA_VERSION, Results
from calconnect.reporting.model_sweep import SWEEP_SCHEMA_VERSION, SweepResults


def results_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) of the version that this calconnect writes."""
    schema = Results.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"calconnect results, schema version {SCHEMA_VERSION}; made from calconnect/reporting/model.py",
        **schema,
        "title": "calconnect results",
    }


def sweep_schema() -> dict[str, Any]:
    """Return the schema of ``sweep.json``, of the version that this calconnect writes."""
    schema = SweepResults.model_json_schema(mode="serialization")
    version = f"calconnect sweep, schema version {SWEEP_SCHEMA_VERSION}; made from calconnect/reporting/model_sweep.py"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": version,
        **schema,
        "title": "calconnect sweep",
    }


def schema_text(name: str = "results") -> str:
    """Return a schema as it stands in the files: ``results`` or ``sweep``."""
    schema = sweep_schema() if name == "sweep" else results_schema()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_files(name: str = "results") -> tuple[Path, ...]:
    """Return where a schema is kept: inside the package, and in ``docs/`` of a checkout."""
    package = Path(__file__).resolve().parent
    docs = package.parent.parent / "docs"
    file = f"{name}.schema.json"
    published = (docs / file,) if docs.is_dir() else ()
    return (package / file, *published)


if __name__ == "__main__":
    for name in ("results", "sweep"):
        for file in schema_files(name):
            write_atomic(file, schema_text(name))
