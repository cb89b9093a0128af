"""A village's plan is checked at the door: every mistake has its file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskmap.cli import app
from riskmap.errors import ConfigError, DatumError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.gcj02 import to_gcj02
from riskmap.io.village_file import read_village

EXAMPLE = bundled("villages/example_sheet.toml").read_text(encoding="utf-8")


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = EXAMPLE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "village.toml").write_text(text, encoding="utf-8")
    return folder / "village.toml"


def test_the_example_is_read(tmp_path: Path) -> None:
    village = read_village(changed(tmp_path))
    assert village.example
    assert [area.people for area in village.danger] == [31, 14, 19]
    assert len(village.positions) == 5 + 4 + 1 + 2 + 4 + 3


def test_gcj02_comes_back_as_wgs84(tmp_path: Path) -> None:
    east, north = (float(v) for v in to_gcj02(122.0390, 30.0432))
    moved = read_village(
        changed(
            tmp_path,
            ('datum = "wgs84"', 'datum = "gcj02"'),
            ("at = [122.0390, 30.0432]", f"at = [{east}, {north}]"),
        )
    )
    assert moved.datum == "wgs84"
    assert moved.danger[2].at == pytest.approx((122.0390, 30.0432), abs=1e-5)
    assert moved.danger[0].outline[0] != (122.0312, 30.0461)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([('name = "示例村"\n', "")], r"key name.*a key is missing"),
        ([('township = "示例镇"', 'town = "示例镇"')], r"key (town|township)"),
        ([('kind = "landslide"', 'kind = "mud"')], r"danger\.1\.kind"),
        (
            [('code = "330902999201"', 'code = "330902"')],
            r"line 4, key code: not a village's code.*12 digits",
        ),
        ([('start = "后山切坡"', 'start = "前山"')], r"route\.start.*前山"),
        ([('shelter = "示例小学"\nmanner', 'shelter = "别处"\nmanner')], r"danger\.shelter.*别处"),
        ([('name = "示例小学"', 'name = "村文化礼堂"')], r"shelter comes twice"),
        ([("at = [122.0390, 30.0432]", "at = [30.0432, 122.0390]")], r"longitude that is no village's"),
        ([("at = [122.0390, 30.0432]", "at = [121.0390, 30.0432]")], r"within 0.3 degrees"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, pairs: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_village(changed(tmp_path, *pairs))


def test_positions_without_a_datum_are_refused_and_no_positions_need_none(tmp_path: Path) -> None:
    without = (
        'datum = "wgs84"                # wgs84, cgcs2000 or gcj02 (converted); needed as soon as there is a position\n',
        "",
    )
    with pytest.raises(DatumError, match=r"without their datum.*gcj02"):
        read_village(changed(tmp_path, without))
    bare = "\n".join(
        line for line in EXAMPLE.splitlines() if not line.startswith(("outline", "at =", "line =", "datum"))
    )
    (tmp_path / "bare.toml").write_text(bare, encoding="utf-8")
    assert read_village(tmp_path / "bare.toml").positions == ()


def test_the_command_writes_one_pdf(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["village-sheet", str(changed(tmp_path)), "--out", str(tmp_path / "v.pdf")]
    )
    assert done.exit_code == 0, done.output
    assert done.output.strip() == str(tmp_path / "v.pdf")
    assert (tmp_path / "v.pdf").read_bytes()[:5] == b"%PDF-"


def test_the_command_names_a_missing_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["village-sheet", str(tmp_path / "none.toml"), "--out", str(tmp_path / "v.pdf")]
    )
    assert isinstance(done.exception, SourceError)
    assert list(tmp_path.iterdir()) == []
