"""Fine relief inside an analysis: steep wet slopes get a tier, plains do not, what is not known is grey or named."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from riskmap import blocks
from riskmap.aggregate import fill_cells, residents
from riskmap.analysis.fine import (
    INUNDATION_CELL,
    FineRelief,
    FineWatch,
    believed_sea,
    fine_relief,
)
from riskmap.analysis.fine_ground import (
    BAND_BYTES,
    FINE_BYTES,
    FineGround,
    fine_memory,
    require_fine_memory,
    share_under,
)
from riskmap.analysis.fine_layers import crossings, unseen_area
from riskmap.assessment import Assessment, empty_table
from riskmap.blocks import BAND
from riskmap.errors import ConfigError
from riskmap.hazard.landslide.grades import calm, hold, landslide_grade, tiers_of_grades
from riskmap.hazard.runoff.soil_water import steady_tanks
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.io.rule_files import read_rules
from riskmap.onset import NEVER
from riskmap.products.zones import zones_geojson
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.severity import grade
from riskmap.terrain.flow_direction import flow_direction, geographic_sides
from riskmap.terrain.streams import Network, upstream_area
from riskmap.zonal import zonal_weights
from tests.riskmap.fine_valleys import (
    BEYOND,
    IN_HILLS,
    IN_PLAIN,
    OVER,
    PLAIN,
    REGIONS,
    RELIEF,
    ROWS,
    ground,
    heights,
)

CELL = 93.0
HOURS = 12
VALID = np.datetime64("2021-07-25T00:00:00") + np.arange(HOURS).astype("timedelta64[h]")
RAINING = np.datetime64("2021-07-25T00:00:00") + np.arange(-23, HOURS).astype("timedelta64[h]")
RULES = read_rules()
SLOPES = read_landslide_rules()


@pytest.fixture(scope="module")
def relief() -> FineRelief:
    return fine_relief(ground(CELL), OVER, rules=SLOPES, altitude=RELIEF)


class Sheet:
    """What an analysis does with an hour: table and pictures."""

    def __init__(self) -> None:
        self.hazards = ["landslide", "inundation"]
        instants = [datetime(2021, 7, 25, tzinfo=UTC) + timedelta(hours=n) for n in range(HOURS)]
        self.table = empty_table(self.hazards, instants, [r.code for r in REGIONS])
        self.pictures: dict[str, list[NDArray[np.int8]]] = {h: [] for h in self.hazards}

    def put(self, hazard: str, hour: int, fields: Any, weights: Any, *, paint: Any, locate: Any) -> None:
        cells = grade(fields, RULES[hazard])
        at = self.hazards.index(hazard)
        fill_cells(self.table, at, hour, cells, RULES[hazard], weights, residents(REGIONS))
        self.pictures[hazard].append(paint(cells.tiers()))

    def tiers(self, hazard: str, code: str) -> NDArray[np.int8]:
        place = [r.code for r in REGIONS].index(code)
        return np.asarray(self.table["tier"].values[self.hazards.index(hazard), :, place])


def rain(n: int, amount: float) -> NDArray[np.float32]:
    """It pours until three hours into the window."""
    return np.full(OVER.shape, amount if n < 26 else 0.0, np.float32)


def run(relief: FineRelief, amount: float, soil: float = 150.0) -> tuple[FineWatch, Sheet]:
    sheet = Sheet()
    watch = FineWatch(relief, REGIONS, rain_hours=RAINING, valid_hours=VALID, slope_rules=SLOPES, rules=RULES)
    fallen = [rain(n, amount) for n in range(len(RAINING))]
    for n, hour in enumerate(fallen):
        watch.rain(n, hour)
        if n >= 23:
            sums = {"rain_1h": hour, "rain_24h": np.sum(fallen[n - 23 : n + 1], axis=0, dtype=np.float32)}
            watch.slopes(sheet.put, n - 23, sums, np.full(OVER.shape, soil, np.float32))
    watch.water(sheet.put, soil=sum(steady_tanks(20.0 / 24.0)), curve_number=80.0)
    return watch, sheet


@pytest.fixture(scope="module")
def wet(relief: FineRelief) -> tuple[FineWatch, Sheet]:
    return run(relief, 18.0)


@pytest.mark.slow
def test_a_steep_wet_slope_gets_a_tier_and_a_plain_does_not(wet: tuple[FineWatch, Sheet]) -> None:
    _, sheet = wet
    assert sheet.tiers("landslide", IN_HILLS.code).max() >= Tier.YELLOW
    assert (sheet.tiers("landslide", IN_PLAIN.code) == Tier.GREEN).all()


def test_a_dry_day_warns_nobody(relief: FineRelief) -> None:
    _, sheet = run(relief, 0.0, soil=20.0)
    for hazard in sheet.hazards:
        for place in (IN_PLAIN, IN_HILLS):
            assert (sheet.tiers(hazard, place.code) == Tier.GREEN).all()


def test_a_county_without_the_model_is_grey(wet: tuple[FineWatch, Sheet]) -> None:
    _, sheet = wet
    for hazard in sheet.hazards:
        assert (sheet.tiers(hazard, BEYOND.code) == NO_DATA).all()
        assert sheet.pictures[hazard][0][-1, -1] == NO_DATA


def test_valleys_flood_and_dry_again(wet: tuple[FineWatch, Sheet]) -> None:
    _, sheet = wet
    hills = sheet.tiers("inundation", IN_HILLS.code)
    assert hills.max() >= Tier.YELLOW
    assert hills[-1] < hills.max()


def test_the_hold_keeps_yellow_after_the_rain(wet: tuple[FineWatch, Sheet]) -> None:
    _, sheet = wet
    held = sheet.tiers("landslide", IN_HILLS.code)
    first = int(np.argmax(held >= Tier.YELLOW))
    assert (held[first:] >= Tier.YELLOW).all()


def test_slopes_by_unit_are_slopes_cell_by_cell(relief: FineRelief) -> None:
    """The slow way: every fine cell graded and held by itself, with rain that differs from cell to cell."""
    rng = np.random.default_rng(3)
    days = [rng.uniform(50.0, 450.0, OVER.shape).astype(np.float32) for _ in range(4)]
    hourly = [np.where(d > 200.0, 5.0, 0.0).astype(np.float32) for d in days]
    soil = rng.uniform(20.0, 180.0, OVER.shape).astype(np.float32)
    watch = FineWatch(relief, REGIONS, rain_hours=RAINING, valid_hours=VALID, slope_rules=SLOPES, rules=RULES)
    sheet, slow = Sheet(), Sheet().table
    weights = zonal_weights(REGIONS, relief.grid)
    slopes = relief.slopes
    assert slopes is not None
    classes = slopes.classes[slopes.units.label]
    rows = ((29.6 - relief.grid.latitude) / 0.02).astype(int)
    columns = ((relief.grid.longitude - 121.0) / 0.02).astype(int)
    state = calm(classes.shape)
    for n, (day, hour) in enumerate(zip(days, hourly, strict=True)):
        watch.slopes(sheet.put, n, {"rain_24h": day, "rain_1h": hour}, soil)
        fine = (f[rows[:, None], columns[None]] for f in (day, soil, hour))
        above, water, falling = fine
        grades = landslide_grade(classes, above, SLOPES, soil_water=water)
        tiers = tiers_of_grades(grades)
        kept, state = hold(tiers, falling, state, SLOPES)
        cells = grade({"landslide_grade": np.where(kept > tiers, kept + 1.0, grades)}, RULES["landslide"])
        fill_cells(slow, 0, n, cells, RULES["landslide"], weights, residents(REGIONS))
        painted = cells.tiers().reshape(relief.grid.shape)
        for cell in ((8, 8), (9, 12), (13, 14)):
            under = painted[np.ix_(rows == cell[0], columns == cell[1])]
            assert sheet.pictures["landslide"][n][cell] == under.max()
    for name in ("tier", "value", "area_share", "covered", "maximum"):
        np.testing.assert_allclose(
            sheet.table[name].values[0, :4], slow[name].values[0, :4], rtol=1e-9, err_msg=name
        )
    assert len(np.unique(slow["tier"].values[0, :4])) > 1


def test_first_hours_are_told_on_fine_cells_and_drawn_as_zones(wet: tuple[FineWatch, Sheet]) -> None:
    watch, sheet = wet
    first = watch.onsets["inundation"].first(Tier.RED)
    assert first.shape == watch.relief.grid.shape
    assert (first[:, :PLAIN] == NEVER).mean() > 0.5
    assert (first != NEVER).any()
    assessment = Assessment(
        datetime(2021, 7, 25, tzinfo=UTC), REGIONS, sheet.table, {h: RULES[h] for h in sheet.hazards}, {}, (),
        frozenset(),
    )  # fmt: skip
    zones = json.loads(zones_geojson(assessment, watch.onsets, watch.relief.grid))["features"]
    assert {z["properties"]["cell_m"] for z in zones} == {111}
    assert {z["properties"]["hazard"] for z in zones} >= {"inundation"}


def test_pictures_show_the_worst_fine_cell(wet: tuple[FineWatch, Sheet]) -> None:
    watch, sheet = wet
    worst = np.max(sheet.pictures["inundation"], axis=0)
    fine = watch.onsets["inundation"].worst()
    rows = ((29.6 - watch.relief.grid.latitude) / 0.02).astype(int)
    columns = ((watch.relief.grid.longitude - 121.0) / 0.02).astype(int)
    for row in np.unique(rows):
        for column in np.unique(columns):
            under = fine[np.ix_(rows == row, columns == column)].max()
            assert max(worst[row, column], 0) == under


@pytest.mark.parametrize("cell", [INUNDATION_CELL + 1.0, 900.0])
def test_too_coarse_a_model_is_named_and_gets_no_rows(cell: float) -> None:
    found = fine_relief(ground(cell), OVER, rules=SLOPES, altitude=RELIEF)
    assert set(found.lacking) == {"landslide", "inundation"}
    assert f"{cell:.0f} m" in found.lacking["landslide"]
    watch = FineWatch(found, REGIONS, rain_hours=RAINING, valid_hours=VALID, slope_rules=SLOPES, rules=RULES)
    assert watch.hazards == ()
    watch.water(None, soil=sum(steady_tanks(2.0 / 24.0)), curve_number=None)  # type: ignore[arg-type]


def test_without_the_hazards_relief_nobody_knows_what_water_comes_in() -> None:
    found = fine_relief(ground(CELL), OVER, rules=SLOPES, altitude=None)
    assert set(found.lacking) == {"inundation"}
    assert "[terrain] relief" in found.lacking["inundation"]
    assert set(found.units) == {"landslide"}


def test_no_data_passes_for_sea_beside_the_sea_alone() -> None:
    values = heights()
    values[:, -30:] = np.nan
    given = replace(ground(CELL, values=values), sea=np.isnan(values))
    sea, doubted = believed_sea(given, OVER, RELIEF)
    assert not sea.any()
    assert doubted == 30 * ROWS
    wet_relief = RELIEF.copy()
    wet_relief[:, 15:] = np.nan  # from 121.30 E on
    sea, doubted = believed_sea(given, OVER, wet_relief)
    assert (sea == np.isnan(values)).all()
    assert doubted == 0
    assert not believed_sea(given, OVER, None)[0].any()


def test_sea_is_no_gap_in_a_coastal_county_and_a_void_is() -> None:
    values = heights()
    values[:, -60:] = np.nan
    at_sea = RELIEF.copy()
    at_sea[:, 12:] = np.nan  # from 121.24 E on
    given = replace(ground(CELL, values=values), sea=np.isnan(values))
    for altitude, tier in ((at_sea, Tier.GREEN), (RELIEF, NO_DATA)):
        _, sheet = run(fine_relief(given, OVER, rules=SLOPES, altitude=altitude), 0.0, soil=20.0)
        assert (sheet.tiers("landslide", IN_HILLS.code) == tier).all()
    coast = fine_relief(given, OVER, rules=SLOPES, altitude=at_sea)
    _, sheet = run(coast, 0.0, soil=20.0)
    assert sheet.pictures["landslide"][0][8, 14] == NOT_APPLICABLE


def test_a_river_from_beyond_the_model_has_no_known_stage() -> None:
    """The coarse relief falls from a wide country in the north into the model."""
    tilted = (
        np.arange(OVER.shape[0])[::-1, None] + 10.0 * np.abs(np.arange(OVER.shape[1])[None] - 6.0)
    ).astype(np.float32)
    given = ground(CELL)
    dx, dy = geographic_sides(given.grid.latitude, (0.001, 0.001))
    codes = flow_direction(given.altitude, dx=dx, dy=dy)
    area = upstream_area(codes, dx=dx, dy=dy)
    found = unseen_area(Network.of(codes, dx=dx, dy=dy), *crossings(given, area, tilted, OVER))
    covered = share_under(np.ones(given.grid.shape, np.bool_), given.grid, OVER) >= 0.5
    beyond = float((OVER.cell_area[:, None] * ~covered).sum())
    north = float(OVER.cell_area[:5].sum()) * 10  # what lies above the valley of the coarse relief
    assert north < found.max() <= beyond
    assert found[-1].max() > 0.0  # it runs down the whole model
    relief = fine_relief(given, OVER, rules=SLOPES, altitude=tilted)
    assert relief.reaches is not None
    assert not relief.reaches.known.all()
    _, sheet = run(relief, 18.0)
    assert (sheet.table["covered"].values[1] < 1.0).any()


def test_memory_grows_with_the_cells_and_what_does_not_fit_is_refused() -> None:
    assert fine_memory((20, 30)) == 600 * (FINE_BYTES + BAND_BYTES)
    assert fine_memory((4000, 4000)) == 16_000_000 * FINE_BYTES + BAND * BAND_BYTES
    with pytest.raises(ConfigError, match="part of 2738 x 2738 cells"):
        require_fine_memory((4000, 4000), fine_memory((2739, 2738)), where="province.tif")
    with pytest.raises(ConfigError, match="does not fit into memory") as refused:
        require_fine_memory((2000, 2000), 10**8, where="county.tif")
    assert "part of 877 x 877 cells" in str(refused.value)
    assert "2.28 times as wide" in str(refused.value)
    require_fine_memory((20, 30), fine_memory((20, 30)), where="county.tif")


@pytest.mark.parametrize("band", [BAND, 20_000])
def test_the_memory_that_is_told_is_what_is_taken(monkeypatch: pytest.MonkeyPatch, band: int) -> None:
    monkeypatch.setattr(blocks, "BAND", band)
    values = np.tile(heights(), (3, 3))
    big = FineGround(values, np.zeros(values.shape, np.bool_), ground(values=values).grid, CELL)
    fine_relief(
        ground(CELL), OVER, rules=SLOPES, altitude=RELIEF
    )  # what it imports and compiles is not counted
    tracemalloc.start()
    try:
        found = fine_relief(big, OVER, rules=SLOPES, altitude=RELIEF)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.slopes is not None
    assert 0.5 * fine_memory(values.shape) < peak < 1.1 * fine_memory(values.shape)


def test_shares_of_coarse_cells() -> None:
    given = ground(CELL)
    share = share_under(np.ones(given.grid.shape, np.bool_), given.grid, OVER)
    assert share.max() <= 1.0
    np.testing.assert_allclose(share[6, 8], 1.0, atol=1e-4)
    assert share[0].max() == 0.0
    total = float((share * OVER.cell_area[:, None]).sum())
    np.testing.assert_allclose(total, float(given.grid.cell_area.sum()) * given.grid.shape[1], rtol=1e-4)


def test_unknown_rain_is_grey(relief: FineRelief) -> None:
    watch = FineWatch(relief, REGIONS, rain_hours=RAINING, valid_hours=VALID, slope_rules=SLOPES, rules=RULES)
    sheet = Sheet()
    nothing = np.full(OVER.shape, np.nan, np.float32)
    watch.slopes(sheet.put, 0, {"rain_24h": nothing, "rain_1h": nothing}, nothing)
    assert sheet.tiers("landslide", IN_HILLS.code)[0] == NO_DATA
    for n in range(len(RAINING)):
        watch.rain(n, nothing)
    watch.water(sheet.put, soil=sum(steady_tanks(20.0 / 24.0)), curve_number=None)
    assert (sheet.tiers("inundation", IN_HILLS.code) == NO_DATA).all()
    assert isinstance(sheet.table, xr.Dataset)
