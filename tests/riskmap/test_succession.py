"""One cycle after another: the standing goes into assessment.json and comes out of it, and a lost one is an error."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from riskmap.assessment import Assessment
from riskmap.errors import ConfigError, DataError, RiskmapError, SourceError
from riskmap.io.confirmations import append_confirmations, beside, read_confirmations
from riskmap.io.previous import read_previous
from riskmap.io.published import parse_assessment
from riskmap.products.letter import letters_due
from riskmap.products.table import assessment_json
from riskmap.scale import Tier
from riskmap.standing import Confirmation
from riskmap.succession import succeed
from tests.factories import ISSUED_AT, make_assessment

CYCLE = {"event": "2106", "issued_at": ISSUED_AT}


def calm(issued_at: datetime) -> Assessment:
    """The same counties without any wind or rain."""
    assessment = make_assessment(issued_at=issued_at)
    assessment.table["tier"].values[...] = 0
    return assessment


def through_json(assessment: Assessment) -> Assessment:
    return parse_assessment(assessment_json(assessment))


def later(hours: int) -> datetime:
    return ISSUED_AT + timedelta(hours=hours)


@pytest.fixture(scope="module")
def first() -> Assessment:
    return succeed(make_assessment(), None, event="2106")


def test_the_standing_comes_back_from_json_as_it_was(first: Assessment) -> None:
    second = succeed(calm(later(6)), through_json(first), event="2106")
    again = through_json(second)
    assert again.standing == second.standing
    assert second.earlier is not None
    assert again.earlier is not None
    assert (again.earlier.tier == second.earlier.tier).all()
    assert again.earlier.issued_at == first.issued_at


def test_red_is_published_until_a_person_says_otherwise(first: Assessment) -> None:
    now = first
    for n in range(1, 5):
        now = succeed(calm(later(6 * n)), through_json(now), event="2106")
    assert (now.window_worst == 0).all()
    assert now.published_worst.tolist() == [4, 4, 3, 3, 0, 0]
    assert letters_due(now) == ("3309", "330902", "330903", "330921", "330922")
    entry = now.standing.of("330902") if now.standing else None
    assert entry is not None
    assert (entry.computed, entry.since, entry.why) == (0, first.issued_at, "hazard")


def test_a_cycle_that_is_run_again_gives_the_same_bytes(first: Assessment) -> None:
    second = succeed(calm(later(6)), through_json(first), event="2106")
    again = succeed(calm(later(6)), through_json(second), event="2106")
    assert assessment_json(again) == assessment_json(second)


def test_a_replay_confirms_by_itself_only_when_told(first: Assessment) -> None:
    now = first
    for n in range(1, 3):
        now = succeed(calm(later(6 * n)), now, event="2106", automatic=True)
    assert now.published_worst.tolist() == [3, 3, 2, 2, 0, 0]
    assert now.standing is not None
    assert now.standing.automatic


def test_an_older_assessment_without_a_standing_is_refused() -> None:
    with pytest.raises(DataError, match="keeps no published tiers"):
        succeed(calm(later(6)), make_assessment(), event="2106")


def test_a_damaged_standing_is_named(first: Assessment) -> None:
    text = (
        assessment_json(first).replace('"published"', '"pblished"').replace('"entries":[[', '"entries":[[9,')
    )
    with pytest.raises(DataError, match="damaged"):
        parse_assessment(text)
    with pytest.raises(DataError, match="damaged"):
        parse_assessment(assessment_json(first).replace('"combined","330902",4', '"combined","330902",9'))


def test_a_lost_assessment_is_an_error_and_never_a_fresh_start(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RiskmapError, match="--fresh"):
        read_previous(tmp_path, previous=None, fresh=False, **CYCLE)
    assert read_previous(tmp_path, previous=None, fresh=True, **CYCLE) == (None, "")
    assert read_previous(tmp_path / "new", previous=None, fresh=False, **CYCLE) == (None, "")
    with pytest.raises(ConfigError, match="two starts"):
        read_previous(tmp_path, previous=tmp_path, fresh=True, **CYCLE)


def confirmation(n: int = 0) -> Confirmation:
    return Confirmation(
        "2106",
        ISSUED_AT,
        "330902",
        "wind",
        Tier.RED,
        Tier.ORANGE,
        f"张三{n}",
        "风雨减弱",
        ISSUED_AT + timedelta(hours=1),
    )


def test_confirmations_are_appended_and_read_back(tmp_path: Path) -> None:
    path = beside(tmp_path / "in-fa")
    assert read_confirmations(path) == ()
    append_confirmations(path, [confirmation(1), confirmation(2)])
    append_confirmations(path, [confirmation(3)])
    assert read_confirmations(path) == (confirmation(1), confirmation(2), confirmation(3))


@pytest.mark.parametrize("line", [0, 1])
def test_a_changed_or_missing_line_is_noticed(tmp_path: Path, line: int) -> None:
    path = tmp_path / "confirmations.jsonl"
    append_confirmations(path, [confirmation(n) for n in range(3)])
    lines = path.read_bytes().splitlines(keepends=True)
    for changed in (b"", lines[line].replace(b"330902", b"330903"), lines[line][:-5] + b"\n"):
        path.write_bytes(b"".join([*lines[:line], changed, *lines[line + 1 :]]))
        with pytest.raises(DataError, match=r"line \d"):
            read_confirmations(path)
        with pytest.raises(DataError, match=r"line \d"):
            append_confirmations(path, [confirmation(9)])


def test_half_a_line_of_a_killed_writer_is_none_and_costs_no_other(tmp_path: Path) -> None:
    """All were refused for it, and nothing came down any more; nobody had been told that it counts."""
    path = tmp_path / "confirmations.jsonl"
    append_confirmations(path, [confirmation(n) for n in range(3)])
    path.write_bytes(path.read_bytes()[:-5])
    assert read_confirmations(path) == (confirmation(0), confirmation(1))
    append_confirmations(path, [confirmation(9)])
    assert read_confirmations(path) == (confirmation(0), confirmation(1), confirmation(9))


def test_a_confirmation_that_was_refused_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "confirmations.jsonl"
    append_confirmations(path, [confirmation(1)])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(SourceError, match="cannot be written"):
            append_confirmations(path, [confirmation(2)])
    assert read_confirmations(path) == (confirmation(1),)


def test_the_tiers_before_of_a_repeated_cycle_are_those_before_it(first: Assessment) -> None:
    second = succeed(calm(later(2)), first, event="2106")
    again = succeed(replace(second, earlier=None, standing=None), through_json(second), event="2106")
    assert again.earlier is not None
    assert again.earlier.issued_at == first.issued_at
    assert np.array_equal(again.earlier.combined, second.earlier.combined if second.earlier else [])
