"""The verdicts of a run as one text, ``verdicts.json``: what everything else rests on, without times and durations.

The same observations, settings and requirements come to the same text, byte for byte, when a saved run is judged again.
"""

from __future__ import annotations

import json
from typing import Any

from calconnect.reporting.model import Results, ScenarioResult

VERDICTS_FILE = "verdicts.json"

_OF_REQUIREMENT = {
    *("versioned_id", "level", "verdict", "unknown_reason", "sentence"),
    *("waived_until", "waivers", "attestations"),
}
_OF_SCENARIO = {"feature_file", "name", "verdict", "reason", "sentence", "finding_counts", "findings", "disagreements"}


def verdicts_text(results: Results) -> str:
    """Return the verdicts of a run as JSON: tenant, answer, requirements with their findings, mailboxes one a line."""
    value: dict[str, Any] = {
        "schema_version": results.schema_version,
        "tenant": results.tenant.model_dump(mode="json", include={"topology", "mock"}),
        "answer": results.answer.model_dump(mode="json"),
        "requirements": [
            requirement.model_dump(mode="json", include=_OF_REQUIREMENT)
            | {"scenarios": [_scenario(scenario) for scenario in requirement.scenarios]}
            for requirement in results.requirements
        ],
        "own_scenarios": [_scenario(scenario) for scenario in results.own_scenarios],
        "waivers": [waiver.model_dump(mode="json") for waiver in results.waivers],
        "attestations": [attestation.model_dump(mode="json") for attestation in results.attestations],
    }
    head = json.dumps(value, indent=2, ensure_ascii=False).removesuffix("\n}")
    body = ",\n    ".join(mailbox.model_dump_json() for mailbox in results.mailboxes)
    listed = f"[\n    {body}\n  ]" if body else "[]"
    return f'{head},\n  "mailboxes": {listed}\n}}\n'


def _scenario(scenario: ScenarioResult) -> dict[str, Any]:
    return scenario.model_dump(mode="json", include=_OF_SCENARIO)
