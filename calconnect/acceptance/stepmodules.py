"""Step modules, brought in without the import system's traces: no byte code is written into their folders, nothing of a
former run is used again, and what went wrong in a user's module is told with its line."""

from __future__ import annotations

import contextlib
import functools
import importlib
import linecache
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Generic, TypeVar

import pytest
from _pytest.fixtures import FixtureDef, FixtureFunctionDefinition, FixtureManager
from pytest_bdd import parsers
from pytest_bdd.compat import getfixturedefs
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext, StepNamePrefix, step_function_context_registry

from calconnect.foundation.problems import Problem

RESERVED = ("observer", "judgement", "settings", "requirement")
"""Fixtures that calconnect gives to steps; a module that defined one of the same name would change all scenarios."""

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Definition:
    """A step definition and where it stands."""

    context: StepFunctionContext
    path: Path
    line: int
    own: bool

    def fits(self, step: Step) -> bool:
        """Say whether it is for this step."""
        return _fits(self.context, step)

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}"


@dataclass(frozen=True, slots=True)
class StepModule:
    """A module of step definitions."""

    path: Path
    name: str
    """What reports call it: ``steps/network.py``."""
    own: bool
    """Whether it is the user's."""
    module: ModuleType
    definitions: tuple[Definition, ...]

    @property
    def plugin(self) -> ModuleType:
        """What pytest is given of it: a user's module whole, of a shipped one the fixtures, which all steps are.

        pytest looks at every name that a plugin has, the imported ones too: a third of its start.
        """
        if self.own:
            return self.module
        plugin = ModuleType(self.module.__name__)
        fixtures = {name: one for name, one in vars(self.module).items() if isinstance(one, FixtureFunctionDefinition)}
        plugin.__dict__.update(fixtures)
        return plugin


class StepModules:
    """The step modules of a run."""

    def __init__(self, own: Path | None) -> None:
        """Prepare for the modules; ``own`` is the user's folder, whose steps may import from each other."""
        self._modules: list[StepModule] = []
        self._lookup: _Lookup[Definition] | None = None
        self._wrote_bytecode = not sys.dont_write_bytecode
        sys.dont_write_bytecode = True
        self._path_entry = str(own / "steps") if own is not None else ""
        if self._path_entry:
            sys.path.append(self._path_entry)

    def __iter__(self) -> Iterator[StepModule]:
        return iter(self._modules)

    def load(self, paths: Sequence[Path], folder: str, problems: list[Problem], *, own: bool = False) -> None:
        """Run the modules' code; what goes wrong becomes a problem with file and line."""
        self._lookup = None
        for path in paths:
            name = f"{'own' if own else 'calconnect'}_steps_{path.stem}"
            module = ModuleType(name)
            module.__file__ = str(path)
            known = set(step_function_context_registry)
            sys.modules[name] = module  # dataclasses look their module up there
            linecache.checkcache(str(path))
            try:
                exec(_compiled(path.read_bytes(), str(path)), module.__dict__)  # noqa: S102
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's module may raise anything
                problems.append(_import_problem(path, error))
                del sys.modules[name]
                continue
            made = [context for marker, context in step_function_context_registry.items() if marker not in known]
            definitions = tuple(Definition(context, path, _line(context), own) for context in made)
            self._modules.append(StepModule(path, f"{folder}/{path.name}", own, module, definitions))

    def check(self, problems: list[Problem]) -> None:
        """Look for step definitions that stand twice, and for fixtures of names that are calconnect's."""
        seen: dict[tuple[str | None, str], Definition] = {}
        for module in self._modules:
            for definition in module.definitions:
                key = definition.context.type, definition.context.parser.name
                other = seen.setdefault(key, definition)
                if other is not definition:
                    message = f"this step is defined already, in {other}."
                    problems.append(Problem(str(definition.path), definition.line, key[1], message))
            for fixture in vars(module.module).values() if module.own else ():
                if isinstance(fixture, FixtureFunctionDefinition) and fixture.name in RESERVED:
                    message = "this name is taken: it is what calconnect gives to steps."
                    problems.append(Problem(str(module.path), None, fixture.name, message))

    def matching(self, step: Step) -> list[Definition]:
        """Return the definitions that are for this step: one, if all is well."""
        if self._lookup is None:
            self._lookup = _Lookup((one.context, one) for module in self._modules for one in module.definitions)
        return self._lookup.fitting(step)

    @contextlib.contextmanager
    def indexed(self) -> Iterator[None]:
        """While this holds, pytest-bdd looks a step up among the definitions that fit it.

        By itself it asks pytest about every fixture there is, twice for each step: a fifth of the time of an audit.
        Which of the definitions a scenario sees, and which comes first, is still pytest's to say.
        """
        lookup = _Lookup(
            (context, name)
            for module in self._modules
            for name, value in vars(module.module).items()
            if name.startswith(StepNamePrefix.step_def.value) and isinstance(value, FixtureFunctionDefinition)
            if (context := step_function_context_registry.get(value._get_wrapped_function())) is not None
        )

        def find(step: Step, fixturemanager: FixtureManager, node: pytest.Item) -> Iterator[FixtureDef[object]]:
            for name in dict.fromkeys(lookup.fitting(step)):
                for found in getfixturedefs(fixturemanager, name, node) or ():
                    its = step_function_context_registry.get(found.func)
                    if its is not None and _fits(its, step):
                        yield found

        scenario: Any = importlib.import_module("pytest_bdd.scenario")  # as an attribute, the name is a function
        before = scenario.find_fixturedefs_for_step
        scenario.find_fixturedefs_for_step = find
        try:
            yield
        finally:
            scenario.find_fixturedefs_for_step = before

    def close(self) -> None:
        """Forget the modules, and what the user's ones imported from their own folder."""
        for module in self._modules:
            sys.modules.pop(module.module.__name__, None)
        # pytest-bdd's registry holds its keys weakly, but its values lead back to them, so it would never let them go.
        forgotten = {id(definition.context) for module in self._modules for definition in module.definitions}
        for marker in [one for one, context in step_function_context_registry.items() if id(context) in forgotten]:
            del step_function_context_registry[marker]
        if self._path_entry:
            for name, module_object in list(sys.modules.items()):
                place = getattr(module_object, "__file__", None)
                if isinstance(place, str) and place.startswith(self._path_entry + os.sep):
                    del sys.modules[name]
        if self._path_entry in sys.path:
            sys.path.remove(self._path_entry)
            sys.path_importer_cache.pop(self._path_entry, None)
        if self._wrote_bytecode:
            sys.dont_write_bytecode = False
        self._modules.clear()
        self._lookup = None


class _Lookup(Generic[_Found]):
    """Finds what fits a step without asking every definition: nearly all of them are plain sentences."""

    def __init__(self, entries: Iterable[tuple[StepFunctionContext, _Found]]) -> None:
        self._entries = list(entries)
        self._sentences: dict[str, list[int]] = {}
        self._patterns: list[int] = []
        for index, (context, _) in enumerate(self._entries):
            if type(context.parser) is parsers.string:
                self._sentences.setdefault(context.parser.name, []).append(index)
            else:
                self._patterns.append(index)

    def fitting(self, step: Step) -> list[_Found]:
        """Return what fits a step, in the order of the entries."""
        candidates = sorted([*self._sentences.get(step.name, ()), *self._patterns])
        return [self._entries[index][1] for index in candidates if _fits(self._entries[index][0], step)]


@functools.lru_cache(maxsize=64)
def _compiled(source: bytes, path: str) -> CodeType:
    """Compile a module; one that has not changed since the last run of this process is not compiled again."""
    return compile(source, path, "exec", dont_inherit=True)


def _fits(context: StepFunctionContext, step: Step) -> bool:
    return context.type in (None, step.type) and bool(context.parser.is_matching(step.name))


def _line(context: StepFunctionContext) -> int:
    code = getattr(context.step_func, "__code__", None)
    return int(code.co_firstlineno) if code is not None else 1


def _import_problem(path: Path, error: BaseException) -> Problem:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return Problem(str(path), error.lineno, "", f"is not valid Python: {error.msg}.")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = frames[-1].lineno if frames else None
    kind, text = type(error).__name__, " ".join(str(error).split())[:300]
    return Problem(str(path), line, "", f"cannot be imported: {kind}{': ' + text if text else ''}.")
