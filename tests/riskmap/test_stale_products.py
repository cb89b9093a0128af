"""A cycle from a stale input says so on everything that a person reads, and is less sure in everything that a program reads."""

from __future__ import annotations

import csv
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pypdfium2
import pytest

from benchmarks.cycles.case import deliver, hours_later, write_cycles
from riskmap.scheduled import EXIT_STALE, run_cycle

AT = datetime.fromisoformat("2021-07-25T07:00+08:00")
MARK = "资料过期:台风路径为5小时前"


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of two counties six hours before landfall, from a track that is five hours old."""
    folder = tmp_path_factory.mktemp("stale") / "a"
    config = write_cycles(folder, counties="33090")
    scenario = folder / "scenario.toml"
    text = scenario.read_text(encoding="utf-8").replace(
        "letters = false", "letters = true\nphone_pictures = 1"
    )
    text = text.replace("county_pages = false", "county_pages = true").replace("hours = 2", "hours = 6")
    scenario.write_text(text, encoding="utf-8")
    deliver(folder, hours_later(-5, AT))
    result = run_cycle(config, at=AT, now=hours_later(0.1, AT))
    assert result.exit_code == EXIT_STALE
    return result.folder


def text_of(path: Path) -> str:
    """What a person reads of a file."""
    if path.suffix == ".pdf":
        pages = pypdfium2.PdfDocument(path.read_bytes())
        return "".join(page.get_textpage().get_text_range() for page in pages)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            return "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml"))
    return path.read_text(encoding="utf-8")


def plain(text: str) -> str:
    return "".join(text.split()).replace(":", ":")


def test_everything_that_a_person_reads_says_so(stale: Path) -> None:
    read = [
        p for p in stale.rglob("*")
        if p.suffix in (".html", ".pdf", ".docx", ".xml") and p.name not in ("feed.xml", "overview.html")
    ]  # fmt: skip
    kinds = {p.suffix for p in read}
    assert kinds == {".html", ".pdf", ".docx", ".xml"}
    assert any(p.parent.name == "maps" for p in read), "county pages"
    assert [str(p.relative_to(stale)) for p in read if MARK not in plain(text_of(p))] == []


def test_a_message_for_a_phone_has_the_word_and_room_for_what_to_do(stale: Path) -> None:
    texts = list(stale.rglob("*.txt"))
    assert texts
    for path in texts:
        said = path.read_text(encoding="utf-8")
        assert "资料过期" in said
        assert len(said.strip()) <= 200


def test_everything_that_a_program_reads_is_less_sure_or_has_the_words(stale: Path) -> None:
    assert any(
        MARK in plain(mark) for mark in json.loads((stale / "run.json").read_text())["marks"]["forecast"]
    )
    assert MARK in plain((stale / "letters" / "outlook.json").read_text(encoding="utf-8"))
    with (stale / "tiers.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    sure = {row["confidence"] for row in rows if row["hazard"] in ("wind", "rain")}
    assert sure == {"low"}
