"""A server begins a registry with one command, and says that it did: a mistyped path looks the same."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra server is not installed")


def test_a_new_empty_registry_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evac.api import running

    monkeypatch.setattr(running, "run", lambda _: None)
    monkeypatch.setattr(running, "log_to", lambda **_: None)
    said: list[str] = []
    for _ in range(2):
        running.serve_registry(
            str(tmp_path / "county.sqlite"), vault=None, host="127.0.0.1", port=8443, cert=None, key=None,
            keys=None, plain_http=False, proxies=(), access=False, tell=said.append,
        )  # fmt: skip
        said.append("--")
    first, second = "\n".join(said).split("--")[:2]
    assert "a new, empty registry: check the path" in first
    assert "a new, empty registry" not in second
