"""Codes shown one after another become the file again; a missing one is named."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.web.frames import file_of_frames
from evac.web.login import Login, read_login
from riskmap.errors import DataError


def frames(data: bytes, size: int) -> list[str]:
    name = hashlib.sha256(data).hexdigest()[:8]
    pieces = [data[n : n + size] for n in range(0, len(data), size)] or [b""]
    return [f"EVX1:{name}:{n}/{len(pieces)}:{b64encode(p).decode()}" for n, p in enumerate(pieces, 1)]


@given(st.binary(max_size=80), st.integers(1, 30), st.randoms())
def test_in_any_order_with_repeats(data: bytes, size: int, rng: object) -> None:
    texts = frames(data, size)
    texts += [*texts[:2], "EV1:ABC", ""]
    rng.shuffle(texts)  # type: ignore[attr-defined]
    assert file_of_frames(texts) == data


def test_what_is_missing_foreign_or_altered_is_named() -> None:
    texts = frames(b"0123456789", 3)
    with pytest.raises(DataError, match="without 2, 4"):
        file_of_frames([texts[0], texts[2]])
    with pytest.raises(DataError, match="2 sets"):
        file_of_frames(texts + frames(b"other", 3))
    with pytest.raises(DataError, match="0 sets"):
        file_of_frames(["https://a.example"])
    with pytest.raises(DataError, match="do not fit"):
        file_of_frames([texts[0].replace("MDEy", "MDEz"), *texts[1:]])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://a.example/kiosk/",
        "https://a.example/kiosk/#login=%%%",
        "https://a.example/kiosk/#login=e30",
    ],
)
def test_a_link_without_a_login(text: str) -> None:
    with pytest.raises(DataError, match="not a login link"):
        read_login(text)


def test_a_login_keeps_words_and_drops_what_is_empty() -> None:
    login = Login("https://a.example:8443/", "evt_a_b", "村部-3", "330902001", actor="王村长")
    assert read_login(login.url()).actor == "王村长"
    assert read_login(login.url()).server == "https://a.example:8443"
