"""The features read as the catalogue says, and every requirement has its scenario."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_bdd.parser import ScenarioTemplate

from calconnect.acceptance.suite import MANUAL, FeatureFile, Suite, requirement_of, tags_of
from calconnect.foundation.problems import InvalidInput
from calconnect.requirements.catalogue import AREAS, Catalogue, load_catalogue

MOST_STEPS = 6


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def features(catalogue: Catalogue) -> Iterator[tuple[FeatureFile, ...]]:
    with Suite(catalogue) as suite:
        yield suite.features


@pytest.fixture(scope="module")
def scenarios(features: tuple[FeatureFile, ...]) -> list[ScenarioTemplate]:
    return [scenario for file in features for scenario in file.scenarios]


def test_every_requirement_has_a_scenario_and_every_scenario_a_requirement(
    catalogue: Catalogue, scenarios: list[ScenarioTemplate]
) -> None:
    counted = Counter(requirement_of(scenario) for scenario in scenarios)
    assert counted == Counter(requirement.versioned_id for requirement in catalogue.values())


def test_there_is_one_feature_an_area(features: tuple[FeatureFile, ...], catalogue: Catalogue) -> None:
    assert [file.path.stem for file in features] == list(AREAS)
    for file in features:
        areas = {catalogue[requirement_of(scenario)].area for scenario in file.scenarios}
        assert areas == {file.feature.name}


def test_a_rule_says_id_and_sentence_and_then_the_reason(
    scenarios: list[ScenarioTemplate], catalogue: Catalogue
) -> None:
    for scenario in scenarios:
        requirement = catalogue[requirement_of(scenario)]
        assert scenario.rule is not None
        assert scenario.rule.name == f"{requirement.id} {requirement.title}"
        assert " ".join(scenario.rule.description.split()) == requirement.reason


def test_tags_say_the_level(scenarios: list[ScenarioTemplate], catalogue: Catalogue) -> None:
    for scenario in scenarios:
        requirement = catalogue[requirement_of(scenario)]
        assert tags_of(scenario) - {MANUAL} == {requirement.versioned_id, requirement.level.value}


def test_scenarios_are_short_and_end_in_what_must_be_so(scenarios: list[ScenarioTemplate]) -> None:
    for scenario in scenarios:
        assert 2 <= len(scenario.steps) <= MOST_STEPS, scenario.name
        kinds = [step.type for step in scenario.steps]
        assert kinds == sorted(kinds, key=["given", "when", "then"].index), scenario.name
        assert kinds[-1] == "then"


def test_an_auditor_reads_no_protocol_in_the_steps(scenarios: list[ScenarioTemplate]) -> None:
    technical = re.compile(r"Error[A-Z]|GetFolder|FindItem|HTTP \d|SOAP|ConvertId|observer")
    assert not [step.name for scenario in scenarios for step in scenario.steps if technical.search(step.name)]


def test_every_step_definition_is_used(catalogue: Catalogue) -> None:
    with Suite(catalogue) as suite:
        steps = [step for file in suite.features for scenario in file.scenarios for step in scenario.steps]
        unused = [
            str(definition)
            for module in suite.modules
            for definition in module.definitions
            if not any(definition.fits(step) for step in steps)
        ]
    assert unused == []


def test_a_catalogue_that_lacks_what_a_scenario_names_is_told() -> None:
    some = Catalogue([requirement for requirement in load_catalogue().values() if requirement.id != "SVC-01"])
    with pytest.raises(InvalidInput, match="SVC-01v1, which is not in the catalogue"):
        Suite(some)
