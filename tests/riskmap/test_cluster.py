"""On a Dask cluster of processes: the same numbers, also where a worker is killed or the whole cluster is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskmap import cluster
from riskmap.errors import ConfigError, SourceError
from riskmap.grid import Grid
from riskmap.hazard.wind import hourly_peaks
from riskmap.members import Ensemble
from riskmap.probability import wind_probability
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.lazy import fill_lazily
from tests.factories import make_rules
from tests.storms import moving_storm

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

GRID = Grid.from_bounds(west=119, south=26, east=124, north=31, step=0.25)
HOURS = np.datetime64("2021-07-23T00", "s") + np.arange(7) * np.timedelta64(3600, "s")
MEMBERS = 12
FAILS = 31.0
"""Wind of the member that cannot run [m s-1]."""


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", scheduler_port=0
    ) as found:
        yield found


def strict_peaks(track: xr.Dataset, grid: Grid, hours: Any) -> Iterator[Any]:
    """The engine's, and a member that cannot run."""
    if track["maximum_wind"].values[0] == FAILS:
        raise ValueError("no wind")
    yield from hourly_peaks(track, grid, hours)


def chances(tell: Any = lambda *_: None) -> xr.Dataset:
    tracks = tuple(
        moving_storm(longitude=123.0 - 0.2 * n, latitude=27.0, maximum_wind=25.0 + 2 * n, hours=12)
        for n in range(MEMBERS)
    )
    ensemble = Ensemble(
        tracks, tuple(f"m{n}" for n in range(MEMBERS)), made=False, source="test", issued_at=datetime(2021, 7, 23, tzinfo=UTC),
    )  # fmt: skip
    return wind_probability(
        ensemble, GRID, HOURS, rule=make_rules()["wind"], mean_factor=np.ones(GRID.shape),
        gust_factor=np.full(GRID.shape, 1.3), least_members=1, peaks=strict_peaks, tell=tell,
    )  # fmt: skip


@pytest.mark.slow
def test_members_and_terrain_are_the_same_to_the_bit_while_workers_are_killed(
    workers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    import dask.array as da

    here = chances()
    assert "m3: no wind" in here.attrs["members_missing"]
    killed: list[int] = []

    def kill_one(_step: str, part: float) -> None:
        if not killed and part < 1:
            killed.append(next(iter(cluster.in_force().run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    with cluster.using(workers.scheduler_address):
        xr.testing.assert_identical(chances(kill_one), here)
        assert "run here instead" not in caplog.text
        dem = np.random.default_rng(5).normal(50.0, 10.0, (200, 150)).astype(np.float32)
        lazily = fill_lazily(da.from_array(dem, chunks=64)).compute(scheduler=cluster.in_force())
        np.testing.assert_array_equal(lazily, fill_depressions(dem))
    assert killed


@pytest.mark.slow
@pytest.mark.parametrize(
    "fate", ["gone before", "gone for good", "gone in the middle", "no workers left", "another version came"]
)
def test_a_cluster_that_is_lost_costs_time_and_nothing_else(
    fate: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 2.0)
    here = chances()
    lost = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0")

    def strike(_step: str = "", part: float = 0.0) -> None:
        if fate == "gone in the middle" and part < 1.0 and lost.status.name == "running":
            lost.close()
        elif fate == "no workers left" and part < 1.0 and lost.workers:
            lost.scale(0)

    with cluster.using(lost.scheduler_address):
        if fate in ("gone before", "gone for good"):
            client = cluster.in_force()
            lost.close()
            if fate == "gone for good":
                client.close()  # as it does by itself when its scheduler stays away
        elif fate == "another version came":
            monkeypatch.setattr(cluster, "version", lambda _: "0.0.1")
        found = chances(strike)
        # nothing that is written afterwards asks a scheduler that is gone
        assert dask.config.get("scheduler", None) is None
        found.drop_attrs().to_netcdf(tmp_path / "chances.nc", engine="netcdf4")
    xr.testing.assert_identical(found, here)
    lost.close()
    assert "run here instead" in caplog.text
    assert dask.config.get("scheduler", None) is None


class Gone:
    """A client as Dask leaves it behind: its questions are answered with nothing, or with errors of its own."""

    def __init__(self, **answers: Any) -> None:
        self.status, self.answers = answers.pop("status", "running"), answers

    def __getattr__(self, name: str) -> Any:
        def answer(*_: object, **__: object) -> Any:
            found = self.answers.get(name)
            if isinstance(found, Exception):
                raise found
            return found

        return answer


@pytest.mark.parametrize(
    "answers", [{}, {"nthreads": {"a": 1}, "scatter": RuntimeError("closed")}, {"nthreads": MemoryError()}]
)
def test_whatever_goes_wrong_on_the_clusters_side_is_one_error(answers: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match="the cluster did not finish"):
        list(cluster.spread(Gone(**answers), len, None, [1, 2]))


def test_a_closed_client_is_not_in_force(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for status, there in (("running", True), ("connecting", False), ("closed", False)):
        client = Gone(status=status)
        monkeypatch.setattr(distributed, "default_client", lambda client=client: client)
        assert (cluster.in_force() is client) is there
    assert "its client is closed" in caplog.text


def test_workers_that_are_of_no_use_are_named(caplog: pytest.LogCaptureFixture) -> None:
    version = cluster._version()
    told = {"a": version, "b": ModuleNotFoundError("No module named 'riskmap'"), "c": OSError("restarting")}
    with pytest.raises(ConfigError, match=r"b: No module named 'riskmap'"):
        cluster._require_same_version(Gone(run=told, nthreads=dict.fromkeys(told, 1)), "there")
    del told["b"]
    cluster._require_same_version(Gone(run=told, nthreads={"a": 1, "c": 1}), "there")
    assert "do not answer: c" in caplog.text
    with pytest.raises(SourceError, match="does not answer"):
        cluster._require_same_version(Gone(run=OSError("no route")), "there")


def test_what_is_no_cluster_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(SourceError, match=r"--dask .*does not answer"), cluster.using("tcp://127.0.0.1:9"):
        raise AssertionError("nobody is there")
    assert cluster.in_force() is None


def test_workers_of_another_version_are_refused(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "version", lambda _: "0.0.1")
    with pytest.raises(ConfigError, match=r"another riskmap"), cluster.using(workers.scheduler_address):
        raise AssertionError("their numbers could be other ones")
