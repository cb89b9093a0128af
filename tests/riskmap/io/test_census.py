"""Residents by age: from the census table, and refused where they cannot be parts of the residents."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskmap.errors import DataError
from riskmap.io.bundled import bundled
from riskmap.io.census import with_census
from riskmap.io.regions import read_regions

TABLE = bundled("census/zhejiang_pop2020_on_2021_boundaries.csv")
REGIONS = read_regions(bundled("admin/zhejiang_district_simple.geojson"), population=TABLE)


def test_every_county_has_its_ages_and_they_shrink_with_age() -> None:
    for region in with_census(REGIONS, TABLE):
        over60, over65, over80 = region.aged
        assert over60 is not None
        assert over65 is not None
        assert over80 is not None
        assert region.population is not None
        assert 0 < over80 < over65 < over60 < region.population
        assert region.urban is not None
        assert 0 < region.urban <= region.population


def test_the_re_cut_counties_keep_the_people_of_their_city() -> None:
    found = {r.code: r for r in with_census(REGIONS, TABLE)}
    old = 86927 + 115249 + 166682 + 114031 + 373747  # 330102 to 330105 and 330109 of the census of 2020
    new = [found[code].aged[0] for code in ("330102", "330105", "330109", "330114")]
    assert sum(n for n in new if n) == pytest.approx(old, abs=12)
    assert (found["330110"].aged[0] or 0) + (found["330113"].aged[0] or 0) == 303499


def test_a_table_without_ages_leaves_them_unknown(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("code,population\n330102,10\n", encoding="utf-8")
    assert with_census(REGIONS, tmp_path / "p.csv")[0].aged == (None, None, None)
    assert with_census(REGIONS, None) == REGIONS


def test_an_empty_cell_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("code,age60p,age65p\n330102,,7\n", encoding="utf-8")
    assert with_census(REGIONS, tmp_path / "p.csv")[0].aged == (None, 7, None)


@pytest.mark.parametrize("row", ["330102,5,6", "330102,-1,0", "330102,99999999,6"])
def test_ages_that_are_no_parts_are_named(tmp_path: Path, row: str) -> None:
    (tmp_path / "p.csv").write_text(f"code,age60p,age65p\n{row}\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2, column age6"):
        with_census(REGIONS, tmp_path / "p.csv")
