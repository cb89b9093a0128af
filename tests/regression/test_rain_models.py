"""What docs/concepts/rain_models.md says of In-Fa: no symmetric model puts its rain on the mountains, TCR with slopes does."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.rain_models import in_fa


def test_symmetric_rain_falls_on_the_plain() -> None:
    for model in ("rcliper", "ipet"):
        found = in_fa.summary(in_fa.level(model))  # type: ignore[arg-type]
        assert found["near, mean"] < found["plain"]


def test_tcr_needs_the_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one set of hours about the landfall; the sums of the page take a minute."""
    landfall = in_fa.hours()[-30:-18]
    monkeypatch.setattr(in_fa, "hours", lambda: landfall)
    in_fa._product.cache_clear()
    level, hilly = (in_fa.tcr(in_fa.emanuel_rotunno, slopes=slopes) for slopes in (False, True))
    in_fa._product.cache_clear()
    assert np.isfinite(hilly).all()
    assert level.min() >= 0.0
    assert in_fa.summary(level)["ratio"] < 1.0 < in_fa.summary(hilly)["ratio"]
