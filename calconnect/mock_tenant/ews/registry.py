"""Finds the operations: every module in ``operations`` that has an ``OPERATION``. There is no list to keep up.

A module is called like its operation (``get_folder`` for GetFolder, ``expand_dl`` for ExpandDL) and is imported when
the operation is first asked for, so that a server is ready at once.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from calconnect.mock_tenant.ews import operations
from calconnect.mock_tenant.ews.request import Operation


@functools.lru_cache(maxsize=256)
def find_operation(name: str) -> Operation | None:
    """Return the operation with this name (``GetFolder``); None: it is not served.

    Raises:
        ValueError: the module that is called so defines no such operation.
    """
    module = _modules().get(name.lower())
    if module is None:
        return None
    operation = getattr(importlib.import_module(module), "OPERATION", None)
    if not isinstance(operation, Operation):
        raise ValueError(f"{module} has no OPERATION")
    return operation if operation.name == name else None


def load_operations() -> Mapping[str, Operation]:
    """Import all operations and return them by name.

    Raises:
        ValueError: a module is not called like its operation, or defines none.
    """
    found: dict[str, Operation] = {}
    for name, module in _modules().items():
        operation = getattr(importlib.import_module(module), "OPERATION", None)
        if not isinstance(operation, Operation) or operation.name.lower() != name:
            raise ValueError(f"{module} defines no operation of its name")
        found[operation.name] = operation
    return MappingProxyType(found)


@functools.cache
def _modules() -> Mapping[str, str]:
    """Return the operations' modules by the operation's name in lower case."""
    prefix = f"{operations.__name__}."
    return {module.name.replace("_", ""): prefix + module.name for module in pkgutil.iter_modules(operations.__path__)}
