"""The review from the logs alone: the same bytes, no names, small counts hidden, and what is unknown is said."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evac.model import State
from evac.orders.desk import Desk
from evac.orders.events import parse
from evac.orders.offices import Ladder, Office
from evac.registry import Registry
from evac.response.events import Started
from evac.response.levels import Level
from evac.returning.closing import close_event
from evac.returning.release import carry_out
from evac.review.account import Sources, newest, review_event
from evac.review.forecast import observed_rows, verified
from evac.review.loop import answers, quantile
from evac.review.paper import content
from evac.review.people import PlannedHouse
from evac.store.memory import MemoryStore
from evac.store.memory_documents import MemoryDocumentLog
from evac.store.sqlite import SQLiteStore
from riskmap.errors import DataError
from tests.evac.commands.test_response import run
from tests.evac.orders.office import CITY, COUNTY, SIGNED_AT, issued
from tests.evac.returning.town import OVER, VILLAGE, at, given, moved, villagers
from tests.evac.world import Clerk
from tests.factories import make_assessment


def lived(store: Any) -> Registry:
    """33 people moved, most released, some home, one who left."""
    registry = moved(store, villagers(33), Clerk())
    clerk = Clerk(5000)
    first = sorted(registry.states)[0]
    registry.check_ins([clerk.event("left", 300, code=first)], received_at=at(6))
    carry_out(registry, given(), OVER, now=at(48))
    codes = [c for c, s in sorted(registry.states.items()) if s.state is State.RETURN_ALLOWED]
    registry.check_ins(
        [clerk.event("returned", 49 * 60, code=c, place=VILLAGE) for c in codes], received_at=at(60)
    )
    return registry


def documents() -> list[tuple[Any, Any]]:
    log = MemoryDocumentLog()
    number = issued(log)
    Desk(log).received(
        number, receiver=COUNTY, person="李四", by="值班员", at=SIGNED_AT + timedelta(minutes=7)
    )
    return [(parse(entry.body), entry.received_at) for entry in log.after(0)]


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources(
        lived(MemoryStore()).store, documents(),
        [Started(id="a", event="2106", region="33", of="typhoon", exercise=True, at=at(-3), by="甲", post="", reason="r", level=Level.IV)],
        [make_assessment()], plan=[PlannedHouse(VILLAGE, "H00001", "move_now"), PlannedHouse(VILLAGE, "H99999", "move_now")],
        ladder=Ladder([Office(COUNTY, "330902"), Office(CITY, "3309")]), names={"33": "浙江省", "330902": "定海区"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def told(sources: Sources) -> dict[str, Any]:
    return review_event(sources, at=at(70))


def test_the_same_logs_give_the_same_bytes(sources: Sources, told: dict[str, Any]) -> None:
    again = replace(sources, store=lived(MemoryStore()).store)
    assert json.dumps(review_event(again, at=at(70)), ensure_ascii=False) == json.dumps(
        told, ensure_ascii=False
    )
    assert newest(sources) == newest(again)


def test_the_timeline_is_in_order_and_from_every_log(told: dict[str, Any]) -> None:
    words = [entry["what"] for entry in told["timeline"]]
    assert [entry["at"] for entry in told["timeline"]] == sorted(entry["at"] for entry in told["timeline"])
    for part in (
        "发布风险图",
        "浙江省 启动",
        "签发 ",
        "发出 ",
        "首个应答",
        "转移指令 令1",
        "首个到达安置点",
        "解除转移",
        "首个返回",
    ):
        assert any(word.startswith(part) for word in words), part


def test_answer_times_by_level_with_who_has_not_answered(told: dict[str, Any]) -> None:
    rows = {row["level"]: row for row in told["answers"]}
    assert rows["county"]["median_minutes"] == rows["county"]["worst_minutes"] == 7.0
    assert (rows["city"]["unanswered"], rows["city"]["median_minutes"]) == (1, None)
    assert [row["level"] for row in told["answers"]] == ["city", "county"]
    assert answers([], Ladder()) == []


def test_quantiles_are_a_time_that_somebody_took() -> None:
    minutes = [timedelta(minutes=n) for n in (1, 2, 3, 100)]
    assert quantile(minutes, 0.9) == minutes[-1]
    assert quantile(minutes[:1], 0.9) == minutes[0]
    assert quantile([], 0.9) is None


def test_what_became_of_everybody_adds_up_and_small_counts_are_hidden(told: dict[str, Any]) -> None:
    whole = told["moved"]["rows"][-1]
    assert (whole["county"], whole["category"]) == ("", "")
    assert whole["returned"] >= 10
    assert whole["left"] is None, "one who left by themselves is not told"
    shown = [v for row in told["moved"]["rows"] for v in row.values() if isinstance(v, int)]
    assert all(n == 0 or n >= 10 for n in shown)
    known = {key: value for key, value in whole.items() if isinstance(value, int)}
    if "due" in known:
        parts = [whole[p] for p in ("moved", "not_moved", "left", "missing", "deceased")]
        assert None in parts, "a hidden count must not be the difference of shown ones"
        assert parts.count(None) >= 2


def test_no_name_code_or_telephone_of_a_resident_is_in_it(sources: Sources, told: dict[str, Any]) -> None:
    text = json.dumps([told, content(told, issuer="定海区防指")], ensure_ascii=False)
    for person in sources.store.people():
        assert person.name not in text
        assert person.code not in text
    assert "李四" not in text, "nor of who answered"


def test_the_plan_against_what_happened(told: dict[str, Any]) -> None:
    assert {k: told["plan"][k] for k in ("planned", "whole", "never_ordered")} == {
        "planned": 2,
        "whole": 1,
        "never_ordered": 1,
    }


def test_what_is_not_given_is_unknown_and_never_nought() -> None:
    bare = review_event(Sources(lived(MemoryStore()).store), at=at(70))
    assert (bare["answers"], bare["supervision"], bare["plan"], bare["gaps"]["loop"]) == (
        None,
        None,
        None,
        None,
    )
    assert not bare["forecast"]["verified"]
    assert sum("未提供" in words for words in bare["unknown"]) == 6
    page = json.dumps(content(bare, issuer="定海区防指"), ensure_ascii=False)
    assert page.count("未提供公文日志,不明") == 3
    assert "未检验" in page


def test_late_sync_and_undone_are_told() -> None:
    registry = lived(MemoryStore())
    clerk = Clerk(8000)
    late = clerk.event("notified", 60, code=sorted(registry.states)[0])
    registry.check_ins([late], received_at=at(20))
    undone = clerk.event("undone", 21 * 60, code=late.code, target=late.event_id)
    registry.check_ins([undone], received_at=at(21))
    gaps = review_event(Sources(registry.store), at=at(70))["gaps"]
    assert gaps["undone"] == 1
    assert gaps["late"] > 0
    assert gaps["worst_hours"] >= 19


def test_forecast_against_what_happened() -> None:
    run = make_assessment()
    rows = [
        ("330902", "wind", "红"),
        ("330902", "rain", "橙色"),
        ("330803", "wind", "0"),
        ("999999", "wind", "red"),
    ]
    seen = observed_rows({"region": r, "hazard": h, "tier": t} for r, h, t in rows)
    found = {h["hazard"]: h for h in verified([run], seen)["hazards"]}
    assert (found["wind"]["hits"], found["wind"]["grey"]) == (
        1,
        1 + (found["wind"]["regions"] - 2 - found["wind"]["quiet"]),
    )
    assert (found["rain"]["misses"], found["rain"]["hits"]) == (1, 0)
    assert verified([], seen)["verified"] is False
    with pytest.raises(DataError, match="row 1"):
        observed_rows([{"region": "330902", "hazard": "wind", "tier": "purple"}])


def test_it_ends_with_the_closing(sources: Sources) -> None:
    people = [p for p in villagers(33) if int(p.household[1:]) % 3 != 0]
    registry = moved(MemoryStore(), people, Clerk())
    carry_out(registry, given(), OVER, now=at(48))
    clerk = Clerk(6000)
    registry.check_ins(
        [clerk.event("returned", 49 * 60, code=p.code, place=VILLAGE) for p in people], received_at=at(50)
    )
    close_event(registry, by="张三", why="全部返回", now=at(60))
    told = review_event(replace(sources, store=registry.store), at=at(70))
    assert told["timeline"][-1]["what"] == "事件关闭:全部返回"


def test_by_command_pdf_docx_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = SQLiteStore(tmp_path / "county.sqlite")
    lived(store)
    store.close()
    made = []
    for name in ("one", "two"):
        out = run(
            capsys, "review", "report", "--registry", tmp_path / "county.sqlite", "--out", tmp_path / name
        )
        assert "不明: 未提供公文日志" in out
        made.append({path.name: path.read_bytes() for path in sorted((tmp_path / name).iterdir())})
    assert made[0] == made[1]
    assert sorted(made[0]) == ["review.docx", "review.json", "review.pdf"]
    assert made[0]["review.pdf"].startswith(b"%PDF")
    document = zipfile.ZipFile(io.BytesIO(made[0]["review.docx"])).read("word/document.xml").decode()
    assert "应答时间" in document


def test_a_rating_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "county.sqlite")
    store = SQLiteStore(Path(path))
    registry = lived(store)
    code = sorted(registry.states)[3]
    store.close()
    rated = ("review", "rate", "shelter", "S330902-1", "4", "--rater", code, "--words", "电话13800001234")
    out = run(capsys, *rated, "--registry", path)
    assert "exit 2" in run(capsys, *rated, "--registry", path)
    number = out.split()[0]
    out = run(capsys, "review", "ratings", "--registry", path)
    assert "不足10份" in out
    out = run(capsys, "review", "moderate", number, "--hide", "--by", "李四", "--registry", path)
    assert "不公开" in out
