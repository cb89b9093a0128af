"""Tokens: what is kept, who they open for, and the three rooms where they lie."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from evac.store.tokens import MemoryTokens, PostgresTokens, tokens_beside
from evac.tokens import Role, Token, TokenStore, make_token, opened, require_scope
from riskmap.errors import DataError, SourceError
from tests.evac.scenes import START


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TokenStore]:
    made: TokenStore
    if request.param == "memory":
        made = MemoryTokens()
    elif request.param == "sqlite":
        made = tokens_beside(tmp_path / "r.sqlite")
    else:
        database: Callable[[], str] = request.getfixturevalue("database")
        with psycopg.connect(database(), autocommit=True) as admin:
            admin.execute("DROP TABLE IF EXISTS device_token")
        made = PostgresTokens(database())
    yield made
    made.close()


def new(minute: int = 0, **more: object) -> tuple[str, Token]:
    at = START + timedelta(minutes=minute)
    return make_token("D1", Role.CLERK, "330902", made_at=at, valid=timedelta(days=1), **more)  # type: ignore[arg-type]


def test_tokens_return_as_they_were_kept(room: TokenStore) -> None:
    (_, first), (_, second) = new(0, gateway=True), new(1)
    room.put(second)
    room.put(first)
    assert room.tokens() == [first, second]
    assert room.token(first.token_id) == first
    assert room.token("0" * 12) is None


def test_the_first_revocation_stays(room: TokenStore) -> None:
    _, token = new()
    room.put(token)
    later = START + timedelta(hours=1)
    assert room.revoke(token.token_id, at=START)
    assert room.revoke(token.token_id, at=later)
    assert room.token(token.token_id) == replace(token, revoked_at=START)
    assert not room.revoke("0" * 12, at=later)


def test_no_secret_is_kept(tmp_path: Path) -> None:
    room = tokens_beside(tmp_path / "r.sqlite")
    text, token = new()
    room.put(token)
    room.close()
    path = tmp_path / "r.sqlite.tokens"
    raw = path.read_bytes()
    assert text.split("_")[2].encode() not in raw
    assert token.digest in raw
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere.*check its rights"):
        tokens_beside(tmp_path / "nowhere" / "r.sqlite")
    with pytest.raises(SourceError, match="tokens could not be read"):
        PostgresTokens("host=127.0.0.1 port=1 connect_timeout=1")


def test_only_the_right_text_in_its_time_opens() -> None:
    text, token = new()
    find = {token.token_id: token}.get
    assert opened(text, find, now=START) == token
    assert opened(text, find, now=token.expires_at) is None
    assert opened(text, lambda _: replace(token, revoked_at=START), now=START) is None
    prefix, token_id, secret = text.split("_", 2)
    for wrong in (
        "",
        "_",
        "__",
        text + "A",
        f"{prefix}_{token_id}_",
        f"x_{token_id}_{secret}",
        f"{prefix}__{secret}",
        "\ud800",
        "é" * 99,
    ):
        assert opened(wrong, find, now=START) is None
    assert new()[0] != text


def test_a_secret_has_256_bits() -> None:
    texts = {new()[0].split("_", 2)[2] for _ in range(50)}
    assert len(texts) == 50
    assert {len(text) for text in texts} == {43}


@pytest.mark.parametrize("scope", ["3", "33090", "33090200100", "33a902", "３３", " 33", "3309020010011"])
def test_what_is_no_region_is_no_scope(scope: str) -> None:
    with pytest.raises(DataError, match="not a region"):
        require_scope(scope)


def test_a_token_needs_a_device() -> None:
    for device in ("", "x" * 65, "a\nb"):
        with pytest.raises(DataError, match="device"):
            make_token(device, Role.CLERK, "", made_at=START, valid=timedelta(1))
