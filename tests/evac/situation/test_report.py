"""The printed report: one event changes every figure of it alike, and a folder is whole or as it was."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import load_workbook

from evac.counts.now import head_count
from evac.model import State
from evac.registry import EventStore, Registry
from evac.situation.document import Situation, to_json
from evac.situation.handover import with_handover
from evac.situation.printing import FORMATS, RECORD, report_file, write_report_folder
from evac.situation.report import report_content
from evac.situation.tables import tables_of
from riskmap.errors import ConfigError
from tests.evac.situation.sample import sample_situation
from tests.evac.situation.scene import published, screen
from tests.evac.world import END, Clerk, make_world


def words_of(content: dict) -> str:  # type: ignore[type-arg]
    return json.dumps(content, ensure_ascii=False)


def in_docx(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read("word/document.xml").decode()


@pytest.mark.parametrize(
    "more", [0, 3]
)  # lines: the signature would end page 3, and the code stand on page 4 alone
def test_the_code_of_a_report_stands_with_its_signature(more: int) -> None:
    sample = sample_situation()
    one = replace(sample, handover=None, notes=sample.notes + ("加一行说明",) * more)
    with closing(pypdfium2.PdfDocument(report_file(one, "pdf"))) as document:
        last = document[len(document) - 1].get_textpage().get_text_range()
    assert "二维码" in last
    assert "签发人" in last


def due_and_moved(one: Situation) -> dict[str, tuple[int, int]]:
    """What each form of the report says 应转移 and 已转移 are."""
    told: dict[str, tuple[int, int]] = {}
    assert one.head_count is not None
    told["json"] = tuple(json.loads(to_json(one))["head_count"]["figures"][name] for name in ("due", "moved"))  # type: ignore[assignment]
    told["document"] = (one.head_count.figures["due"] or 0, one.head_count.figures["moved"] or 0)
    content = report_content(one)
    grid = next(b for b in content["blocks"] if b["kind"] == "table" and b["columns"][1] == "应转移")
    total = grid["rows"][-1]
    told["paper"] = (int(total[1].replace(",", "")), int(total[2].replace(",", "")))
    told["rows"] = (
        sum(int(row[1].replace(",", "")) for row in grid["rows"][:-1]),
        sum(int(row[2].replace(",", "")) for row in grid["rows"][:-1]),
    )
    sentence = next(b["text"] for b in content["blocks"] if b["kind"] == "text" and "集中安置" in b["text"])
    assert f"应转移 {one.head_count.figures['due']:,} =" in sentence
    assert sentence in in_docx(report_file(one, "docx"))
    book = load_workbook(io.BytesIO(report_file(one, "xlsx")))
    cells = {row[0].value: row[1].value for row in book["人员转移总表"].iter_rows() if len(row) > 1}
    told["workbook"] = (cells["应转移"], cells["已转移"])
    last = next(row for row in book["各地人员转移情况"].iter_rows() if row[0].value == "合计")
    told["workbook rows"] = (last[1].value, last[2].value)
    return told


def asked(store: EventStore) -> tuple[int, int]:
    total = head_count(store, "330902").total()
    return total["due"], total["moved"]


def test_the_report_says_once_as_of_when() -> None:
    one = sample_situation()
    half_past = replace(one, at=one.at.replace(hour=10, minute=30))
    assert "截至7月24日18时30分，" in words_of(report_content(half_past))


def test_one_event_changes_every_figure_alike(tmp_path: Path) -> None:
    store = make_world(9, size=60)
    run = published(tmp_path)
    before = screen(store, run=run)
    assert set(due_and_moved(before).values()) == {asked(store)}
    waiting = next(
        code for code, s in store.everybody()
        if s.state.county == "330902" and s.state.state in (State.ORDERED, State.NOTIFIED) and s.state.due
    )  # fmt: skip
    event = Clerk(10**6).event("arrived_shelter", 1790, code=waiting, place="S330902-1")
    Registry(store).check_in(event, received_at=END)
    after = screen(store, run=run)
    told = due_and_moved(after)
    assert set(told.values()) == {asked(store)}
    assert told["paper"][1] == due_and_moved(before)["paper"][1] + 1
    sheet = with_handover(before, after).handover
    assert sheet is not None
    moved = next(change for change in sheet.changes if change.words == "已转移")
    assert int(moved.after) == int(moved.before) + 1 == told["json"][1]


def test_a_drill_is_marked_and_a_real_one_is_not() -> None:
    one = sample_situation()
    assert report_content(one)["watermark"] == "演练"
    assert "演练" in report_content(one)["issuer"]
    real = replace(one, exercise=False, mark="")
    assert "演练" not in words_of(report_content(real))


def test_what_is_not_known_is_a_dash_and_said() -> None:
    one = replace(sample_situation(), shelters=None, tiers=None)
    text = words_of(report_content(one))
    assert "风险等级不明" in text
    assert "物资" in text  # the source that could not be read
    rows = next(
        t
        for t in tables_of(replace(one, rows=tuple(replace(r, moved=None) for r in one.rows)))
        if t.id == "people"
    ).rows
    assert rows[0][2] is None
    content = report_content(replace(one, rows=tuple(replace(r, moved=None) for r in one.rows)))
    grid = next(b for b in content["blocks"] if b["kind"] == "table" and b["columns"][1] == "应转移")
    assert grid["rows"][0][2] == "—"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_situation_gives_the_same_bytes(kind: str) -> None:
    assert report_file(sample_situation(), kind) == report_file(sample_situation(), kind)


def test_a_pdf_is_one() -> None:
    assert report_file(sample_situation(), "pdf").startswith(b"%PDF-")


def test_a_folder_is_replaced_whole_or_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    one = sample_situation()
    assert write_report_folder(one, out, formats=("xlsx",)) == {}
    assert sorted(p.name for p in out.iterdir()) == ["handover.txt", "situation.json", "situation.xlsx"]
    held = (out / RECORD).read_bytes()

    def broken(*_: object, **__: object) -> bytes:
        raise RuntimeError("killed")

    monkeypatch.setattr("evac.situation.printing.report_workbook", broken)
    with pytest.raises(RuntimeError, match="killed"):
        write_report_folder(replace(one, revision="later"), out, formats=("xlsx",))
    assert (out / RECORD).read_bytes() == held
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_another_folder_is_left_alone_and_formats_are_checked(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ConfigError, match="swaps only"):
        write_report_folder(sample_situation(), tmp_path, formats=())
    with pytest.raises(ConfigError, match="no such format"):
        write_report_folder(sample_situation(), tmp_path / "new", formats=("doc",))
    with pytest.raises(ConfigError, match="no such format"):
        report_file(sample_situation(), "html")
