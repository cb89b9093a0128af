"""`evac people` from list to correction, on one file and one key."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evac.cli import app
from evac.codes import short_code
from evac.event_key import read_vault
from evac.model import State
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from riskmap.errors import ConfigError, DataError, RiskmapError, SourceError
from tests.evac.people_lists import ROWS, csv_bytes

Run = Callable[..., str]
PARTIAL = 5


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command and returns what it printed."""
    key = tmp_path / "2106.key"
    key.write_text(Vault(bytes(range(32))).key.hex() + "\n", encoding="ascii")
    key.chmod(0o600)
    (tmp_path / "村.csv").write_bytes(
        csv_bytes(*ROWS, ROWS[0].replace("11010519491231002X", ""), encoding="gbk")
    )

    def command(name: str, *arguments: str, code: int = 0, typed: str = "") -> str:
        files = ["--registry", str(tmp_path / "r.sqlite"), "--vault", str(key)]
        actor = [] if name in ("report", "duplicates", "blanks", "doubles") else ["--actor", "李四"]
        done = CliRunner().invoke(app, ["people", name, *arguments, *files, *actor], input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    return command


def registry(folder: Path) -> Registry:
    return Registry(SQLiteStore(folder / "r.sqlite", vault=read_vault(folder / "2106.key")))


@pytest.mark.slow
def test_from_a_list_to_a_correction(run: Run, tmp_path: Path) -> None:
    listed = str(tmp_path / "村.csv")
    assert "入册 4" in run("import", listed, "--region", "330902")
    assert "入册 0" in run("import", listed, "--region", "330902")
    assert (tmp_path / "村.csv.report.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "330902001001      4     2" in run("report")
    assert "张*" in run("duplicates")
    opened = registry(tmp_path)
    zhang = [short_code(p.code) for p in opened.store.people() if p.name == "张三"]
    run("merge", *zhang)
    assert "0 对" in run("duplicates")
    run("unmerge", zhang[1])
    run("different", *zhang)
    assert "0 对" in run("duplicates")
    number = "11010519491231002X"
    told = run(
        "correct", zhang[0], "--name", "张珊", "--vulnerability", "残疾", "--ask-number", typed=f"{number}\n"
    )
    assert number[:17] not in told
    people = {p.name: p for p in opened.store.people()}
    assert (people["张珊"].birth_year, people["张珊"].vulnerability) == (1949, ("disabled",))
    assert people["张珊"].identity == read_vault(tmp_path / "2106.key").pseudonym(number)
    opened.store.close()


@pytest.mark.slow
def test_the_door(run: Run, tmp_path: Path) -> None:
    codes = run("blanks", "--county", "330902", "--number", "3", "--batch", "0725").split()
    assert run("blanks", "--county", "330902", "--number", "3", "--batch", "0725").split() == codes
    short = short_code(codes[0])
    door = ("--place", "S12", "--region", "330902001")
    assert "已登记" in run("add", "--code", short, "--name", "王五", *door)
    assert "早已登记" in run("add", "--code", short, "--name", "王五", *door)
    with pytest.raises(RiskmapError, match="somebody else's"):
        run("add", "--code", short, "--name", "赵六", *door)
    run("add", *door)
    opened = registry(tmp_path)
    assert [s.state for s in opened.states.values()] == [State.SHELTERED] * 2
    opened.store.close()
    assert "0 个吊牌" in run("doubles")
    with pytest.raises(RiskmapError, match="not so many persons"):
        run("part", short, codes[1])


def test_refused_rows_are_told_by_the_exit_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "坏.csv").write_bytes(csv_bytes(ROWS[0], "甲、乙,,,,,,,,"))
    told = run("import", str(tmp_path / "坏.csv"), "--region", "330902", "--all-or-nothing", code=PARTIAL)
    assert "nothing was written" in told
    assert "行 3 姓名 未入册: 一格里有几个人" in told
    assert registry(tmp_path).states == {}


def test_a_table_of_regions_is_used(run: Run, tmp_path: Path) -> None:
    (tmp_path / "区划.csv").write_text("code,name\n330902,定海区\n", encoding="utf-8")
    (tmp_path / "外.csv").write_bytes(csv_bytes(ROWS[0].replace("330902001001", "330999001001")))
    told = run("import", str(tmp_path / "外.csv"), "--regions", str(tmp_path / "区划.csv"), code=PARTIAL)
    assert "县代码 330999 不在区划表里" in told
    with pytest.raises(DataError, match="not a table of regions"):
        run("import", str(tmp_path / "外.csv"), "--regions", str(tmp_path / "外.csv"))


@pytest.mark.parametrize("option", [("--region", "33"), ("--category", "怕水")])
def test_wrong_options_are_named(run: Run, tmp_path: Path, option: tuple[str, str]) -> None:
    with pytest.raises(DataError, match=option[0]):
        run("import", str(tmp_path / "村.csv"), *option)


def test_no_registry_and_no_code_are_told(run: Run) -> None:
    with pytest.raises(SourceError, match="no registry"):
        run("duplicates")
    run("blanks", "--county", "330902", "--number", "1")
    with pytest.raises(RiskmapError, match="nobody on this list"):
        run("unmerge", short_code("7" + "A" * 25))


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_key_that_others_can_read_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "2106.key").chmod(0o644)
    with pytest.raises(SourceError, match="others can read this key"):
        run("report")


def test_a_file_without_a_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "x.key"
    path.write_text("not hexadecimal at all", encoding="ascii")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="not a key file") as caught:
        read_vault(path)
    assert "hexadecimal at" not in str(caught.value)
