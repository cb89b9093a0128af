"""The page for those without a network: each of its commands is run, in order."""

from __future__ import annotations

import io
import random
import re
import shlex
import sys
from pathlib import Path

import pytest

from evac.cli import main
from evac.codes import short_code
from evac.model import Shelter, State
from evac.standing import Seat
from evac.store.sqlite import SQLiteStore
from evac.sync.node import read_node
from tests.contracts.tree import ROOT
from tests.evac.kiosk.doors import TOWN, townspeople

PAGE = (ROOT / "docs" / "howto" / "no_network.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.M | re.S) for line in block.splitlines()
]


@pytest.mark.slow
def test_every_command_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for stick in ("usb1", "usb2", "usb3"):
        (tmp_path / stick).mkdir()
    people = townspeople(3, random.Random(1))
    said: dict[str, str] = {}
    for command in COMMANDS:
        program, *arguments = shlex.split(command)
        assert program == "evac"
        typed = "\n" + "".join(f"{short_code(p.code)}\n" for p in people) if "--actor" in arguments else ""
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0
        said[command] = capsys.readouterr().out
        if "--event" in arguments:  # between the first two steps the list is imported
            store = SQLiteStore(Path("county.sqlite"), vault=read_node(Path("county.key")).vault)
            store.put_people(people)
            store.put_shelters([Shelter("S1", "镇小学", "330902", 60, town=TOWN)])
            store.close()
    assert len(said) == 15  # one of the sixteen twice
    city = SQLiteStore(tmp_path / "city.sqlite")
    assert city.seats() == {Seat("S1", State.SHELTERED): 3}
    city.close()
