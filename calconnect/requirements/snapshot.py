"""The requirements of a run as JSON, so that the run can be judged again by what was asked then."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.requirements.catalogue import Catalogue
from calconnect.requirements.model import Requirement

_REQUIREMENTS = TypeAdapter(tuple[Requirement, ...])


def catalogue_text(catalogue: Catalogue) -> str:
    """Return a catalogue as JSON: every requirement whole, in the catalogue's order."""
    return _REQUIREMENTS.dump_json(tuple(catalogue.values()), indent=2).decode() + "\n"


def read_catalogue(path: Path) -> Catalogue:
    """Return the catalogue that :func:`catalogue_text` wrote.

    Raises:
        InvalidInput: the file cannot be read, or holds no requirements; by key.
    """
    name = str(path)
    try:
        return Catalogue(_REQUIREMENTS.validate_json(path.read_bytes()))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidInput([Problem(name, None, "", f"cannot be read: {reason}.")]) from None
    except ValidationError as error:
        raise InvalidInput(
            [
                Problem(name, None, ".".join(str(part) for part in detail["loc"]), f"{detail['msg']}.")
                for detail in error.errors(include_url=False, include_input=False, include_context=False)
            ]
        ) from None
