"""The suite: features and step modules, shipped and the user's own, read and checked before anything is asked.

Mistakes in a user's own files (Gherkin that cannot be parsed, a step that nobody defined or that two define, a module
that cannot be imported) are found here, each with file and line, and nothing has been sent to any server by then.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import features as parsed_features
from pytest_bdd.gherkin_parser import GherkinDocument, get_gherkin_document
from pytest_bdd.parser import Feature, FeatureParser, ScenarioTemplate, Step

from calconnect.acceptance.stepmodules import StepModule, StepModules
from calconnect.foundation.problems import InvalidInput, Problem
from calconnect.foundation.suite import suite_folder
from calconnect.requirements.catalogue import AREAS, Catalogue

REQUIREMENT_TAG = re.compile(r"[A-Z]{2,5}-\d{2}v\d+")
MANUAL = "manual"
"""The tag of a scenario that takes its verdict from attestations alone: its steps are read by people."""
_ENCODING = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """A feature file that was read."""

    path: Path
    name: str
    """What reports call it: ``features/network.feature``."""
    own: bool
    """Whether it is the user's."""
    feature: Feature

    @property
    def scenarios(self) -> tuple[ScenarioTemplate, ...]:
        """Its scenarios, in their order."""
        return tuple(self.feature.scenarios.values())


def tags_of(scenario: ScenarioTemplate) -> frozenset[str]:
    """Return the tags of a scenario: its own, its rule's and its feature's, without the ``@``."""
    rule = scenario.rule.tags if scenario.rule is not None else set()
    return frozenset(scenario.tags | rule | scenario.feature.tags)


def requirement_of(scenario: ScenarioTemplate) -> str:
    """Return the versioned id of the requirement that a scenario proves; empty if it names none."""
    return next((tag for tag in sorted(tags_of(scenario)) if REQUIREMENT_TAG.fullmatch(tag)), "")


class Suite:
    """The features and step modules of one run. As a context manager it forgets them at the end, so that the next run
    reads them anew."""

    def __init__(
        self, catalogue: Catalogue, own: Path | None = None, shipped: Path | None = None, *, again: bool = False
    ) -> None:
        """Read and check the suite.

        Args:
            catalogue: what requirement tags must name.
            own: the user's folder, with ``*.feature`` and ``steps/*.py``.
            shipped: the folder with calconnect's own features and steps; None: where they were installed.
            again: whether a saved run is judged again, by a catalogue of another day: a requirement that it does not
                have is then no mistake, and its scenarios are left out.

        Raises:
            InvalidInput: with everything that is wrong.
        """
        home = shipped or suite_folder()
        problems: list[Problem] = []
        self._modules = StepModules(own)
        self.features: tuple[FeatureFile, ...] = ()
        try:
            self._modules.load(sorted((home / "steps").glob("*.py")), "steps", problems)
            shipped_features = sorted((home / "features").glob("*.feature"), key=_in_order_of_areas)
            features = [*_read(shipped_features, "features", problems, own=False)]
            if own is not None:
                features += self._load_own(own, problems)
            self.features = tuple(features)
            self._modules.check(problems)
            for file in features:
                problems += _checked(file, None if again else catalogue, self._modules)
            if problems:
                raise InvalidInput(problems)
        except BaseException:
            self.close()
            raise
        for file in self.features:
            parsed_features[str(file.path)] = file.feature

    @property
    def modules(self) -> tuple[StepModule, ...]:
        """The step modules, the shipped ones first."""
        return tuple(self._modules)

    def name_of(self, path: str) -> str:
        """Return what reports call a file of the suite; empty if it is none of it."""
        names = {str(file.path): file.name for file in self.features}
        names |= {str(module.path): module.name for module in self._modules}
        return names.get(path, "")

    def indexed(self) -> AbstractContextManager[None]:
        """While this holds, steps are looked up fast. See :meth:`StepModules.indexed`."""
        return self._modules.indexed()

    def close(self) -> None:
        """Take the features and modules out of the process's memory again."""
        for file in self.features:
            parsed_features.pop(str(file.path), None)
        self._modules.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def _load_own(self, own: Path, problems: list[Problem]) -> Iterator[FeatureFile]:
        if not own.is_dir():
            problems.append(
                Problem(str(own), None, "", "is no folder.", "It holds your *.feature files and steps/*.py.")
            )
            return
        paths = sorted(own.glob("*.feature"))
        if not paths:
            problems.append(Problem(str(own), None, "", "holds no *.feature file."))
        steps = sorted((own / "steps").glob("*.py"))
        unnamed = [path for path in (*paths, *steps) if not _is_text(path.name)]
        if unnamed:  # reports and JSON name every file of the suite
            problems += [Problem(str(path), None, "", "has a name that is no text.", "Rename it.") for path in unnamed]
            return
        self._modules.load(steps, f"{own.name}/steps", problems, own=True)
        yield from _read(paths, own.name, problems, own=True)


def check_suite(catalogue: Catalogue, own: Path | None) -> None:
    """Check the user's folder without running anything: for a command that wants to tell mistakes early.

    Raises:
        InvalidInput: with everything that is wrong.
    """
    Suite(catalogue, own).close()


def _is_text(name: str) -> bool:
    """Whether the name of a file can be written down: on Linux it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _in_order_of_areas(path: Path) -> tuple[int, str]:
    return (AREAS.index(path.stem) if path.stem in AREAS else len(AREAS), path.name)


def _read(paths: Sequence[Path], folder: str, problems: list[Problem], *, own: bool) -> Iterator[FeatureFile]:
    for path in paths:
        try:
            changed = path.stat()
            document = _document(str(path), changed.st_mtime_ns, changed.st_size)
            feature = _ParsedAlready(path, document).parse()
        except GherkinParseError as error:
            problems.append(Problem(str(path), error.line, "", f"is not valid Gherkin: {_flat(error.message)}"))
            continue
        except OSError as error:
            problems.append(Problem(str(path), None, "", f"cannot be read: {error.strerror or type(error).__name__}."))
            continue
        except UnicodeDecodeError:
            problems.append(Problem(str(path), None, "", "is not UTF-8 text.", "Save it as UTF-8."))
            continue
        except (KeyError, TypeError):  # what pytest-bdd makes of a file without a feature
            problems.append(Problem(str(path), None, "", "holds no feature."))
            continue
        problems += _repeated(path, document)
        yield FeatureFile(path, f"{folder}/{path.name}", own, feature)


@lru_cache(maxsize=64)
def _document(path: str, _changed: int, _size: int) -> GherkinDocument:
    """Parse a feature file, once for each state of it: many runs in one process read the same files."""
    return get_gherkin_document(path, _ENCODING)


class _ParsedAlready(FeatureParser):
    """Makes a feature of a document that was parsed already; parsing is the slow part."""

    def __init__(self, path: Path, document: GherkinDocument) -> None:
        super().__init__(str(path.parent), path.name, _ENCODING)
        self._document = document

    def _parse_feature_file(self) -> GherkinDocument:
        return self._document


def _repeated(path: Path, document: GherkinDocument) -> Iterator[Problem]:
    """Yield a problem for each scenario whose name is taken: the parser keeps only the last of that name."""
    seen: dict[str, int] = {}
    for child in document.feature.children:
        for scenario in [part.scenario for part in (child.rule.children if child.rule else [child])]:
            if scenario is None:
                continue
            if scenario.name in seen:
                message = f"another scenario has this name, on line {seen[scenario.name]}."
                yield Problem(str(path), scenario.location.line, scenario.name, message)
            seen.setdefault(scenario.name, scenario.location.line)


def _checked(file: FeatureFile, catalogue: Catalogue | None, modules: StepModules) -> Iterator[Problem]:
    if not file.scenarios:
        yield Problem(str(file.path), file.feature.line_number, "", "holds no scenario.")
    for scenario in file.scenarios:
        place = str(file.path), scenario.line_number, scenario.name or "scenario"
        if not scenario.name:
            yield Problem(*place, "has no name.")
        if not scenario.steps:
            yield Problem(*place, "has no step.", "A scenario without steps would pass without having looked.")
        if scenario.examples and not any(examples.examples for examples in scenario.examples):
            yield Problem(*place, "has no examples.")
        named = sorted(tag for tag in tags_of(scenario) if REQUIREMENT_TAG.fullmatch(tag))
        for tag in named:
            if catalogue is not None and tag not in catalogue:
                yield Problem(*place, f"names the requirement {tag}, which is not in the catalogue.")
        if len(named) > 1:
            yield Problem(*place, f"names several requirements: {', '.join(named)}.", "One scenario proves one.")
        if MANUAL not in tags_of(scenario):
            for step in _rendered(scenario):
                yield from _matched(file, step, modules)


def _rendered(scenario: ScenarioTemplate) -> Iterator[Step]:
    """Yield the scenario's steps, with the values of each example put in."""
    contexts = [context for examples in scenario.examples for context in examples.as_contexts()] or [{}]
    seen: Counter[tuple[int, str]] = Counter()
    for context in contexts:
        for step in scenario.render(context).steps:
            seen[step.line_number, step.name] += 1
            if seen[step.line_number, step.name] == 1:
                yield step


def _matched(file: FeatureFile, step: Step, modules: StepModules) -> Iterator[Problem]:
    found = modules.matching(step)
    if not found:
        hint = f"Define it in {file.path.parent.name}/steps/*.py." if file.own else ""
        yield Problem(
            str(file.path), step.line_number, f"{step.keyword} {step.name}", "no step definition fits it.", hint
        )
    if len(found) > 1:
        message = f"several step definitions fit it: {', '.join(str(definition) for definition in found)}."
        yield Problem(str(file.path), step.line_number, f"{step.keyword} {step.name}", message)


def _flat(text: str) -> str:
    return " ".join(text.split())
