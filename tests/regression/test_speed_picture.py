"""The picture of the speed page: bars in order, from a run that had a peer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.climada import picture
from benchmarks.climada.compare import CLAIMS


def records(ratio: float | None) -> list[dict[str, object]]:
    shared = {"peer": "CLIMADA 9.9", "peer_value": 3.0, "ratio": ratio}
    return [{"claim": CLAIMS[0], "value": 0.1, **shared}, {"claim": CLAIMS[1], "value": 0.02, **shared}]


def test_longer_bars_take_longer() -> None:
    page = picture.draw({str(record["claim"]): record for record in records(30.0)})
    widths = [float(w) for w in re.findall(r'<rect x="210" y="\d+" width="([\d.]+)"', page)]
    assert len(widths) == 3
    assert widths[0] > widths[1] > widths[2] > 0.0
    ElementTree.fromstring(page)


def test_a_run_without_a_peer_draws_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "typhoon.json").write_text(json.dumps(records(None)), encoding="utf-8")
    monkeypatch.setattr(picture, "RESULTS", tmp_path)
    monkeypatch.setattr(picture, "PAGE", tmp_path / "speed.svg")
    assert picture.main() == 1
    assert not (tmp_path / "speed.svg").exists()
