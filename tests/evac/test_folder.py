"""The whole way: a published run in, the drill's folder and the command line out."""

from __future__ import annotations

import base64
import builtins
import json
import os
import re
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from openpyxl import load_workbook

from evac import cli
from evac.codes import public_keys, qr_text, short_code, verify
from evac.counts.roll import read_roll
from evac.forms.declared import declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import fill
from evac.forms.of_drill import FORMS
from evac.published import link_cockpit, open_registry, publish_drill, read_run
from riskmap.errors import DataError, MissingExtraError, SourceError
from riskmap.io.published import read_assessment
from riskmap.products.report import with_cockpit
from riskmap.products.self_contained import OutsideReferenceError
from riskmap.products.table import assessment_json
from tests.factories import ISSUED_AT, make_assessment

RUN = {
    "event": {"number": "2106", "name": "<In-Fa>", "chinese": "烟花"},
    "marks": {"forecast": ["回放", "模拟<预报>"]},
}


def publish(folder: Path, *, calm: bool = False) -> Path:
    assessment = make_assessment(25)
    if calm:
        assessment.table["tier"].values[:] = 0
    folder.mkdir()
    (folder / "assessment.json").write_text(assessment_json(assessment), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(RUN), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = publish(tmp_path_factory.mktemp("drill") / "run")
    publish_drill(folder, persons=400, seed=3)
    return folder


def pictures(path: Path, dpi: int) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(path)
    for n in range(len(document)):
        page = document[n]
        bitmap = page.render(scale=dpi / 72, grayscale=True)
        array = bitmap.to_numpy()
        yield array.reshape(array.shape[0], -1).copy()
        bitmap.close()
        page.close()
    document.close()


def text_of(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    texts = []
    for n in range(len(document)):
        page = document[n]
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return texts


@pytest.mark.slow
def test_the_folder_is_whole_and_nothing_else_is_left(run: Path) -> None:
    assert sorted(p.name for p in (run / "cockpit").iterdir()) == [
        "drill.json", "forms", "hours.html", "index.html", "pendants.pdf", "registry.sqlite",
    ]  # fmt: skip
    assert not [p for p in run.iterdir() if p.name.startswith(".")]


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(run: Path, tmp_path: Path) -> None:
    again = publish(tmp_path / "again")
    publish_drill(again, persons=400, seed=3)
    forms = [f"forms/{path.name}" for path in sorted((run / "cockpit/forms").iterdir())]
    assert len(forms) == 4
    for name in ("drill.json", "index.html", "hours.html", "pendants.pdf", *forms):
        assert (again / "cockpit" / name).read_bytes() == (run / "cockpit" / name).read_bytes(), name
    publish_drill(again, persons=400, seed=4)
    assert (again / "cockpit/drill.json").read_bytes() != (run / "cockpit/drill.json").read_bytes()


def test_the_tables_of_a_drill_are_those_that_the_log_gives(run: Path) -> None:
    store = open_registry(run)
    try:
        roll = read_roll(store, at=max(event.trusted_at for event in store.events()))
    finally:
        store.close()
    names = {region.code: region.name for region in read_assessment(run / "assessment.json").regions}
    for name in FORMS:
        book = load_workbook(run / f"cockpit/forms/{name}.xlsx").worksheets[0]
        cells = [[cell.value for cell in row] for row in book.iter_rows()]
        filled = fill(declared_forms()[name], Figures(roll, names))
        for row in filled.sections[0].rows:
            if not row.strong:
                assert list(row.cells)[1:-1] in [line[1:-1] for line in cells], (name, row.cells)
        assert filled.sections[0].rows
    page = (run / "cockpit/hours.html").read_text(encoding="utf-8")
    assert 'href="forms/province-summary.xlsx"' in page


def test_two_hundred_pendants_that_scan_at_print_size(run: Path) -> None:
    store = open_registry(run)
    people = {p.code: p for p in store.people()}
    keys = public_keys([bytes.fromhex(store.labels()["public_key"])])
    store.close()
    pages = list(pictures(run / "cockpit/pendants.pdf", 200))
    assert len(pages) == 20
    for picture in pages[:2]:
        read = [verify(code.text, keys, now=ISSUED_AT).ticket for code in zxingcpp.read_barcodes(picture)]
        assert len({ticket.code for ticket in read}) == 10
        assert all(ticket.drill and ticket.code in people for ticket in read)
    texts = text_of(run / "cockpit/pendants.pdf")
    assert all(text.count("SYNTHETIC") == 10 for text in texts)
    assert "演练0" not in "".join(texts)  # names are masked


def test_every_row_and_page_says_synthetic(run: Path) -> None:
    with sqlite3.connect(run / "cockpit/registry.sqlite") as raw:
        assert raw.execute("SELECT DISTINCT label FROM person").fetchall() == [("SYNTHETIC",)]
        assert raw.execute("SELECT DISTINCT label FROM shelter").fetchall() == [("SYNTHETIC",)]
        assert raw.execute("SELECT value FROM label WHERE key = 'event'").fetchone() == (
            "2106 烟花 <In-Fa>(演练)",
        )
    raw.close()
    page = (run / "cockpit/hours.html").read_text(encoding="utf-8")
    assert page.count("SYNTHETIC") >= 3
    assert "SYNTHETIC" in (run / "cockpit/drill.json").read_text(encoding="utf-8")


def test_the_page_is_self_contained_and_escaped(run: Path) -> None:
    page = (run / "cockpit/hours.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "&lt;In-Fa&gt;" in page
    assert "<In-Fa>" not in page
    assert "模拟&lt;预报&gt;" in page
    assert 'href="../index.html"' in page
    assert 'href="pendants.pdf"' in page
    assert "风险研判产品,非气象预警信号" in page
    assert "{{" not in page


def test_the_page_shows_the_counts_of_the_record(run: Path) -> None:
    page = (run / "cockpit/hours.html").read_text(encoding="utf-8")
    found = re.search(r'id="data">(.*?)</script>', page, re.S)
    assert found
    data = json.loads(found[1])
    record = json.loads((run / "cockpit/drill.json").read_text(encoding="utf-8"))
    assert data["headline"] == [hour["not_safe_in_orange_or_red"] for hour in record["headline"]]
    for hour, due in zip(data["counts"], data["due"]):
        assert [sum(county) for county in hour] == due
    for labels, counts in zip(data["labels"], data["notSafe"]):
        assert not [text for text, n in zip(labels, counts) if 0 < n < 10 and text.isdigit()]


def test_the_cockpit_of_a_drill_is_its_gravest_hour(run: Path) -> None:
    page = (run / "cockpit/index.html").read_text(encoding="utf-8")
    screens = {}
    for code, content in re.findall(r'id="screen-([^"]+)" data-size="\d+">([^<]*)<', page):
        screens[code] = json.loads(zlib.decompress(base64.b64decode(content), -15))
    record = json.loads((run / "cockpit/drill.json").read_text(encoding="utf-8"))
    worst = max(record["headline"], key=lambda hour: hour["not_safe_in_orange_or_red"])
    first = screens["33"]
    assert datetime.fromisoformat(first["at"]) == datetime.fromisoformat(worst["at"])
    assert first["exercise"] is True
    assert {"33", "3309", "3308", "330902"} <= set(screens)
    rows = {row["code"]: row for row in first["rows"]}
    for figure in ("due", "moved", "unaccounted"):
        assert sum(row[figure] for row in rows.values()) == first["head_count"]["figures"][figure]
    counties = [screens[code]["head_count"]["figures"]["due"] for code in rows if code in screens]
    assert sum(counties) == first["head_count"]["figures"]["due"] > 0
    assert 'href="hours.html"' in page
    assert 'href="../index.html"' in page


def test_a_calm_run_gives_an_empty_drill_that_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = publish(tmp_path / "calm", calm=True)
    assert call("drill", "--from", str(folder)) == 0
    assert "演练名单为空" in capsys.readouterr().out
    page = (folder / "cockpit/hours.html").read_text(encoding="utf-8")
    assert "本次研判无橙色或红色县" in page
    assert "<main hidden>" in page
    assert not (folder / "cockpit/pendants.pdf").exists()


def call(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.slow
def test_pendants_on_demand(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "more.pdf"
    assert call("pendants", "--from", str(run), "--range", "201-215", "--out", str(out)) == 0
    assert len(list(pictures(out, 50))) == 2
    assert "00201" in text_of(out)[0]
    first = tmp_path / "first.pdf"
    assert call("pendants", "--from", str(run), "--range", "1", "--out", str(first)) == 0
    # the sheet of the drill and the sheets on demand share one numbering
    number = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{3}")
    assert number.findall(text_of(first)[0])[0] == number.findall(text_of(run / "cockpit/pendants.pdf")[0])[0]
    for bad in ("9-3", "0-4", "x", "9000-9010", "5-"):
        capsys.readouterr()
        assert call("pendants", "--from", str(run), "--range", bad, "--out", str(out)) == 2
        assert capsys.readouterr().err.startswith("evac: --range")
    nowhere = tmp_path / "no" / "x.pdf"
    assert call("pendants", "--from", str(run), "--range", "1-2", "--out", str(nowhere)) == 3


def test_verify_at_the_command_line(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_registry(run)
    person = next(store.people())
    store.close()
    text, short = qr_text(person.signed), short_code(person.code)
    assert call("verify", "--from", str(run), "--at", "2021-07-25T00:00:00", text) == 0
    out = capsys.readouterr().out
    assert "SYNTHETIC" in out
    assert person.name not in out
    assert call("verify", "--from", str(run), short.lower()) == 0
    assert "no signature" in capsys.readouterr().out
    assert call("verify", "--from", str(run), text) == 4  # long expired
    assert "expired" in capsys.readouterr().err
    assert call("verify", "--from", str(run), "0" * 11) == 4
    assert "not on this roster" in capsys.readouterr().err
    assert call("verify", "--from", str(run), "hello") == 4


def test_what_is_not_there_ends_in_one_paragraph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("drill", "--from", str(tmp_path / "none")) == 3
    error = capsys.readouterr().err
    assert "assessment.json" in error
    assert "Traceback" not in error
    assert call("verify", "--from", str(tmp_path), "x") == 3
    assert "evac drill --from" in capsys.readouterr().err
    with pytest.raises(Exception, match=r"assessment\.json"):
        cli.main(["--debug", "drill", "--from", str(tmp_path / "none")])


def test_without_the_typesetter_the_rest_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(*_: object, **__: object) -> bytes:
        raise MissingExtraError("typst is not installed", remedy="pip install 'riskmap[letters]'")

    monkeypatch.setattr("evac.prints.card.compile_pdf", absent)
    monkeypatch.setattr("evac.forms.pdf.compile_pdf", absent)
    folder = publish(tmp_path / "run")
    assert call("drill", "--from", str(folder), "--persons", "50") == 5
    assert capsys.readouterr().err.count("left out: pendants.pdf and forms") == 1
    assert {path.suffix for path in (folder / "cockpit/forms").iterdir()} == {".xlsx"}
    assert sorted(p.name for p in (folder / "cockpit").iterdir()) == [
        "drill.json",
        "forms",
        "hours.html",
        "index.html",
        "registry.sqlite",
    ]
    assert "吊牌未生成" in (folder / "cockpit/hours.html").read_text(encoding="utf-8")


def test_without_the_extra_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "evac.published":
            raise ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    assert call("drill", "--from", str(tmp_path)) == 2
    assert "riskmap[evac" in capsys.readouterr().err


def test_a_failed_drill_leaves_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = publish(tmp_path / "run")
    publish_drill(folder, persons=30, seed=1)
    before = (folder / "cockpit/index.html").read_bytes()

    def broken(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evac.published.build_hours", broken)
    assert call("drill", "--from", str(folder), "--persons", "30", "--seed", "2") == 3
    assert (folder / "cockpit/index.html").read_bytes() == before
    assert sorted(p.name for p in folder.iterdir()) == ["assessment.json", "cockpit", "run.json"]


def test_the_front_page_leads_to_the_drill(tmp_path: Path) -> None:
    folder = publish(tmp_path / "run", calm=True)
    front = folder / "index.html"
    publish_drill(folder, persons=1, seed=1)
    assert not front.exists()  # a run without a front page gets none
    page = "<nav><!--cockpit--><span>later</span><!--/cockpit--></nav>"
    front.write_text(page, encoding="utf-8")
    for _ in range(2):  # a second drill changes nothing
        publish_drill(folder, persons=1, seed=1)
        assert front.read_text(encoding="utf-8") == with_cockpit(page)
    assert 'href="cockpit/index.html"' in front.read_text(encoding="utf-8")
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_a_front_page_that_cannot_be_linked_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    front = tmp_path / "index.html"
    page = b"<!--cockpit-->later<!--/cockpit-->"
    front.write_bytes(page)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SourceError, match="No space left"):
            link_cockpit(tmp_path)
    assert front.read_bytes() == page
    front.write_bytes(b"\xff")
    with pytest.raises(SourceError, match="cannot read"):
        link_cockpit(tmp_path)


def test_a_cockpit_that_would_load_something_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = publish(tmp_path / "run", calm=True)
    monkeypatch.setattr("evac.cockpit.hours._EMPTY", '<img src="https://example.org/a.png">')
    with pytest.raises(OutsideReferenceError, match="hours"):
        publish_drill(folder, persons=1, seed=1)
    assert not (folder / "cockpit").exists()


def test_a_damaged_record_of_the_run(tmp_path: Path) -> None:
    assert read_run(tmp_path) == {}
    for text in ("[1]", "{"):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(DataError, match="damaged"):
            read_run(tmp_path)


def test_help_teaches_and_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    assert "evac drill --from out/in-fa" in capsys.readouterr().out
    assert call("--version") == 0
    assert capsys.readouterr().out.startswith("evac ")


def test_import_is_light() -> None:
    code = (
        "import sys, evac; heavy = {'numba', 'folium', 'rasterio', 'pandas', 'sqlalchemy', 'cryptography', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)), len(evac.__all__)); assert evac.fold and 'fold' in dir(evac)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] ")


def test_every_public_name_is_there() -> None:
    import evac

    for name in evac.__all__:
        assert getattr(evac, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        evac.nonsense  # noqa: B018
