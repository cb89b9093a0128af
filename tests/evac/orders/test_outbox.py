"""The outbox record: it survives its JSON, and junk is named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.orders.outbox import Outgoing, Purpose, outgoing_json, parse_outgoing
from riskmap.errors import DataError

AT = datetime(2021, 7, 24, 4, tzinfo=UTC)
NAMES = st.text(min_size=1).filter(lambda s: bool(s.strip()) and s.isprintable())
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def outgoing(**changes: Any) -> Outgoing:
    given_ = {
        "key": "k", "draft": "0" * 64, "number": "防指办函〔2021〕3号", "type": "risk_notice", "region": "330902",
        "purpose": Purpose.REMINDER, "about": "甲县防指", "receiver": "甲县防指", "subject": "催办", "text": "请应答",
        "urgency": "特急", "exercise": True, "made_at": AT, "answer_by": None,
    }  # fmt: skip
    return Outgoing(**{**given_, **changes})


@given(NAMES, NAMES, st.text(), st.sampled_from(Purpose), INSTANTS, st.none() | INSTANTS)
def test_a_record_survives_its_json(
    key: str, receiver: str, text: str, purpose: Purpose, at: datetime, until: datetime | None
) -> None:
    made = outgoing(key=key, receiver=receiver, text=text, purpose=purpose, made_at=at, answer_by=until)
    assert parse_outgoing(outgoing_json(made)) == made


@pytest.mark.parametrize(
    "wrong",
    [{"key": " "}, {"receiver": ""}, {"made_at": datetime(2021, 7, 24)}],  # noqa: DTZ001
)
def test_what_cannot_be_delivered_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="nothing that can be delivered"):
        outgoing(**wrong)


@pytest.mark.parametrize(
    "junk",
    ["", "[]", "{}", outgoing_json(outgoing()).replace("reminder", "song"), outgoing_json(outgoing())[:-1]],
)
def test_junk_is_named(junk: str) -> None:
    with pytest.raises(DataError, match="not a record of the outbox"):
        parse_outgoing(junk)
