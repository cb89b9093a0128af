"""`evac situation` from the command line, on a real registry, a real log and a published run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evac import cli
from evac.situation.printing import RECORD
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_documents import SQLiteDocumentLog
from tests.evac.orders.office import issued
from tests.evac.situation.scene import published
from tests.evac.world import make_world


@pytest.fixture
def here(tmp_path: Path) -> tuple[str, ...]:
    store = SQLiteStore(tmp_path / "county.sqlite")
    make_world(6, size=40, store=store)
    store.close()
    log = SQLiteDocumentLog(tmp_path / "documents.sqlite")
    issued(log)
    log.close()
    return (
        "--registry", str(tmp_path / "county.sqlite"), "--documents", str(tmp_path / "documents.sqlite"), "--from",
        str(published(tmp_path)),
    )  # fmt: skip


def evac(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_screen_in_words_and_whole(here: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert evac("situation", "show", "330902", *here) == 0
    told = capsys.readouterr().out
    assert told.startswith("演练 浙江省 › 舟山市 › 定海区 态势")
    assert "应转移" in told
    assert "未接入备勤核查" in told
    assert evac("situation", "show", "330902", *here, "--json", "--at", "2021-07-24T20:00") == 0
    one = json.loads(capsys.readouterr().out)
    assert one["at"] == "2021-07-24T20:00:00+08:00"
    assert f"应转移 {one['head_count']['figures']['due']:,}" != told


@pytest.mark.slow
def test_the_sheet_from_the_logs_and_from_the_last_shift(
    here: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    since = ("--since", "2021-07-24T13:00")
    assert evac("situation", "handover", "330902", *since, *here, "--at", "2021-07-25T18:00") == 0
    from_logs = capsys.readouterr().out
    assert "交接班单 定海区" in from_logs
    assert "未应答 1 件:定海区防汛防台抗旱指挥部" in from_logs
    assert evac("situation", "show", "330902", *here, "--json", "--at", "2021-07-24T13:00") == 0
    (tmp_path / "early.json").write_text(capsys.readouterr().out, encoding="utf-8")
    before = ("--before", str(tmp_path / "early.json"))
    assert evac("situation", "handover", "330902", *before, *here, "--at", "2021-07-25T18:00") == 0
    assert capsys.readouterr().out == from_logs
    assert evac("situation", "handover", "330903", *before, *here) != 0
    assert "of another place" in capsys.readouterr().err
    assert evac("situation", "handover", "330902", *here) != 0
    assert "--since or --before" in capsys.readouterr().err


def test_the_report_and_the_one_after_it(here: tuple[str, ...], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert evac("situation", "report", "330902", *here, "--out", str(out), "--format", "docx,xlsx") == 0
    assert sorted(p.name for p in out.iterdir()) == ["situation.docx", "situation.json", "situation.xlsx"]
    assert json.loads((out / RECORD).read_text())["handover"] is None
    assert evac("situation", "report", "330902", *here, "--out", str(out), "--format", "xlsx") == 0
    assert "无变化" in (out / "handover.txt").read_text()
    # a report of another place is replaced, and compared with nothing
    assert evac("situation", "report", "330903", *here, "--out", str(out), "--format", "xlsx") == 0
    assert not (out / "handover.txt").exists()


def test_a_schedule_goes_on_after_a_round_that_failed(
    here: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, registry = tmp_path / "out", tmp_path / "county.sqlite"
    rounds: list[int] = []

    def sleep(seconds: float) -> None:
        rounds.append(int(seconds))
        if len(rounds) == 1:
            registry.rename(tmp_path / "away.sqlite")
        elif len(rounds) == 2:
            assert (out / "situation.xlsx").is_file()  # the report before stays
            (tmp_path / "away.sqlite").rename(registry)
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr("evac.commands.situation.time.sleep", sleep)
    assert (
        evac("situation", "report", "330902", *here, "--out", str(out), "--format", "xlsx", "--every", "30")
        == 0
    )
    assert rounds == [1800, 1800, 1800]
    told = capsys.readouterr()
    assert told.out.count(str(out)) == 2
    assert "evac: " in told.err


def test_a_report_that_was_made_is_written_down(
    here: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    registry = ("--registry", here[1])
    said = ("--kind", "first_report", "--number", "定应急〔2021〕3号", "--actor", "王五")
    assert evac("situation", "reported", "330902", *said, *registry) == 0
    assert "首报 已登记" in capsys.readouterr().out
    assert evac("situation", "show", "330902", *here, "--json") == 0
    clocks = json.loads(capsys.readouterr().out)["report_clocks"]
    assert [one["reported"][0][2] for one in clocks] == ["定应急〔2021〕3号"]
    assert evac("situation", "reported", "3309", *said, *registry) != 0
    assert "a county of 6 digits" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("show", "330902"), "nothing to gather from"),
        (("show", "S9", "--registry", "REGISTRY"), "neither a region nor a shelter"),
        (("show", "330902", "--registry", "none.sqlite"), "none.sqlite"),
        (("show", "330902", "--documents", "none.sqlite"), "no document was signed here"),
        (
            ("show", "330902", "--registry", "REGISTRY", "--responses", "none.sqlite"),
            "no response was ever started here",
        ),
        (("show", "330902", "--registry", "REGISTRY", "--at", "today"), "not an instant"),
        (
            ("report", "330902", "--registry", "REGISTRY", "--every", "5", "--at", "2021-07-25T12:00"),
            "no past",
        ),
        (("report", "330902", "--registry", "REGISTRY", "--format", "doc"), "no such format"),
    ],
)
def test_bad_input_is_told(
    given: tuple[str, ...], told: str, here: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert evac("situation", *(here[1] if word == "REGISTRY" else word for word in given)) != 0
    assert told in capsys.readouterr().err
    assert not (tmp_path / "situation").exists()
