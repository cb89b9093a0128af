"""What the documents promise: the names, the example, the commands, the exit codes."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from riskmap.hazard import surge, wind
from riskmap.hazard.rain_models import upslope
from riskmap.terrain.relief import FLASH_FLOOD_RELIEF, LIFTING_LENGTH
from tests.contracts.tree import ROOT, module_files

README = (ROOT / "README.md").read_text(encoding="utf-8")
DIRECTIVE = re.compile(r"^\.\. auto(?:function|class|exception|data):: (\w+)\.(\w+)$", re.MULTILINE)


@pytest.mark.parametrize("package", ["riskmap", "evac"])
def test_the_reference_lists_the_exported_names(package: str) -> None:
    page = (ROOT / "docs" / "reference" / f"{package}.md").read_text(encoding="utf-8")
    listed = DIRECTIVE.findall(page)
    assert sorted(listed) == sorted((package, name) for name in import_module(package).__all__)


def test_the_example_of_the_readme_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    namespace: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), namespace)
    said = capsys.readouterr().out
    assert "peak_wind_speed" in said
    assert "90 regions" in said
    assert (tmp_path / "map.html").stat().st_size > 100_000


def test_the_quick_start_is_two_commands() -> None:
    section = README.split("## 快速开始")[1]
    (first, *_) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert first.split("\n") == ["make demo", "make test", ""]


def test_the_readme_knows_every_exit_code() -> None:
    """Codes of the error tree and the commands stand in the table, and no others."""
    found = {0, 130}
    for path in module_files():
        text = (ROOT / path).read_text(encoding="utf-8")
        found |= {
            int(code) for code in re.findall(r"^ *_?(?:exit_code|EXIT_\w+)(?:: Final)? = (\d+)$", text, re.M)
        }
    table = README.split("## 退出码")[1].split("\n## ")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == found


def test_every_concept_of_a_hazard_has_its_page() -> None:
    hazards = {Path(p.parts[2]).stem for p in module_files() if p.parts[:2] == ("riskmap", "hazard")}
    pages = {path.stem for path in (ROOT / "docs" / "concepts").glob("*.md")}
    # storm tide stands on the page of the surge that makes it
    assert hazards - {"__init__", "storm_tide"} <= pages


def test_every_concept_stands_in_the_contents() -> None:
    """A page in no table of contents stops the build of the documents."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^concepts/(\w+)$", index, re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "docs" / "concepts").glob("*.md"))


def test_every_decision_is_short() -> None:
    long = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "docs" / "adr").glob("0*.md")
        if len(path.read_text(encoding="utf-8").splitlines()) > 25
    }
    assert long == {}


QUOTED = {
    "adr/0004-upslope-rain.md": (
        f"{upslope.SPECIFIC_HUMIDITY:g} kg/kg",
        f"{upslope.DRIFT_LENGTH / 1e3:g} km",
        f"{LIFTING_LENGTH / 1e3:g} km",
        f"10 m wind / {wind.SURFACE_FACTOR:g}",
    ),
    "concepts/wind.md": (
        f"{wind.AIR_DENSITY:g} kg",
        f"| {wind.SURFACE_FACTOR:g} |",
    ),
    "concepts/surge.md": (f"{surge.FETCH / 1e3:g} km", f"{surge.DRAG_CAP:g}"),
    "concepts/flash_flood.md": (f"{FLASH_FLOOD_RELIEF:g} m or more",),
}
"""Page -> numbers of the code that it quotes."""


@pytest.mark.parametrize("page", QUOTED)
def test_a_number_in_a_page_is_that_of_the_code(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert [number for number in QUOTED[page] if number not in text] == []


KNOWN = (ROOT / "docs" / "concepts" / "known_answers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"^```python\n(.*?)^```", KNOWN, re.MULTILINE | re.DOTALL))
def test_the_cases_with_known_answers_run(example: str) -> None:
    assert "assert" in example
    exec(compile(example, "known_answers.md", "exec"), {})


CODE = re.compile(r"^(?:\$ )?((?:riskmap|evac) [a-z].*)$|`((?:riskmap|evac) [a-z][^`]*)`", re.MULTILINE)
"""A command in a fenced block, or in the middle of a sentence."""


def named_commands() -> dict[str, str]:
    """Every command that a document shows -> the document."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return {
        one or other: page.relative_to(ROOT).as_posix()
        for page in pages
        for one, other in CODE.findall(page.read_text(encoding="utf-8"))
    }


def test_every_command_in_a_document_is_one() -> None:
    from typer.core import TyperGroup
    from typer.main import get_command

    import evac.cli
    import riskmap.cli

    tools = {"riskmap": get_command(riskmap.cli.app), "evac": get_command(evac.cli.app)}
    found, strangers = named_commands(), []
    for line, page in found.items():
        tool, *words = re.split(r"[\s,|;)]+", line)
        command = tools[tool]
        for word in words:
            if not isinstance(command, TyperGroup) or not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            if word not in command.list_commands(None):
                strangers.append(f"{page}: {line}")
                break
            command = command.get_command(None, word)
    assert len(found) > 100
    assert strangers == []
