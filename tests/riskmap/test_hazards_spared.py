"""A hazard that cannot be computed is grey and says why; the others, the map and the letters go on as if it had no input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from riskmap import cycle
from riskmap.analysis import basins, coast, outlook_of
from riskmap.assessment import Assessment
from riskmap.cycle import EXIT_PARTIAL, run
from riskmap.errors import DataError
from riskmap.io.published import read_assessment
from riskmap.scale import NO_DATA, NOT_APPLICABLE, NOT_COMPUTED
from tests.scenarios import write_scenario


def broken(*_: Any, **__: Any) -> NoReturn:
    raise DataError("it does not converge", where="solver")


def once(whole: Callable[..., Any]) -> Callable[..., Any]:
    """Fails when it is called first: with what the run gives it."""
    left = [1]

    def call(*args: Any, **kwargs: Any) -> Any:
        return broken() if left and left.pop() else whole(*args, **kwargs)

    return call


def published(folder: Path, *, ensemble: bool = False) -> tuple[Path, Assessment, dict[str, str]]:
    members = "\n[ensemble]\nmembers = 10\n" if ensemble else ""
    scenario = write_scenario(
        folder, hours=2, step=0.25, extra=f"{members}\n[products]\nletters = false\n[map]\ncounty_pages = false\n"
    )  # fmt: skip
    text = scenario.read_text(encoding="utf-8").replace("hindcast = true", "hindcast = false")
    scenario.write_text(text, encoding="utf-8")
    result = run(scenario, folder / "out")
    assert result.exit_code == EXIT_PARTIAL
    record = json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))
    return (
        folder / "out",
        read_assessment(folder / "out"),
        {one["where"]: one["what"] for one in record["problems"]},
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    scenario = write_scenario(
        tmp_path_factory.mktemp("whole"), hours=2, step=0.25, extra="\n[products]\nletters = false\n[map]\ncounty_pages = false\n"
    )  # fmt: skip
    text = scenario.read_text(encoding="utf-8").replace("hindcast = true", "hindcast = false")
    scenario.write_text(text, encoding="utf-8")
    run(scenario, scenario.parent / "out")
    return read_assessment(scenario.parent / "out")


def same(found: Assessment, whole: Assessment, *, but: str) -> bool:
    """Whether every other hazard has the tiers that it would have had."""
    others = [hazard for hazard in whole.hazards if hazard != but]
    return all(
        np.array_equal(found.table["tier"].sel(hazard=one).values, whole.table["tier"].sel(hazard=one).values)
        for one in others
    )


@pytest.mark.parametrize(
    ("function", "where", "lost"),
    [("simulate_surge", "storm_surge", {"storm_surge"}), ("waves", "waves", {"waves"})],
)
def test_a_sea_that_cannot_be_computed_takes_its_own_hazards(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whole: Assessment,
    function: str,
    where: str,
    lost: set[str],
) -> None:
    monkeypatch.setattr(coast, function, broken)
    out, found, problems = published(tmp_path)
    assert problems[f"{where} (forecast)"] == "solver: it does not converge."
    assert {hazard for hazard, why in found.lacking.items() if why == NOT_COMPUTED} == lost
    assert same(found, whole, but=where)
    assert "未能计算" in (out / "index.html").read_text(encoding="utf-8"), (
        "what is missing might have been the worst"
    )
    assert (out / "surge.csv").exists() == (where == "waves")
    assert "本次未能计算" in (out / "report.html").read_text(encoding="utf-8")
    if where == "waves":
        grey(found, whole, "waves")


def grey(found: Assessment, whole: Assessment, hazard: str) -> None:
    """Unknown wherever it could have been something: never green, by itself or among the others."""
    tiers, before = (one.table["tier"].sel(hazard=hazard).values for one in (found, whole))
    assert (before >= 0).any()
    assert (tiers[before >= 0] == NO_DATA).all()
    assert set(np.unique(tiers)) <= {NO_DATA, NOT_APPLICABLE}
    assert (found.window_worst[(before >= 0).any(axis=0)] != 0).all()


def test_flash_floods_that_cannot_be_computed_are_grey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Assessment
) -> None:
    monkeypatch.setattr(basins, "flash_flood", once(basins.flash_flood))
    _, found, problems = published(tmp_path)
    assert problems["flash_flood (forecast)"] == "solver: it does not converge."
    assert found.lacking["flash_flood"] == NOT_COMPUTED
    grey(found, whole, "flash_flood")
    assert same(found, whole, but="flash_flood")


def test_chances_and_risk_that_cannot_be_computed_leave_the_tiers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, whole: Assessment
) -> None:
    def fault(*_: Any, **__: Any) -> NoReturn:
        raise IndexError("a fault of our own")

    monkeypatch.setattr(outlook_of, "wind_probability", broken)
    monkeypatch.setattr(cycle, "_with_risk", fault)
    out, found, problems = published(tmp_path, ensemble=True)
    assert problems["probability (forecast)"] == "solver: it does not converge."
    assert problems["risk (forecast)"] == "a fault of our own"
    assert same(found, whole, but="")
    assert not (out / "risk.csv").exists()
    assert not (out / "probability.csv").exists()
    assert "in fault" in caplog.text, "the log has its trace"
