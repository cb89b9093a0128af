"""Tide from harmonic constants: against the astronomical arguments written out, and what is refused."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from riskmap.errors import DataError, MissingExtraError
from riskmap.hazard.surge import tide
from riskmap.hazard.surge.tide import Harmonics, predict_tide

TIMES = np.datetime64("2021-07-24T00", "s") + np.arange(73) * np.timedelta64(3600, "s")


def station(*parts: tuple[str, float, float], zone: float = 0.0, mean: float = 0.0) -> Harmonics:
    names, amplitudes, phases = zip(*parts, strict=True)
    return Harmonics(30.0, names, amplitudes, phases, zone, mean, "1985")


def lunar_tide(times: np.ndarray, amplitude: float, lag: float) -> np.ndarray:
    """M2 by its argument 2 T + 2 h - 2 s and node factor 1 - 0.037 cos N, u = -2.1 sin N [degrees].

    Mean longitudes of moon, sun and node: Schureman (1958), as in any handbook.
    """
    days = (times - np.datetime64("2000-01-01T12", "s")).astype(np.float64) / 86_400.0
    moon = 218.316 + 13.17639648 * days
    sun = 280.466 + 0.98564736 * days
    node = np.radians(125.045 - 0.05295377 * days)
    hour_angle = 360.0 * ((days + 0.5) % 1.0) + 180.0
    argument = 2.0 * (hour_angle + sun - moon) - 2.1 * np.sin(node)
    return amplitude * (1.0 - 0.037 * np.cos(node)) * np.cos(np.radians(argument - lag))


@pytest.fixture(autouse=True)
def _with_utide() -> None:
    pytest.importorskip("utide")


def test_the_moons_tide_is_that_of_its_astronomical_argument() -> None:
    found = predict_tide(station(("M2", 1.2, 40.0)), TIMES)
    np.testing.assert_allclose(found, lunar_tide(TIMES, 1.2, 40.0), atol=0.02)


def test_constituents_add_up_about_the_mean_level() -> None:
    both = predict_tide(station(("M2", 1.2, 40.0), ("K1", 0.3, 200.0), mean=0.25), TIMES)
    parts = [predict_tide(station(part), TIMES) for part in (("M2", 1.2, 40.0), ("K1", 0.3, 200.0))]
    np.testing.assert_allclose(both, 0.25 + parts[0] + parts[1], atol=1e-9)


def test_a_lag_on_beijings_clock_is_longer_by_what_the_tide_turns_in_eight_hours() -> None:
    turned = 8.0 * 28.9841042
    here = predict_tide(station(("M2", 1.2, (40.0 + turned) % 360.0), zone=8.0), TIMES)
    np.testing.assert_allclose(here, predict_tide(station(("M2", 1.2, 40.0)), TIMES), atol=1e-5)


def test_an_unknown_constituent_is_named() -> None:
    with pytest.raises(DataError, match="found M99"):
        predict_tide(station(("M99", 1.0, 0.0)), TIMES)


def test_without_utide_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        if name == "utide":
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(tide, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"riskmap\[tide\]"):
        predict_tide(station(("M2", 1.0, 0.0)), TIMES)
