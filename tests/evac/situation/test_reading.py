"""A document is read back as it was, and nothing that is none is taken for one."""

from __future__ import annotations

import json

import pytest

from evac.situation.document import to_json
from evac.situation.reading import from_json
from riskmap.errors import DataError
from tests.evac.situation.sample import sample_situation


def test_the_sample_is_read_back() -> None:
    assert from_json(to_json(sample_situation())) == sample_situation()


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"}, {"version": 99}, {"at": "yesterday"}, {"rows": {}}, {"exercise": 1}, {"place": {"code": "33"}},
        {"alarms": None}, {"head_count": {"figures": {"due": "many"}}}, {"more": 1},
    ],
)  # fmt: skip
def test_a_damaged_one_is_refused(change: dict) -> None:  # type: ignore[type-arg]
    content = json.loads(to_json(sample_situation())) | change
    with pytest.raises(DataError, match="not a situation"):
        from_json(json.dumps(content))


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_junk_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="not a situation"):
        from_json(text)
