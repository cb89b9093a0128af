"""The pages on privacy name tests that are there, and steps of the law by their words."""

from __future__ import annotations

import re

import pytest

from evac.privacy.destroy import Destruction
from tests.contracts.tree import ROOT

PAGES = ROOT / "docs" / "privacy"
TESTS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
NAMED = re.findall(
    r"`(?:[\w/]*/)?(test_\w+\.py)(?:::(test_\w+))?", (PAGES / "threat_model.md").read_text(encoding="utf-8")
)


def test_there_are_tests_named() -> None:
    assert len(NAMED) > 15


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_each_test_that_the_threat_model_names_is_there(file: str, name: str) -> None:
    assert file in TESTS
    assert f"def {name}" in TESTS[file]


def test_the_assessment_answers_the_three_questions_of_article_56() -> None:
    text = (PAGES / "impact_assessment.md").read_text(encoding="utf-8")
    for words in (
        "第五十五条",
        "第五十六条",
        "合法、正当、必要",
        "对个人权益的影响及安全风险",
        "与风险相适应",
        "三年",
    ):
        assert words in text


def test_the_page_on_destroying_tells_every_step_that_the_command_tells() -> None:
    text = (PAGES / "destroying_an_event.md").read_text(encoding="utf-8")
    assert Destruction.__doc__
    for step in ("statistics", "keys", "purged", "certified", "written"):
        assert f"· {step}" in text
