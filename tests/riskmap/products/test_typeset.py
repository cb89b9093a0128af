"""One compiler, named fonts, the same bytes for the same arguments."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest

from riskmap.errors import ConfigError, DataError, MissingExtraError, SourceError
from riskmap.io.font_coverage import characters_of
from riskmap.products import typeset
from riskmap.products.typeset import (
    FontSet,
    bundled_fonts,
    compile_pdf,
    compile_png,
    own_fonts,
    rare_in,
    svg_png,
    without_glyph,
)

CREATED_AT = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
SOURCE = """
#let d = json(bytes(sys.inputs.data))
#let fonts = json(bytes(sys.inputs.fonts))
#set text(font: fonts.serif)
#d.words
#image(bytes(d.picture), format: "svg", width: 20mm)
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#C8102E"/></svg>'
DATA = {"words": "烟花", "picture": PICTURE}


def test_words_and_picture_are_in_the_pdf():
    pdf = pypdfium2.PdfDocument(BytesIO(compile_pdf(SOURCE, DATA, created_at=CREATED_AT)))
    assert "烟花" in pdf[0].get_textpage().get_text_range()


def test_same_arguments_same_bytes_and_another_date_other_bytes():
    first = compile_pdf(SOURCE, DATA, created_at=CREATED_AT)
    assert first == compile_pdf(SOURCE, DATA, created_at=CREATED_AT)
    assert first != compile_pdf(SOURCE, DATA, created_at=CREATED_AT.replace(day=25))
    assert b"pdfaid:part>2<" in first
    assert b"2021-07-24" in first


def test_png_has_the_size_asked_for():
    png = svg_png(PICTURE, width=25.4, created_at=CREATED_AT)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 150
    pages = compile_png(
        "#set page(width: 1in, height: 1in)\nA#pagebreak()B", {}, created_at=CREATED_AT, ppi=50
    )
    assert [int.from_bytes(p[16:20], "big") for p in pages] == [50, 50]


def test_a_missing_family_is_named():
    with pytest.raises(ConfigError, match="FangSong"):
        compile_pdf(SOURCE, DATA, created_at=CREATED_AT, fonts=FontSet(bundled_fonts().folders, "FangSong"))


def test_a_missing_family_in_the_source_is_named():
    with pytest.raises(ConfigError, match="kaiti"):
        compile_pdf('#set text(font: "KaiTi")\nA', {}, created_at=CREATED_AT)


def test_a_bureaus_own_folder_comes_first(tmp_path):
    fonts = own_fonts(tmp_path, sans="Noto Serif SC")
    assert fonts.folders[0] == tmp_path
    assert (fonts.serif, fonts.sans) == ("Noto Serif SC", "Noto Serif SC")
    assert compile_pdf(SOURCE, DATA, created_at=CREATED_AT, fonts=fonts)
    with pytest.raises(SourceError, match="font folder"):
        own_fonts(tmp_path / "none")


def test_the_families_of_a_bureaus_folder_are_found(tmp_path, monkeypatch):
    own = own_fonts(bundled_fonts().folders[0])  # the bundled folder, as if it were a bureau's
    assert (own.serif, own.sans) == ("Noto Serif SC", "Noto Sans SC")
    monkeypatch.setattr(typeset, "_families", lambda _folder: {"fangsong", "arial"})
    assert (own_fonts(tmp_path).serif, own_fonts(tmp_path).sans) == ("FangSong", "Noto Sans SC")
    monkeypatch.setattr(typeset, "_families", lambda _folder: {"arial"})
    with pytest.raises(ConfigError, match=r"FangSong_GB2312.*found arial"):
        own_fonts(tmp_path)


def test_a_wrong_source_says_what():
    with pytest.raises(ConfigError, match="unknown variable: nothing"):
        compile_pdf("#nothing", {}, created_at=CREATED_AT)


def test_time_zone_and_json_are_asked_for():
    with pytest.raises(DataError, match="time zone"):
        compile_pdf("A", {}, created_at=datetime(2021, 7, 24))  # noqa: DTZ001
    with pytest.raises(DataError, match="JSON"):
        compile_pdf("A", {"x": float("nan")}, created_at=CREATED_AT)


@pytest.mark.parametrize("module", ["typst", "pylopdf_fonts_zh_cn"])
def test_without_the_extra_the_remedy_is_named(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    typeset._held.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'riskmap\[letters\]'"):
        compile_pdf("A", {}, created_at=CREATED_AT)


def test_characters_that_no_font_has_are_set_as_a_mark() -> None:
    source = '#let data = json(bytes(sys.inputs.data))\n#set text(font: "Noto Sans SC")\n#data.t'
    at = datetime(2021, 7, 25, tzinfo=UTC)
    odd = compile_pdf(source, {"t": "𠮷田\ud800\x07 \\u0007 👨\u200d👩\ufe0f \U0010fffe ไทยั"}, created_at=at)
    plain = compile_pdf(source, {"t": "〓田〓〓 \\u0007 〓\u200d〓\ufe0f 〓 〓〓〓〓"}, created_at=at)
    assert odd == plain
    assert without_glyph("𠮷田😀\u200b\ufe0f") == "😀𠮷"


def test_which_characters_of_which_words_no_font_has() -> None:
    data = {
        "a": "张三",
        "b": ["李𠮷", {"c": "x" * 40 + "𠮷\n😀尾"}],
        "n": 3,
        "none": None,
        "svg": "<svg>𡃁</svg>",
    }
    assert rare_in(data).count(" of ") == 2
    assert "😀 (U+1F600) of xxxxxx𠮷 😀尾" in rare_in(data)
    assert "𠮷 (U+20BB7) of 李𠮷" in rare_in(data)
    assert "𡃁" not in rare_in(data)
    assert rare_in({"a": "张三", "b": [1, None, True]}) == ""


def test_the_fonts_own_table_is_read(tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    (folder,) = bundled_fonts().folders
    has = characters_of((folder,))
    for path in folder.glob("*.otf"):
        assert set(TTFont(path)["cmap"].getBestCmap()) <= has
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0" + b"\xff" * 40)
    (tmp_path / "empty.otf").touch()
    assert characters_of((tmp_path,)) == frozenset()


def test_compilers_that_nobody_uses_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[FontSet, list[object]] = {}
    monkeypatch.setattr(typeset, "_FREE", kept)
    monkeypatch.setattr(typeset, "_held", lambda fonts: fonts)
    monkeypatch.setattr(typeset, "_typst", lambda: SimpleNamespace(Compiler=lambda **_: object()))
    with ExitStack() as busy:
        taken = {busy.enter_context(typeset._compiler(FontSet((Path("a"),)))) for _ in range(9)}
    assert len(taken) == 9
    (free,) = kept.values()
    assert 1 <= len(free) < 9
    with typeset._compiler(FontSet((Path("a"),))) as again:
        assert again in taken
    for n in range(9):
        with typeset._compiler(FontSet((Path(str(n)),))):
            pass
    assert len(kept) < 9
    assert FontSet((Path("8"),)) in kept
