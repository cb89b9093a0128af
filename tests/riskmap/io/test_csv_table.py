"""Text and CSV files: whatever is wrong is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from riskmap.errors import DataError, SourceError
from riskmap.io.csv_table import read_csv_table, read_text


def written(folder: Path, raw: bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    "raw",
    [
        "名称,值\n".encode(),
        "名称,值\n".encode("utf-8-sig"),
        "名称,值\n".encode("gb18030"),
        gzip.compress("名称,值\n".encode(), mtime=0),
    ],
    ids=["utf-8", "utf-8 with mark", "gb18030", "gzip"],
)
def test_encodings(tmp_path: Path, raw: bytes) -> None:
    assert read_text(written(tmp_path, raw)) == "名称,值\n"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"CDF\x01rest", "netCDF"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"abc\x00def", "binary"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6], "gzip file is broken"),
        (b"\x1f\x8bnonsense", "gzip file is broken"),
        (b"caf\xe9 \xff\xff\xff", "encoding is unknown"),
    ],
)
def test_what_is_no_text(tmp_path: Path, raw: bytes, words: str) -> None:
    path = written(tmp_path, raw)
    with pytest.raises(SourceError, match=words) as caught:
        read_text(path)
    assert str(path) in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(SourceError, match="could not be read"):
            read_text(path)


def test_cells_and_lines(tmp_path: Path) -> None:
    table = read_csv_table(written(tmp_path, b'a,b\n\n1, x \n"two\nlines",3\n4\n'), required=("a",))
    assert [line for line, _ in table.rows] == [3, 5, 6]
    assert table.number(table.rows[0], 0) == 1
    assert table.text(table.rows[0], 1) == "x"
    assert table.text(table.rows[2], 1) == ""
    with pytest.raises(DataError, match=r"line 3, column b: not a number.*'x'"):
        table.number(table.rows[0], 1)


def test_infinity_is_not_a_number(tmp_path: Path) -> None:
    table = read_csv_table(written(tmp_path, b"a\ninf\n"))
    with pytest.raises(DataError, match="not a number"):
        table.number(table.rows[0], 0)


def test_missing_column_suggests_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, b"LATITUDE,WMO_WND\n1,2\n")
    with pytest.raises(DataError, match=r"missing column.*WMO_WIND.*wmo_wnd\?"):
        read_csv_table(path, required=("WMO_WIND",))


def test_no_rows_and_no_csv(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row below the header"):
        read_csv_table(written(tmp_path, b"a,b\n"))
    with pytest.raises(DataError, match="not a CSV file"):
        read_csv_table(written(tmp_path, b"a,b\n1," + b"x" * 140_000 + b"\n"))
