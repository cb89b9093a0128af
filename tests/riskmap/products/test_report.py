"""Report and front page: everything linked, nothing loaded, names escaped, no timing inside."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from riskmap.products.report import build_index, build_report, with_cockpit
from riskmap.scale import DISCLAIMER
from tests.riskmap.products.letter_outlook import MARKS, make_outlook, small_assessment

RUN = {
    "counts": {"forecast": {"combined": {"red": 2, "orange": 2, "green": 1, "no_data": 1}}, "hindcast": {}},
    "inputs": [{"key": "track.file", "file": "<track>.txt", "sha256": "ab" * 32}],
    "versions": {"riskmap": "0.1.0"},
    "problems": [{"where": "letter 330903 (DOCX)", "what": "disk <full>"}],
    "landfall_at": {"forecast": "2021-07-25 12:30", "hindcast": None},
    "seed": 7,
    "timings": {"steps": [{"step": "wind", "seconds": 12.345}]},
}


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a":
            self.links.append(given["href"])
        if given.get("src") or tag in ("script", "link", "img", "object"):
            self.loads.append(f"{tag} {given.get('src') or given.get('href')}")

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def report() -> str:
    return build_report(RUN, make_outlook())


@pytest.fixture(scope="module")
def index() -> str:
    return build_index(RUN, make_outlook())


def test_report_loads_nothing_and_index_the_map_alone(report, index):
    assert Page(report).loads == []
    assert Page(index).loads == ["iframe map.html"]
    for page in (report, index):
        assert "Content-Security-Policy" in page
        assert not re.search(r"https?://", page)


def test_everything_is_linked(report, index):
    shared = {"map.html", "hindcast/map.html", "tiers.csv", "assessment.json", "surge.csv", "run.json"}
    assert shared <= set(Page(report).links)
    assert shared | {"report.html"} <= set(Page(index).links)
    for code in ("3309", "330902"):
        for file in ("letter.pdf", "letter.docx", "cap.xml"):
            assert f"letters/{code}/{file}" in Page(report).links
            assert f"letters/{code}/{file}" in Page(index).links


def test_what_was_left_out_is_not_linked(index):
    assert "letters/330903/letter.docx" not in Page(index).links
    assert "letters/330903/letter.pdf" in Page(index).links
    without = build_index({"problems": [{"where": "letters (PDF)", "what": "x"}]}, make_outlook(surge=None))
    assert not any(link.endswith(".pdf") for link in Page(without).links)
    assert "hindcast/map.html" not in Page(without).links
    assert "surge.csv" not in Page(without).links


def test_letters_can_be_given():
    page = build_index(RUN, make_outlook(), letters={"330902": {"PDF": "x/y.pdf", "TXT": "x/y.txt"}})
    assert [link for link in Page(page).links if link.startswith(("x/", "letters/"))] == [
        "x/y.pdf",
        "x/y.txt",
    ]
    none = build_index(RUN, make_outlook(), letters={})
    assert "没有县" in none


def test_report_says_inputs_counts_problems_lacking_and_thresholds(report):
    words = " ".join(Page(report).words)
    for needed in (
        "<track>.txt", "ab" * 32, "disk <full>", "风暴潮(高潮位)", "41.5", "domain rule [D]", "2021-07-25 12:30",
        "定海区", "parametric vortex", "起报", DISCLAIMER[0], DISCLAIMER[1], *(m[0] for m in MARKS),
    ):  # fmt: skip
        assert needed in words, needed


def test_an_invented_register_is_called_one_wherever_it_is_counted():
    apart = replace(make_outlook(), assessment=replace(make_outlook().assessment, apart=frozenset({"wind"})))
    page = build_report(RUN | {"counts": {"forecast": {"wind": {"red": 3}}}}, apart)
    assert page.count("大风(示例,不计入综合)") == 2  # in the counts, and above its thresholds
    assert "大风(示例" not in build_report(RUN, make_outlook())


def test_marks_and_disclaimer_on_the_front(index):
    words = " ".join(Page(index).words)
    assert DISCLAIMER[0] in words
    assert all(mark[0] in words for mark in MARKS)


def test_no_timing_and_the_same_bytes(report, index):
    assert "12.345" not in report
    assert report == build_report(RUN | {"timings": {}}, make_outlook())
    assert index == build_index(RUN | {"timings": {}}, make_outlook())


def test_names_are_escaped():
    assessment = small_assessment()
    evil = replace(assessment.regions[0], name="<script>alert(1)</script>")
    outlook = make_outlook(assessment=replace(assessment, regions=(evil, *assessment.regions[1:])))
    for page in (build_report(RUN, outlook), build_index(RUN, outlook)):
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_cockpit_is_linked_only_after_the_drill(index):
    assert "cockpit/index.html" not in Page(index).links
    after = with_cockpit(index)
    assert "cockpit/index.html" in Page(after).links
    assert after == build_index(RUN, make_outlook(), cockpit=True) == with_cockpit(after)


def test_an_empty_record_and_a_calm_day():
    table = small_assessment().table.copy(deep=True)
    table["tier"][:] = 0
    calm = make_outlook(assessment=replace(small_assessment(), table=table), landfall_at=None)
    assert "无。None." in build_report({}, calm)
    assert "No county reaches orange" in build_index({}, calm)
