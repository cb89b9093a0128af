"""The demo's letters at full resolution: each county's own walls and valleys by name, and none that it does not have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskmap.analysis import analyse
from riskmap.io.bundled import bundled
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.documents.types import bundled_types
from riskmap.products.letter import draft_letter, draft_letters
from riskmap.products.letter_fields import Letter
from riskmap.products.letter_text import letter_content
from riskmap.scale import ASSET_WORDS

SEA = ("海塘", "风暴潮", "近岸浪", "旱闸", "渔排", "滩涂")
"""Words that no letter to a county without a coast may have."""


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    # no hindcast and no members: letters are those of the one forecast
    lean = replace(
        scenario, run=replace(scenario.run, hindcast=False), ensemble=replace(scenario.ensemble, members=0)
    )
    return analyse(read_inputs(lean, Ledger())[0], encode=lambda *_arguments, **_named: None)[0]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def letters(outlook: Outlook) -> dict[str, Letter]:
    return {letter.code: letter for letter in draft_letters(outlook)}


def words(letter: Letter) -> str:
    blocks = letter_content(letter)["blocks"]
    return "\n".join(str(value) for block in blocks for value in block.values())


def named(letter: Letter, kind: str) -> list[str]:
    return [a.name for a in letter.assets if a.kind == kind]


@pytest.mark.slow
@pytest.mark.parametrize("city", ["3302", "3304", "3309"])
def test_coastal_cities_name_example_wall_sections(letters: dict[str, Letter], city: str) -> None:
    letter = letters[city]
    walls = named(letter, "wall_section")
    assert walls
    told = words(letter)
    assert all(name in told for name in walls)
    assert all(a.example for a in letter.assets if a.kind == "wall_section")
    assert "示例" in told
    counties = {a.region for a in letter.assets if a.kind == "wall_section"}
    assert all(code.startswith(city) for code in counties)
    for code in counties & set(letters):  # and the county's own letter names its own
        assert (
            set(named(letters[code], "wall_section"))
            == {a.name for a in letter.assets if a.kind == "wall_section" and a.region == code}
            or letter.assets_more
        )


def test_ningbo_names_flash_flood_areas_too(letters: dict[str, Letter]) -> None:
    letter = letters["3302"]
    assert named(letter, "key_village")
    assert ASSET_WORDS["key_village"][0] in words(letter)
    assert "flash_flood" in {f.hazard for f in letter.findings}


def test_lishui_and_quzhou_have_no_sea_wall_at_all(outlook: Outlook, letters: dict[str, Letter]) -> None:
    inland = [letter for code, letter in letters.items() if code.startswith(("3308", "3311"))]
    kind = bundled_types()["supervision_order"]
    own = [draft_letter(outlook, code, document=kind) for code in ("330802", "331102", "3308", "3311")]
    assert inland  # Lishui has letters
    for letter in (*inland, *own):
        assert letter.coastal is False
        assert named(letter, "wall_section") == []
        told = words(letter)
        assert [word for word in SEA if word in told] == []


def test_no_invented_wall_drives_a_letter(letters: dict[str, Letter]) -> None:
    for letter in letters.values():
        assert "sea_wall" not in {f.hazard for f in letter.findings}
        assert not any("塘段" in m.text for m in letter.measures)


def test_every_alarmed_hazard_of_a_letter_has_a_measure(letters: dict[str, Letter]) -> None:
    assert letters
    for letter in letters.values():
        assert letter.measures
        assert letter.measures[-1].text.startswith("按职责核对")
