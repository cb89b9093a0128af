"""A PostgreSQL server that is killed in the middle of a batch: one error that says so, and nothing else on the screen."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from evac.envelope import Envelope
from evac.store.postgres import PostgresStore
from riskmap.errors import SourceError
from tests.evac.scenes import LATER, make_event
from tests.evac.wheel_postgres import start_server

X, Y = "7" + "A" * 25, "7" + "B" * 25


class Doomed:
    """A server of our own, since nobody else's may be killed."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.server = start_server(self.data)
        self.store = PostgresStore(self.server.get_uri(), set_up=True)

    def kill(self) -> None:
        """The postmaster and the backend of the store, without a word to either."""
        own = self.store._raw.info.backend_pid
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        for pid in (postmaster, own):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def doomed() -> Iterator[Doomed]:
    if "EVAC_TEST_DSN" in os.environ:
        pytest.skip("a server that is not ours is not killed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = Doomed(Path(folder))
        yield made
        with suppress(Exception):
            made.store.close()
        (made.data / "postmaster.pid").unlink(missing_ok=True)  # nobody is left to be waited for
        with suppress(Exception):
            made.server.cleanup()


def _batch() -> list[Envelope]:
    return [make_event("departed", n, code=(X, Y)[n % 2]) for n in range(50)]


def _late() -> list[Envelope]:
    return [make_event("departed", 9, code=X), make_event("notified", 1, code=X)]


def _mixed() -> list[Envelope]:
    return [*_batch(), make_event("passed", 3, code=X), make_event("merged", 60, code=X, into=Y)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "events"), [("pipeline", _batch), ("copy", _batch), ("repair", _late), ("copy", _mixed)]
)
def test_a_server_killed_in_a_batch_is_one_error_and_nothing_else(
    doomed: Doomed,
    way: str,
    events: Callable[[], list[Envelope]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    store = doomed.store
    store.append([make_event("ordered", 0, code=code) for code in (X, Y)], received_at=LATER)
    killed = []

    def then_killed(done: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if not killed:
                killed.append(True)
                doomed.kill()
            return done(*given, **named)

        return call

    if way == "copy":
        monkeypatch.setattr(psycopg.Copy, "write_row", then_killed(psycopg.Copy.write_row))
    elif way == "repair":
        monkeypatch.setattr(store, "repair", then_killed(store.repair))
    else:
        monkeypatch.setattr(store._raw, way, then_killed(getattr(store._raw, way)))
    capfd.readouterr()
    caplog.clear()
    with pytest.raises(SourceError, match="nothing of this batch was acknowledged"):
        store.append(events(), received_at=LATER)
    assert killed
    assert caplog.records == []
    assert "".join(capfd.readouterr()) == ""
