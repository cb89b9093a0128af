"""A destruction that was cut off between overwriting the key and removing its file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from evac.privacy.destroy import destroy_event
from evac.store import shredding
from evac.store.sqlite import SQLiteStore
from tests.evac.privacy.test_destroy import GOING, KEY, NOW, found, order, registry


def test_cut_off_behind_overwriting_the_key_it_finishes_when_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, key_file = registry(tmp_path / "node", 20)
    whole = shredding.overwrite

    def cut_off(file: Path) -> None:
        whole(file)
        if file.name == key_file.name:
            raise KeyboardInterrupt

    def destroy() -> None:
        destroy_event(
            partial(SQLiteStore, path), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: NOW
        )

    with monkeypatch.context() as patched:
        patched.setattr(shredding, "overwrite", cut_off)
        with pytest.raises(KeyboardInterrupt):
            destroy()
    assert key_file.exists()  # with nothing in it that opens anything
    destroy()
    assert not key_file.exists()
    assert found(tmp_path / "node", GOING) == {}
