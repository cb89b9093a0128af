"""The page's files: old phones read them, nothing is loaded from elsewhere, the stored version is theirs, words are those of Python."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from evac.web.shell import PAGE, service_worker, shell_files
from tests.old_browsers import newer_than_chrome_80

OWN = sorted(PAGE.glob("*.js"))
CLASSIC = {"sw.js", "decoder.js"}
DETECTED = {"DecompressionStream"}
"""Used where it is there; where it is not the other decoder works alone."""


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.name)
def test_old_phones_read_every_script(path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    found = set(newer_than_chrome_80(script, module=path.name not in CLASSIC))
    assert found - (DETECTED if path.name == "decoder.js" else set()) == set()


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.name)
def test_no_script_has_outgrown_its_room_or_keeps_clear_text(path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 400
    for word in (
        "localStorage",
        "sessionStorage",
        "document.cookie",
        "innerHTML",
        "eval(",
        "insertAdjacentHTML",
    ):
        assert word not in script


def test_the_service_worker_keeps_the_files_as_they_are_now() -> None:
    # after a change of the page: python -m evac.web.shell
    assert (PAGE / "sw.js").read_text(encoding="utf-8") == service_worker()
    assert "index.html" in shell_files()


def test_the_page_has_no_script_or_style_of_its_own_inside() -> None:
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert "<style" not in page
    assert not re.search(r"\s(?:style|on\w+)=", page)


def test_nothing_is_loaded_from_elsewhere() -> None:
    files = [p for p in PAGE.rglob("*") if p.suffix in {".js", ".html", ".css", ".webmanifest"}]
    named = {
        m for p in files for m in re.findall(r"(?:https?:)?//[\w.-]+\.\w+", p.read_text(encoding="utf-8"))
    }
    assert {n for n in named if "w3.org" not in n} == set()


def test_what_others_wrote_is_what_the_list_says() -> None:
    told = (PAGE / "vendor" / "README.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")]
        for line in told.splitlines()
        if line.startswith("| ") and "/" in line
    ]
    listed = {row[1]: row[-2] for row in rows if len(row[-2]) == 64}
    there = {
        p.relative_to(PAGE / "vendor").as_posix()
        for p in (PAGE / "vendor").glob("*/*")
        if p.name != "LICENSE"
    }
    assert listed.keys() == there
    for name, digest in listed.items():
        assert hashlib.sha256((PAGE / "vendor" / name).read_bytes()).hexdigest() == digest
        assert (PAGE / "vendor" / name).with_name("LICENSE").is_file()


def test_every_word_of_the_page_is_in_its_table() -> None:
    table = (PAGE / "words.js").read_text(encoding="utf-8")
    keys = set(re.findall(r"^  (\w+): \[", table, re.MULTILINE))
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    said = set(re.findall(r'data-t="(\w+)"', page))
    for path in OWN:
        said |= set(re.findall(r"\bsay\('(\w+)'\)", path.read_text(encoding="utf-8")))
    assert said - keys == set()


def test_the_manifest_names_pictures_that_are_there() -> None:
    manifest = json.loads((PAGE / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert [icon["src"] for icon in manifest["icons"] if not (PAGE / icon["src"]).is_file()] == []
