"""The cockpit's page: old browsers read it, nothing is loaded from elsewhere, no text becomes markup, the copy holds every screen."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib

import pytest

from evac.cockpit.frozen import build_copy
from evac.cockpit.shell import LIVE_POLICY, live_files, script, style
from evac.orders.deadlines import CLOCKS
from evac.orders.rules import bundled_rules
from evac.orders.tasks import Stage
from evac.situation.alarms import WORDS
from riskmap.palette import Palette
from riskmap.products.documents.types import bundled_types
from riskmap.scale import NO_DATA_COLOUR, Tier
from tests.evac.cockpit.screens import drawings, screens, texts
from tests.old_browsers import newer_than_chrome_80


@pytest.fixture(scope="module")
def page() -> str:
    return build_copy(texts(screens(evil=True)), drawings(), home="33", links={"hours.html": "逐时<回放>"})


def test_old_browsers_read_the_program() -> None:
    assert newer_than_chrome_80(script()) == []


def test_every_alarm_document_deadline_stage_and_rung_has_english() -> None:
    def told(name: str) -> str:
        found = re.search(rf"const {name} = {{\n(.*?)\n}};", script(), re.DOTALL)
        assert found
        return found[1]

    for name, keys in (("ALARMS", WORDS), ("DOCUMENTS", bundled_types()), ("DUE", CLOCKS)):
        assert set(keys) <= set(re.findall(r"(\w+): \"", told(name))), name
    stages = {stage.chinese for stage in Stage}
    rungs = {rung.chinese for rung in bundled_rules().rungs}
    assert stages | rungs <= set(re.findall(r"\"(\w+)\": ", told("SAID")))


def test_no_text_can_become_markup_and_nothing_outlives_the_window() -> None:
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "localStorage",
        "cookie",
        ".style =",
    ):
        assert word not in script(), word
    assert not re.search(r'setAttribute\("(?:style|on)', script())


def test_the_live_page_is_three_files_with_nothing_inline() -> None:
    found = live_files()
    assert set(found) == {"", "cockpit.css", "cockpit.js"}
    html = found[""][1].decode()
    assert "{{" not in html
    assert re.findall(r"<script[^>]*>", html) == ['<script src="cockpit.js" defer>']
    assert "<style" not in html
    assert not re.search(r"\son\w+=|style=|https?:", html)
    assert "unsafe" not in LIVE_POLICY
    assert sum(len(content) for _, content in found.values()) < 120_000


def test_the_copy_forbids_every_connection_and_knows_its_own_text_by_digest(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    assert "connect-src" not in policy[1]
    for text in (style(), script()):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1]
        assert text in page
    assert "逐时&lt;回放&gt;" in page


def test_the_copy_holds_every_screen_as_it_was(page: str) -> None:
    wanted = {f"screen-{code}": text for code, text in texts(screens(evil=True)).items()}
    wanted |= {
        f"outlines-{code}": json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))
        for code, drawn in drawings().items()
    }
    found = {}
    for identity, size, content in re.findall(
        r'<script type="text/plain" id="([^"]+)" data-size="(\d+)">([^<]*)</script>', page
    ):
        raw = zlib.decompress(base64.b64decode(content), -15)
        assert len(raw) == int(size)
        found[identity] = raw.decode()
    assert found == wanted
    assert "onerror=" not in page.replace(script(), "")


def test_an_id_of_a_shelter_cannot_break_out_of_its_block() -> None:
    nasty = 'S"><script>x</script>'
    page = build_copy({nasty: "{}"}, {}, home=nasty)
    assert page.count("<script>") == 1
    assert "</script>x" not in page


def test_colours_are_those_of_every_other_product() -> None:
    for tier in Tier:
        assert (
            f".tier{int(tier)} {{ fill: {tier.colour.lower()}; background: {tier.colour.lower()}; }}"
            in style()
        )
    assert f".tier-1 {{ fill: {NO_DATA_COLOUR.lower()}; background: {NO_DATA_COLOUR.lower()}; }}" in style()
    assert Palette().note is None or "黄" in "".join(Palette().note)
