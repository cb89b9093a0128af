"""The whole way: a run's drafts in, signed folders out, through the command line; crashes leave nothing silent."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from evac import cli, signing
from evac.signing import open_desk, store_of
from riskmap.cli import app as riskmap_app
from riskmap.cli import explain_errors
from riskmap.errors import SourceError
from riskmap.io.bundled import bundled
from riskmap.io.publish import Staging
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.products.cap_envelope import read_envelope, validate_cap
from riskmap.products.docx import drawn_map
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter_bundle import write_letters
from riskmap.products.table import assessment_json
from tests.riskmap.products.letter_outlook import make_outlook

NOON = "2021-07-24T05:00:00"
LATER = "2021-07-26T05:00:00"
COUNTIES = ("330902", "330903", "330921", "330922")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office") / "run"
    outlook, ledger = make_outlook(), Ledger()
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    staging = Staging(folder)
    staging.write("assessment.json", assessment_json(outlook.assessment))
    write_letters(staging, outlook, scenario, ledger, lambda _part: None)
    assert ledger.problems == []
    return folder


@pytest.fixture
def run(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "run"))


def evac(*arguments: object) -> int:
    try:
        cli.main([str(a) for a in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def words(path: Path) -> str:
    document = pypdfium2.PdfDocument(BytesIO(path.read_bytes()))
    return "".join(re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document)


def test_every_draft_of_a_run_is_signed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evac("sign", "--from", run, "--signer", "张三", "--at", NOON) == 0
    told = capsys.readouterr()
    assert [f"〔2021〕{n}号" in told.out for n in range(1, 7)] == [True] * 5 + [False]
    assert told.err == ""
    folders = sorted((run / "signed").iterdir())
    assert len(folders) == 5
    for folder in folders:
        receipt = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
        for name, digest in receipt["files"].items():
            assert sha256((folder / name).read_bytes()).hexdigest() == digest
        told_words = words(folder / "document.pdf")
        assert receipt["number"] in told_words
        assert "签发人：张三" in told_words
        assert "签发时编号" not in told_words
        validate_cap((folder / "cap.xml").read_bytes())
    assert not list((run / "signed").glob(".*"))
    assert evac("documents", "--from", run) == 0
    assert capsys.readouterr().out.count("published") == 5


def test_signing_again_changes_no_byte(run: Path) -> None:
    def content() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in sorted((run / "signed").rglob("*")) if p.is_file()}

    assert evac("sign", "--from", run, "--region", "330902", "--signer", "张三", "--at", NOON) == 0
    before = content()
    assert evac("sign", "--from", run, "--region", "330902", "--signer", "李四", "--at", LATER) == 0
    assert content() == before


def test_the_map_of_a_draft_is_taken_as_it_is_or_drawn_again(
    run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(run, tmp_path / "other"))
    with monkeypatch.context() as patched:
        patched.setattr("riskmap.products.docx.svg_png", None)  # whoever draws fails
        assert evac("sign", "--from", run, "--region", "330902", "--signer", "张三", "--at", NOON) == 0
    # an office has written in the draft, and its word processor has written the file anew
    (other / "letters" / "330902" / "letter.docx").write_bytes(b"another file")
    store = tmp_path / "other.sqlite"
    assert (
        evac(
            "sign", "--from", other, "--region", "330902", "--signer", "张三", "--at", NOON, "--store", store
        )
        == 0
    )
    (signed,) = (folder / "document.docx" for folder in (run / "signed").iterdir())
    (again,) = (folder / "document.docx" for folder in (other / "signed").iterdir())
    assert signed.read_bytes() == again.read_bytes()
    assert drawn_map(signed.read_bytes()) == drawn_map(
        (run / "letters" / "330902" / "letter.docx").read_bytes()
    )


def test_a_crash_between_number_and_paper_is_told_and_mended(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise SourceError("the disk is full", where="here")

    monkeypatch.setattr(signing, "publishing", full)
    assert evac("sign", "--from", run, "--region", "330902", "--signer", "张三", "--at", NOON) != 0
    assert "allotted and not out: 演练防指办函〔2021〕1号" in capsys.readouterr().err
    monkeypatch.undo()
    assert evac("sign", "--from", run, "--region", "330903", "--signer", "张三", "--at", NOON) == 0
    told = capsys.readouterr()
    assert "〔2021〕2号" in told.out
    assert "allotted and not out: 演练防指办函〔2021〕1号" in told.err
    assert evac("sign", "--from", run, "--region", "330902", "--signer", "张三", "--at", LATER) == 0
    told = capsys.readouterr()
    assert "〔2021〕1号" in told.out
    assert told.err == ""


def test_one_bad_draft_never_stops_the_others(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = run / "letters" / "330902" / "letter.json"
    path.write_text(path.read_text(encoding="utf-8").replace("定海区", "岱山县"), encoding="utf-8")
    assert evac("sign", "--from", run, "--signer", "张三", "--at", NOON) == 5
    told = capsys.readouterr()
    assert told.out.count("〔2021〕") == 4
    assert "changed after it was made" in told.err


def test_a_wrong_letter_is_taken_back_in_one_step(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evac("sign", "--from", run, "--region", "330902", "--signer", "张三", "--at", NOON) == 0
    arguments = (
        "retract",
        "演练防指办函〔2021〕1号",
        "--from",
        run,
        "--signer",
        "王五",
        "--reason",
        "潮位错",
        "--at",
        LATER,
    )
    assert evac(*arguments) == 0
    told = capsys.readouterr().out
    assert "taken back by 演练防指撤〔2021〕1号" in told
    assert "  定海区防汛防台抗旱指挥部\n  舟山市防汛防台抗旱指挥部" in told
    folder = run / "signed" / "2021-演练防指撤-1"
    cancel = read_envelope((folder / "cap.xml").read_bytes())
    sent = read_envelope((run / "signed" / "2021-演练防指办函-1" / "cap.xml").read_bytes())
    assert (cancel.message, [r.identifier for r in cancel.references]) == ("Cancel", [sent.identifier])
    assert "潮位错" in words(folder / "document.pdf")
    text = (folder / "receivers.csv").read_text(encoding="utf-8-sig")
    assert [row["receiver"] for row in csv.DictReader(io.StringIO(text))] == [
        "定海区防汛防台抗旱指挥部", "舟山市防汛防台抗旱指挥部",
    ]  # fmt: skip
    assert evac(*arguments) == 0
    assert len(list((run / "signed").iterdir())) == 2
    assert evac("documents", "演练防指办函〔2021〕1号", "--from", run) == 0
    assert "retracted" in capsys.readouterr().out


def test_another_type_is_drafted_from_the_run_and_signed(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "draft",
        str(run),
        "--type",
        "transfer_order",
        "--region",
        "330902",
        "--set",
        "place=第一避灾点",
    ]

    def riskmap(monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
        monkeypatch.setattr("sys.argv", ["riskmap", *arguments, *more])
        return explain_errors(riskmap_app, "riskmap")

    with pytest.MonkeyPatch.context() as patch:
        assert riskmap(patch) == 0
        assert "still empty: 转移方式和路线" in capsys.readouterr().out
        assert evac("sign", "--from", run, "--type", "transfer_order", "--signer", "张三", "--at", NOON) != 0
        assert "转移方式和路线" in capsys.readouterr().err
        more = [
            x
            for name in ("towns", "range", "manner", "finish_at", "commander")
            for x in ("--set", f"{name}=填写")
        ]
        assert riskmap(patch, *more) == 0
        assert "still empty" not in capsys.readouterr().out
        assert evac("sign", "--from", run, "--type", "transfer_order", "--signer", "张三", "--at", NOON) == 0
        assert "演练防指令〔2021〕1号" in capsys.readouterr().out
        assert "第一避灾点" in words(run / "signed" / "2021-演练防指令-1" / "document.pdf")
        assert riskmap(patch, *more, "--set", "place=𠮷田小学") == 0
        assert "𠮷 (U+20BB7) of 𠮷田小学" in capsys.readouterr().out
        assert evac("sign", "--from", run, "--type", "transfer_order", "--signer", "张三", "--at", NOON) == 0
        assert "𠮷 (U+20BB7) of 𠮷田小学" in capsys.readouterr().err
        assert riskmap(patch, "--set", "nonsense") != 0
        assert riskmap(patch, "--type", "transfer_oder") != 0
        assert "did you mean 'transfer_order'" in capsys.readouterr().err


def test_what_is_drafted_after_the_run_is_what_the_run_drafted(run: Path) -> None:
    from riskmap.products.draft_files import write_draft

    before = {code: (run / "letters" / code / "letter.json").read_text(encoding="utf-8") for code in COUNTIES}
    pdf = (run / "letters" / "330902" / "letter.pdf").read_bytes()
    for code in COUNTIES:
        made = write_draft(run, kind="risk_notice", region=code, entries={})
        assert made.letter == parse_draft(before[code])
        assert made.files[-1].read_text(encoding="utf-8") == before[code]
    assert (run / "letters" / "330902" / "letter.pdf").read_bytes() == pdf


def test_on_a_full_disk_the_draft_of_before_stays_whole(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from riskmap.products.draft_files import write_draft

    folder = run / "letters" / "330902"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("riskmap.products.draft_files.letter_pdf", lambda *_: b"another PDF")
    with pytest.raises(SourceError, match="the disk is full"):
        write_draft(run, kind="risk_notice", region="330902", entries={})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_office_s_log_outlives_the_run(run: Path) -> None:
    assert store_of(run, None) == run.parent / "documents.sqlite"
    assert store_of(run, run / "mine.sqlite") == run / "mine.sqlite"
    with pytest.raises(SourceError, match="no document was signed"):
        open_desk(run / "none.sqlite", new=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--region", "330802"), "no draft of type risk_notice for region 330802"),
        (("--type", "response_end"), "no draft of type response_end"),
    ],
)
def test_what_was_not_drafted_is_named(
    run: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evac("sign", "--from", run, *arguments, "--signer", "张三") != 0
    assert message in capsys.readouterr().err


def test_a_run_says_which_characters_of_its_letters_no_font_has(tmp_path: Path) -> None:
    outlook, ledger = make_outlook(), Ledger()
    first = outlook.assessment.regions[0]
    regions = (replace(first, name="𠮷田区"), *outlook.assessment.regions[1:])
    rare = replace(outlook, assessment=replace(outlook.assessment, regions=regions))
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    links = write_letters(Staging(tmp_path), rare, scenario, ledger, lambda _part: None)
    assert "PDF" in links[first.code]
    told = {p.where: p.what for p in ledger.problems}
    assert f"letter {first.code} (PDF)" in told
    assert all("𠮷 (U+20BB7) of " in what and "𠮷田区" in what and "〓" in what for what in told.values())


def test_an_empty_cycle_has_no_letters_and_an_empty_feed(tmp_path: Path) -> None:
    outlook = make_outlook()
    table = outlook.assessment.table.copy(deep=True)
    table["tier"].values[:] = 0
    calm = make_outlook(assessment=replace(outlook.assessment, table=table))
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    assert write_letters(Staging(tmp_path), calm, scenario, Ledger(), lambda _part: None) == {}
    assert "<entry>" not in (tmp_path / "letters" / "feed.xml").read_text(encoding="utf-8")


def test_one_bad_county_never_stops_the_others_of_a_run(tmp_path: Path) -> None:
    import shapely

    outlook = make_outlook()
    bad = replace(outlook.assessment.regions[0], geometry=shapely.Polygon())
    regions = (bad, *outlook.assessment.regions[1:])
    ledger = Ledger()
    links = write_letters(
        Staging(tmp_path), make_outlook(assessment=replace(outlook.assessment, regions=regions)),
        read_scenario(bundled("scenarios/in-fa-2021.toml")), ledger, lambda _part: None,
    )  # fmt: skip
    assert {"330903", "330921", "330922"} <= set(links)
    assert all(set(links[code]) >= {"PDF", "DOCX", "CAP"} for code in ("330903", "330921", "330922"))
    assert any("330902" in problem.where for problem in ledger.problems)
    # an outline that cannot be drawn costs the map, not the warning
    assert {"PDF", "DOCX"} <= set(links["330902"]) & set(links["3309"])
    assert "综合风险五色图" not in words(tmp_path / links["330902"]["PDF"])
    assert (
        parse_draft((tmp_path / "letters" / "330902" / "letter.json").read_text(encoding="utf-8")).map_svg
        == ""
    )
