"""`riskmap confirm`, and runs that go on from each other, on a folder."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskmap.cli import app
from riskmap.errors import ConfigError, DataError
from riskmap.io.confirmations import beside, read_confirmations
from riskmap.products.table import assessment_json
from riskmap.scale import Tier
from riskmap.succession import succeed
from tests.factories import ISSUED_AT, make_assessment


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A published second cycle in which the wind of 330902 fell to green."""
    now = make_assessment(issued_at=ISSUED_AT + timedelta(hours=6))
    now.table["tier"].values[0, :, 0] = 0
    folder = tmp_path / "runs" / "live"
    folder.mkdir(parents=True)
    assessment = succeed(now, succeed(make_assessment(), None, event="2106"), event="2106")
    (folder / "assessment.json").write_text(assessment_json(assessment), encoding="utf-8")
    return folder


def test_a_confirmation_is_recorded_beside_the_run(run: Path) -> None:
    words = [
        "confirm",
        str(run),
        "330902",
        "--by",
        "张三",
        "--reason",
        "远离",
        "--hazard",
        "wind",
        "--to",
        "蓝",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    (said,) = read_confirmations(beside(run))
    assert (said.region, said.hazard, said.from_tier, said.to_tier) == ("330902", "wind", Tier.RED, Tier.BLUE)
    assert said.by == "张三"
    assert str(beside(run)) in done.output
    assert not list(run.glob("*.jsonl")), "a run that is replaced would take the file with it"


def test_a_wrong_tier_or_region_is_taught_and_records_nothing(run: Path) -> None:
    done = CliRunner().invoke(
        app, ["confirm", str(run), "330902", "--by", "a", "--reason", "b", "--to", "pink"]
    )
    assert isinstance(done.exception, ConfigError)
    done = CliRunner().invoke(app, ["confirm", str(run), "330904", "--by", "a", "--reason", "b"])
    assert isinstance(done.exception, DataError)
    assert not beside(run).exists()
