"""A county's own page: small, about that county, with the assets that decide it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from riskmap.asset import AssetTier
from riskmap.errors import DataError
from riskmap.products.county_page import assets_of, build_county_map, part_of
from riskmap.products.self_contained import require_self_contained
from riskmap.region import Region
from riskmap.scale import Tier
from tests.factories import make_assessment
from tests.map_pages import block, unpack
from tests.outlooks import make_outlook
from tests.riskmap.products.test_map import BASEMAP


def test_the_page_is_about_the_county_and_its_neighbours() -> None:
    outlook = make_outlook()
    regions = outlook.assessment.regions
    code = regions[2].code
    links = {code: {"PDF": "../letters/x/letter.pdf"}, regions[0].code: {"PDF": "../letters/y/letter.pdf"}}
    page = build_county_map(outlook, BASEMAP, code, links=links)
    require_self_contained(page)
    data = block(page)
    assert data["levels"][0]["regions"]["code"] == [regions[n].code for n in (1, 2, 3)]
    assert data["focus"] == code
    assert list(data["links"]) == [code]
    assert regions[2].name in data["title"][0]
    assert len(page.encode()) < 1_000_000
    assert '"hours":{}' in page


def test_its_smaller_units_open_first() -> None:
    outlook = make_outlook()
    code = outlook.assessment.regions[0].code
    units = tuple(
        Region(f"{c}{k:03}", f"镇{k}", "3309", "舟山市", box(121 + k, 29, 122 + k, 30), level="township")
        for k, c in enumerate((code, code, "999999"))
    )
    found = replace(part_of(outlook.assessment, [0, 1, 2], []), regions=units)
    data = block(build_county_map(replace(outlook, levels={"township": found}), BASEMAP, code))
    assert [level["id"] for level in data["levels"]] == ["county", "township"]
    assert data["levels"][1]["regions"]["code"] == [f"{code}000", f"{code}001"]
    assert data["opens"] == 1


def test_a_part_keeps_every_number_and_the_deciding_asset() -> None:
    assessment = make_assessment()
    codes = [region.code for region in assessment.regions]
    assets = tuple(
        AssetTier(
            f"a{n}", "坡", "hazard_point", codes[n], "wind", Tier.BLUE, 1.0, 1.0, "mm", None, "因", "why"
        )
        for n in (0, 1, 2)
    )
    assessment.table["asset"].values[0, 0, 2] = 2
    assessment.table["asset"].values[0, 0, 1] = 0  # decided by one that stands elsewhere
    whole = replace(assessment, assets=assets)
    assert assets_of(whole, [1, 2]) == {0, 1, 2}
    assert assets_of(whole, [1]) == {0, 1}
    part = part_of(whole, [1, 2], [0, 2])
    assert [region.code for region in part.regions] == codes[1:3]
    np.testing.assert_array_equal(part.combined, assessment.combined[:, 1:3])
    decided = part.table["asset"].values[0, 0]
    assert [part.assets[n].asset_id for n in decided] == ["a0", "a2"]


def test_levels_of_the_page_share_one_list_of_assets() -> None:
    outlook = make_outlook()
    assessment = outlook.assessment
    code = assessment.regions[2].code
    assets = tuple(
        AssetTier(
            f"a{n}", "坡", "hazard_point", region.code, "wind", Tier.BLUE, 1.0, 1.0, "mm", None, "因", "why"
        )
        for n, region in enumerate(assessment.regions)
    )
    assessment.table["asset"].values[0, 0] = range(len(assets))
    whole = replace(assessment, assets=assets)
    unit = Region(f"{code}001", "镇", "3309", "舟山市", assessment.regions[2].geometry, level="township")
    town = replace(whole, regions=(unit,), table=whole.table.isel(region=[2]))
    data = block(
        build_county_map(replace(outlook, assessment=whole, levels={"township": town}), BASEMAP, code)
    )
    names = [asset["region"] for asset in data["assets"]]
    assert names == [assessment.regions[n].code for n in (1, 2, 3)]
    for level in data["levels"]:
        decided = unpack(level["hazards"][0]["asset"])[: len(level["regions"]["code"])]
        assert [names[int(n)] for n in decided] == [c[:6] for c in level["regions"]["code"]]


def test_a_code_that_no_county_has() -> None:
    with pytest.raises(DataError, match="no such region"):
        build_county_map(make_outlook(), BASEMAP, "000000")


def test_the_ensemble_of_the_part(tmp_path: object) -> None:
    import xarray as xr

    outlook = make_outlook()
    codes = [region.code for region in outlook.assessment.regions]
    hours = outlook.assessment.table["time"].values
    chance = np.zeros((4, len(hours), len(codes)))
    chance[:, :, 2] = 0.6
    chances = xr.Dataset(
        {"region_probability_hourly": (("tier", "time", "region"), chance)},
        coords={"tier": [1, 2, 3, 4], "time": hours, "region": codes}, attrs={"made": 1},
    )  # fmt: skip
    data = block(build_county_map(replace(outlook, probability=chances), BASEMAP, codes[2]))
    tier = unpack(data["ensemble"]["tier"]).reshape(len(hours), 3)
    assert tier[0].tolist() == [0, 4, 0]
