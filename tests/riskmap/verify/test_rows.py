"""Scores as rows: every figure with its unit, unknown is None."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

from riskmap.verify import Differences, Landfall, LandfallScore, RadiusScore, ReportedLandfall, TrackScore
from riskmap.verify.rows import Row, score_rows

NAN = float("nan")


def test_every_part_becomes_rows() -> None:
    one = Differences(3, -1500.0, 2500.0, 4000.0)
    none = Differences(0, NAN, NAN, NAN)
    instant = np.datetime64("2021-07-25T00", "s")
    landed = Landfall(
        datetime(2021, 7, 25, 4, 16, tzinfo=UTC), 30.0, 122.44, "330903", "普陀区", 38.0, 96_500.0
    )
    told = ReportedLandfall(
        datetime(2021, 7, 25, 4, 30, tzinfo=UTC), place="舟山普陀", source="Xinhua", status="S"
    )
    rows = score_rows(
        radii=[RadiusScore("blocks", 13.9, "force 7", 0, 4, 0, 300e3, NAN, NAN, 300e3)],
        against=TrackScore(instant, instant, one, one, one, none, one, 120),
        landfalls=[landed],
        reported=[LandfallScore(told, landed, -840.0, 4700.0, NAN, 0.0, NAN), LandfallScore(told, None, *[NAN] * 5)],
    )  # fmt: skip
    by_name = {(row.part, row.subject, row.measure): row for row in rows}
    assert by_name["radii", "blocks, force 7", "bias"].value is None
    assert by_name["radii", "blocks, force 7", "mean_absolute_error_all"] == Row(
        "radii", "blocks, force 7", "mean_absolute_error_all", 300.0, "km"
    )
    assert by_name["against", "position", "bias"].value == -1.5
    assert by_name["against", "central_pressure", "largest"].value == 40.0
    assert by_name["against", "maximum_wind", "bias"].value is None
    assert by_name["landfall", "普陀区 2021-07-25 12:16", "central_pressure"].value == 965.0
    found = [row.value for row in rows if row.measure == "found"]
    assert found == ["普陀区", "no"]
    assert [row.value for row in rows if row.measure == "time_error"] == [-0.2, None]
    assert not any(isinstance(row.value, float) and math.isnan(row.value) for row in rows)


def test_nothing_gives_nothing() -> None:
    assert score_rows() == ()
