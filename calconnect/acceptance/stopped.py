"""Why mailboxes of a long list were not asked: the engine of the sweep had stopped before it came to them.

The reason is noted with the run, so that judging it again comes to the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from calconnect.acceptance.asked import Answer, NotAsked
from calconnect.acceptance.asker import NOT_LOOKED
from calconnect.acceptance.verdicts import UnknownReason
from calconnect.evidence.observation import Fact, Observation

if TYPE_CHECKING:
    from calconnect.sweep.model import Ending

STOPPED = "stop asking"
"""The operation of the noted fact; its target is the probe."""
_REASONS = {"throttled": UnknownReason.THROTTLED, "silence": UnknownReason.UNREACHABLE}


def facts_of(ending: Ending) -> dict[str, Fact]:
    """Return what is noted of an ending."""
    return {"ended_by": ending.by.value, "sentence": ending.sentence}


def with_reason(answers: Mapping[str, Answer], stopped: Observation | None) -> dict[str, Answer]:
    """Return the answers, with the reason for those that were not asked; ``stopped``: the noted fact, if any."""
    if stopped is None:
        return dict(answers)
    reason = _REASONS.get(str(stopped.details.get("ended_by")), UnknownReason.UNREACHABLE)
    ids = (stopped.id,) if stopped.id else ()
    not_asked = NotAsked(f"It was not asked for. {stopped.details.get('sentence', '')}", reason, "", ids)
    return {target: not_asked if answer is NOT_LOOKED else answer for target, answer in answers.items()}
