"""Documents of a response say what was decided, and not what somebody typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from evac.errors import ConflictError
from evac.response.events import Ended, Lowered, Released
from evac.response.levels import Level
from evac.response.papers import paper_entries
from evac.response.standing import Response, fold
from riskmap.products.documents.types import bundled_types
from tests.evac.commands.test_response import WHO, run
from tests.evac.orders.test_proof import published
from tests.evac.response.test_standing import INFA, KEY, record

__all__ = ["published"]


def test_in_force_a_notice_with_level_and_time_of_the_decision() -> None:
    assert paper_entries(fold(INFA[:4])[KEY]) == (
        "response_notice", {"response_level": "Ⅰ级", "response_from": "2021-07-24 12:00"}
    )  # fmt: skip
    assert paper_entries(fold(INFA[:5])[KEY], quoted_signal="省气象台")[1]["quoted_signal"] == "省气象台"


def test_after_the_end_an_ending_that_forgets_nobody() -> None:
    kind, entries = paper_entries(fold([*INFA[:5], record(Ended, 90)])[KEY])
    assert (kind, entries["response_level"], entries["open_transfers"]) == ("response_end", "Ⅱ级", "")
    released = fold([*INFA[:5], record(Released, 80), record(Ended, 90)])[KEY]
    assert paper_entries(released)[1]["open_transfers"] == "无"
    assert (
        paper_entries(fold([*INFA[:5], record(Ended, 90)])[KEY], open_transfers="2个村")[1]["open_transfers"]
        == "2个村"
    )


def test_the_entries_are_those_of_the_types() -> None:
    for response in (fold(INFA[:4])[KEY], fold(INFA)[KEY]):
        kind, entries = paper_entries(response, quoted_signal="x")
        assert set(entries) <= {entry.id for entry in bundled_types()[kind].entries}


def test_where_nothing_was_started_there_is_no_document() -> None:
    with pytest.raises(ConflictError, match="ever started"):
        paper_entries(Response(KEY))
    void = fold([record(Lowered, 0, Level.IV)])[KEY]
    with pytest.raises(ConflictError, match="ever started"):
        paper_entries(void)


def test_by_command(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(published, tmp_path / "run"))
    store = ("--store", tmp_path / "r.sqlite")
    run(
        capsys,
        "response",
        "start",
        "--region",
        "330902",
        "--level",
        "II",
        *WHO,
        *store,
        "--at",
        "2021-07-24T12:00",
    )
    told = run(
        capsys,
        "response",
        "paper",
        "--region",
        "330902",
        "--event",
        "2106",
        "--exercise",
        "--from",
        folder,
        *store,
    )
    assert "--type response_notice" in told
    fields = json.loads((folder / "letters/330902/response_notice.json").read_text(encoding="utf-8"))[
        "fields"
    ]
    assert dict(fields["entries"])["response_level"] == "Ⅱ级"
    assert dict(fields["entries"])["response_from"] == "2021-07-24 12:00"
