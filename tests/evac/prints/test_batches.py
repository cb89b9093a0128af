"""A print run: whole files only, taken up where it stopped, the same bytes on one core or two."""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.crockford import short_code
from evac.prints import batches as room
from evac.prints.batches import INDEX, Batch, cut, place, print_batches
from evac.prints.kinds import Kind
from riskmap.errors import DataError, SourceError
from tests.evac.prints.villagers import IMPRINT, villagers

PEOPLE = villagers(24) + villagers(6, county="330903", seed=2)


def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Typesetting replaced by a few bytes; the names of what was typeset."""
    made: list[str] = []

    def typeset(batch: Batch) -> bytes:
        made.append(batch.name)
        return b"%PDF " + " ".join(person.code for person in batch.people).encode()

    monkeypatch.setattr(room, "typeset_batch", typeset)
    return made


def run(out: Path, people: Any = PEOPLE, kind: Kind = Kind.PENDANTS) -> room.Printed:
    return print_batches(cut(kind, people, IMPRINT, size=10), out, workers=1)


@given(st.integers(1, 60), st.integers(1, 20))
def test_everybody_is_in_one_batch_and_households_are_whole(count: int, size: int) -> None:
    people = villagers(count)
    made = list(cut(Kind.HOUSEHOLDS, people, IMPRINT, size=size))
    flat = [person for batch in made for person in batch.people]
    assert flat == sorted(people, key=place)
    assert [batch.number for batch in made] == list(range(1, len(made) + 1))
    firsts = [1 + sum(len(b.people) for b in made[:n]) for n in range(len(made))]
    assert [batch.first for batch in made] == firsts
    homes = [{person.household for person in batch.people} for batch in made]
    assert sum(map(len, homes)) == len(set().union(*homes))
    assert all(len(batch.people) <= max(size, 5) for batch in made)


def test_a_second_run_makes_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = quick(monkeypatch)
    told: list[int] = []
    first = print_batches(cut(Kind.PENDANTS, PEOPLE, IMPRINT, size=10), tmp_path, workers=1, tell=told.append)
    assert told[-1] == first.people == 30
    assert first.files == len(made) == len(list(tmp_path.glob("*.pdf")))
    assert first.pages == first.files  # at most ten a file
    again = run(tmp_path)
    assert (again.kept, again.files, again.stale, len(made)) == (first.files, first.files, (), first.files)
    assert stat.S_IMODE((tmp_path / made[0]).stat().st_mode) == 0o600


def test_what_changed_is_made_again_and_what_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = quick(monkeypatch)
    before = run(tmp_path)
    ordered = sorted(PEOPLE, key=place)
    ordered[0] = replace(ordered[0], name="改名")
    made.clear()
    run(tmp_path, ordered)
    assert made == ["330902-pendants-0001.pdf"]
    (tmp_path / "330903-pendants-0001.pdf").write_bytes(b"")  # somebody cut it short
    made.clear()
    run(tmp_path, ordered)
    assert made == ["330903-pendants-0001.pdf"]
    fewer = run(tmp_path, [p for p in ordered if p.county == "330903"] + ordered[:3])
    assert fewer.files == 2
    assert fewer.stale == tuple(f"330902-pendants-{n:04d}.pdf" for n in range(2, before.files))


def test_a_full_disk_stops_the_run_and_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = quick(monkeypatch)
    left = [2]
    real = os.fsync

    def fsync(handle: int) -> None:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(SourceError, match="disk is full"):
        run(tmp_path)
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["330902-pendants-0001.pdf"]
    assert not list(tmp_path.glob(".*partial*"))
    left[0] = 10**6
    made.clear()
    assert run(tmp_path).kept == 1
    assert "330902-pendants-0001.pdf" not in made


def test_a_torn_line_of_the_index_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = quick(monkeypatch)
    run(tmp_path)
    index = tmp_path / INDEX
    index.write_bytes(index.read_bytes()[:-40])
    made.clear()
    run(tmp_path)
    assert made == ["330903-pendants-0001.pdf"]
    assert json.loads(index.read_bytes().splitlines()[0])["people"] >= 1


def test_a_county_in_two_pieces_would_overwrite_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    twice = [batch for _ in range(2) for batch in cut(Kind.PENDANTS, PEOPLE[:5], IMPRINT)]
    with pytest.raises(DataError, match="two batches"):
        print_batches(twice, tmp_path, workers=1)


def test_two_processes_print_what_one_prints(tmp_path: Path) -> None:
    for workers in (1, 2):
        batches = cut(Kind.WRISTBANDS, PEOPLE[:15], IMPRINT, size=10)
        print_batches(batches, tmp_path / str(workers), workers=workers)
    files = sorted(path.name for path in (tmp_path / "1").glob("*.pdf"))
    assert len(files) >= 2
    for name in files:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


@pytest.mark.parametrize("kind", list(Kind))
def test_a_rare_character_stops_no_print_run(tmp_path: Path, kind: Kind) -> None:
    people = villagers(6)
    odd = [
        replace(person, name=name)
        for person, name in zip(
            people, ("𠮷田茂", "محمد علي", "👨\u200d👩张\ufe0f", "\x07三", "陈建国", ""), strict=True
        )
    ]
    done = run(tmp_path, odd, kind)
    assert (done.files, done.people) == (1, 6)
    assert set(done.marked) == {short_code(person.code) for person in odd[:3]}
    assert (tmp_path / cut_name(odd, kind)).read_bytes().startswith(b"%PDF")
    again = run(tmp_path, odd, kind)
    assert (again.kept, set(again.marked)) == (1, set(done.marked))


def cut_name(people: list[Any], kind: Kind) -> str:
    (batch,) = cut(kind, people, IMPRINT, size=10)
    return batch.name
