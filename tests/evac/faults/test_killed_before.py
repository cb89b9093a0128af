"""Killed with -9 before one change of the disk after the other: what has a name is whole, and the same again comes to the same end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from benchmarks.cycles.killing import killed_before
from evac.commands.kiosk import init as kiosk_init
from evac.errors import ConflictError
from evac.log import Head
from evac.operations.backup import back_up, restore
from evac.private_files import write_private
from evac.published import write_whole
from evac.store.sqlite import SQLiteStore
from evac.sync.files import writing
from evac.sync.node import Node, known_nodes, read_node, write_node
from evac.sync.roster_bundle import export_roster, of_town
from evac.vault import Vault
from tests.evac.kiosk.doors import TOWN, townspeople
from tests.evac.scenes import START, make_event


def kills(tmp_path: Path, act: Callable[[Path], object], *, every: int = 1) -> Iterator[Path]:
    """A folder after each kill, before each or every so many of its changes; the last one is that of a run that nobody killed."""
    for last in count(1, every):
        folder = tmp_path / f"{last}"
        folder.mkdir()
        killed = killed_before(last, lambda folder=folder: act(folder))
        yield folder
        if not killed:
            assert last > 2, "each change was one to be killed before"
            return


def make(folder: Path) -> None:
    SQLiteStore(folder / "county.sqlite").close()


def test_a_registry_whose_beginning_was_killed_is_begun_anew(tmp_path: Path) -> None:
    """With some of its tables it was refused for ever, and the advice was to free the disk."""
    for folder in kills(tmp_path, make):
        with closing(SQLiteStore(folder / "county.sqlite")) as store:
            assert store.labels() == {"schema": "4"}


def test_a_kiosk_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    """With half of its people it could be opened, and could not be made again."""
    people = townspeople(3, random.Random(3))
    county, kiosk = (Node.make(name, "2106", bytes(32)) for name in ("330902", "K1"))
    with closing(SQLiteStore(tmp_path / "county.sqlite", vault=county.vault)) as store:
        store.put_people(people)
        store.append([make_event("registered", code=p.code) for p in people], received_at=START)
        town = of_town(store, TOWN)
        export_roster(
            store, tmp_path / "town.evacroster", node=county, people=town.people, shelters=(), labels={}, scope=TOWN,
            made_at=START, salt=bytes(32),
        )  # fmt: skip
    write_node(tmp_path / "stick.key", kiosk, parents={county.node_id: county.public})

    def init(folder: Path) -> None:
        kiosk_init(tmp_path / "town.evacroster", tmp_path / "stick.key", folder / "K1.sqlite", at=START)

    for folder in kills(tmp_path, init, every=5):
        if not (folder / "K1.sqlite").exists():
            init(folder)
        assert sorted(path.name for path in folder.iterdir()) == ["K1.key", "K1.sqlite"]
        with closing(SQLiteStore(folder / "K1.sqlite", vault=read_node(folder / "K1.key").vault)) as store:
            assert {p.name for p in store.people()} == {p.name for p in people}
            assert len(known_nodes(store.labels())) == 2


def test_a_registry_that_is_not_its_backup_never_has_a_name(tmp_path: Path) -> None:
    """Killed between the name and the comparison, it stood there like one that was restored."""
    vault = Vault(bytes(32))
    with closing(SQLiteStore(tmp_path / "county.sqlite", vault=vault)) as store:
        store.append([make_event("registered")], received_at=START)
    done = back_up(tmp_path / "county.sqlite", tmp_path, vault, at=START)

    def again(folder: Path) -> None:
        with pytest.raises(ConflictError):
            restore(done.path, folder / "county.sqlite", vault, witness=[Head(9, bytes(32))])

    for folder in kills(tmp_path, again):
        assert not (folder / "county.sqlite").exists()
        restore(done.path, folder / "county.sqlite", vault)
        assert [path.name for path in folder.iterdir()] == ["county.sqlite"]


def bundle(path: Path, content: bytes) -> None:
    with writing(path) as file:
        file.write(content)


@pytest.mark.parametrize("write", [write_private, write_whole, bundle])
def test_what_a_killed_command_left_of_a_file_goes_with_the_next_one_of_the_folder(
    tmp_path: Path, write: Callable[[Path, bytes], None]
) -> None:
    """Names and keys under a name where nobody would look for them; of other writers what they write stays."""
    for folder in kills(tmp_path, lambda folder: write(folder / "330902-pendants-0001.pdf", b"names")):
        with writing(folder / "bundle") as file:
            write_private(folder / "printed.jsonl", b"")
            file.write(b"sealed")
        left = sorted(path.name for path in folder.iterdir())
        assert left in (["330902-pendants-0001.pdf", "bundle", "printed.jsonl"], ["bundle", "printed.jsonl"])
