"""A copy of the cockpit: every screen below a region, past instants counted once and alike, a folder that is whole or not there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evac import cli
from evac.cockpit.copying import gather_screens, home_of, write_copy
from evac.reporting import region_names
from evac.situation.document import plain
from evac.situation.gather import gather
from evac.situation.office_records import OfficeRecords
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import ConfigError, DataError
from riskmap.products.table import assessment_json
from tests.evac.web.town import SCHOOL, VAULT, fill, people
from tests.factories import make_assessment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("county")
    store = SQLiteStore(made / "county.sqlite", vault=VAULT)
    fill(store, people())
    store.close()
    (made / "run").mkdir()
    issued = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    (made / "run" / "assessment.json").write_text(
        assessment_json(make_assessment(9, issued_at=issued)), encoding="utf-8"
    )
    return made


@pytest.fixture
def office(folder: Path) -> OfficeRecords:
    return OfficeRecords(run=folder / "run", names=region_names())


def test_home_is_what_everything_lies_in(folder: Path, office: OfficeRecords) -> None:
    store = SQLiteStore(folder / "county.sqlite", read_only=True)
    assert home_of(store, office) == "33"
    assert home_of(store, OfficeRecords()) == "330902"
    store.close()
    with pytest.raises(DataError, match="--region"):
        home_of(MemoryStore(), OfficeRecords())


def test_every_level_has_its_screens_and_rows_lead_to_them(folder: Path, office: OfficeRecords) -> None:
    store = SQLiteStore(folder / "county.sqlite", read_only=True)
    screens = gather_screens(store, office, "33", at=datetime.now(UTC))
    shallow = gather_screens(store, office, "33", at=datetime.now(UTC), down_to="city")
    store.close()
    levels = {one.place.level for one in screens.found.values()}
    assert levels == {"province", "city", "county", "town", "shelter"}
    assert {"33", "3309", "3308", "330902", "330802", "330902001", SCHOOL} <= set(screens.found)
    assert {one.place.level for one in shallow.found.values()} == {"province", "city"}
    total = screens.found["33"].head_count
    assert total is not None
    assert total.figures["due"] == len(people())
    assert set(screens.drawn) >= {"33", "3309", "330902"}
    assert not set(screens.drawn) - set(screens.found)


def test_a_past_instant_counted_once_is_what_each_screen_counts_itself(
    folder: Path, office: OfficeRecords
) -> None:
    store = SQLiteStore(folder / "county.sqlite", read_only=True)
    at = datetime.now(UTC) - timedelta(minutes=30)
    screens = gather_screens(store, office, "3309", at=at, replay=True)
    for code, one in screens.found.items():
        if one.place.level == "shelter":
            continue
        own = gather(store, code, office=office, at=at, replay=True)
        assert plain(one.head_count) == plain(own.head_count)
        assert [(r.code, r.due, r.moved) for r in one.rows] == [(r.code, r.due, r.moved) for r in own.rows]
        assert plain(one.alarms) == plain(own.alarms)
    store.close()


def test_a_folder_is_whole_or_not_there(
    folder: Path, office: OfficeRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screens = gather_screens(None, office, "33", at=datetime.now(UTC))
    page = write_copy(tmp_path / "copy", screens)
    record = json.loads((tmp_path / "copy" / "cockpit.json").read_text(encoding="utf-8"))
    assert record["home"] == "33"
    assert sorted(p.name for p in page.parent.iterdir()) == ["cockpit.json", "index.html"]
    with pytest.raises(ConfigError, match="already there"):
        write_copy(tmp_path / "copy", screens)
    before = page.read_bytes()
    monkeypatch.setattr("evac.cockpit.copying.build_copy", _full)
    with pytest.raises(OSError, match="No space"):
        write_copy(tmp_path / "copy", screens, replacing=True)
    assert page.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["copy"]


def _full(*_: object, **__: object) -> str:
    raise OSError(28, "No space left on device")


def call(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_command(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["cockpit", str(out), "--registry", str(folder / "county.sqlite"), "--from", str(folder / "run")]
    assert call(*words) == 0
    told = capsys.readouterr()
    assert told.out.startswith("浙江省: ")
    assert "公文" in told.err
    assert "演练" in (out / "index.html").read_text(encoding="utf-8")
    assert call(*words) == 2
    assert "already there" in capsys.readouterr().err
    since = (datetime.now(UTC) + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M")
    assert call(*words, "--replace", "--region", "330902", "--since", since) == 0
    assert capsys.readouterr().out.startswith("定海区: ")
    assert call("cockpit", str(tmp_path / "x")) == 2
    assert "--registry" in capsys.readouterr().err
    assert call("cockpit", str(tmp_path / "x"), "--from", str(tmp_path / "none")) == 3
    assert not (tmp_path / "x").exists()
