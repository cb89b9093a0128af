"""A drill's code at a real door, and a real one in a drill, count nowhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evac.codes import Ticket, mint, qr_text, sign
from evac.keys import SigningKey
from evac.kiosk.reading import CodeReader

NOW = datetime(2021, 7, 25, tzinfo=UTC)
KEY = SigningKey.for_drill(7)


@pytest.mark.parametrize("drill", [True, False])
@pytest.mark.parametrize("key_use", ["DRILL", ""])
def test_a_drills_code_counts_in_drills_alone(drill: bool, key_use: str) -> None:
    code = mint()
    ticket = Ticket(code=code, county="330902", valid_from=NOW, valid_hours=72, drill=drill)
    labels = {"public_key": KEY.public.public_bytes_raw().hex(), "key_use": key_use}
    read = CodeReader(labels, lambda _: None).read(qr_text(sign(ticket, KEY)), NOW)
    assert (read.code == code) == (drill == (key_use == "DRILL"))
    assert read.code == code or "演练" in read.words
