"""What an export is, and what form its values have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Form(Enum):
    """What a property holds, however it was written."""

    TEXT = auto()
    NAME = auto()
    """Of an object in the directory: its name."""
    ADDRESS = auto()
    BOOLEAN = auto()
    WHOLE = auto()
    COUNT = auto()
    """A whole number, or ``Unlimited``."""
    TEXTS = auto()
    """Any number of texts."""
    ENUM = auto()
    """One name of a closed list; ``Property.numbers`` says which number is which."""
    BUILD = auto()
    """``Version 15.2 (Build 2562.17)``."""
    MOMENT = auto()
    """A moment in UTC. One that cannot be told apart from local time has no value."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an export."""

    name: str
    form: Form = Form.TEXT
    required: bool = True
    """Whether each row must have it. That it has no value is another thing."""
    empty: bool = True
    """Whether it may have no value."""
    numbers: Mapping[int, str] | None = None
    """Of an enumeration: its names by the numbers that ConvertTo-Json writes for them, as far as they are published."""


@dataclass(frozen=True, slots=True)
class Export:
    """One file of the bundle."""

    name: str
    """The file's name without its ending."""
    command: str
    properties: tuple[Property, ...]
    single: bool = False
    """Whether it is about one thing, so that there can be no second row."""
    online: bool = False
    """Whether it is exported from Exchange Online, and not from the organisation's own servers."""
    most_hours_old: int | None = None
    """How old it may be, whatever the settings allow; None: what the settings allow."""
