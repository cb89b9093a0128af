"""TOML with line numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskmap.errors import ConfigError, SourceError
from riskmap.io.toml_file import line_of, read_text, read_toml

TEXT = """# a comment
[run]
hours = 48
"issued_at" = 1

[track]
file = "a"

[[metric]]
units = "mm"
[wetness.dry]
rain_1h = 1.1
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("run",), 2), (("run", "hours"), 3), (("run", "issued_at"), 4), (("track", "file"), 7), (("metric",), 9),
        (("wetness", "dry", "rain_1h"), 12), (("wetness", "dry"), 11),
        (("run", "seed"), 2),  # not there: its section's line
        (("grid", "step"), None), (("hours",), None),
    ],
)  # fmt: skip
def test_keys_are_found_by_line(keys: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, keys) == line


def test_content_and_text_come_together(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TEXT)
    content, text = read_toml(tmp_path / "a.toml")
    assert content["run"]["hours"] == 48
    assert text == TEXT


def test_a_byte_order_mark_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfx = 1\n")
    assert read_toml(tmp_path / "a.toml")[0] == {"x": 1}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"gone\.toml: the file cannot be read.*No such file.*check the path"
    ):
        read_text(tmp_path / "gone.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found Is a directory"):
        read_text(tmp_path)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes("名 = 1".encode("gb18030"))
    with pytest.raises(SourceError, match=r"not utf-8.*byte 0 cannot be decoded.*save it as utf-8"):
        read_text(tmp_path / "a.toml")


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[run]\nhours = \n")
    with pytest.raises(ConfigError, match=r"a\.toml: the file is not valid TOML.*line 2.*mend that line"):
        read_toml(tmp_path / "a.toml")
